"""Rules of EndpointSlices and Endpoints."""

from typing import Any

import pytest

from localcluster.objects import defaults
from localcluster.types import Object
from tests.localcluster.objects.validation import rules


def piece(kind: str = "IPv4", address: str = "10.0.0.1", **fields: Any) -> Object:
    endpoints = [{"addresses": [address]}] if address else [{"addresses": []}]
    return {
        "kind": "EndpointSlice",
        "metadata": {"name": "demo-1"},
        "addressType": kind,
        "endpoints": endpoints,
        "ports": [{"name": "grpc", "port": 1}],
        **fields,
    }


@pytest.mark.parametrize(
    ("obj", "fields"),
    [
        (piece(), []),
        (piece("IPv6", "2001:db8::1"), []),
        (piece("FQDN", "a.example"), []),
        (piece(""), ["addressType"]),
        (piece("Mail"), ["addressType"]),
        (piece(address=""), ["endpoints[0].addresses"]),
        (piece(address="2001:db8::1"), ["endpoints[0].addresses[0]"]),
        (piece(address="x"), ["endpoints[0].addresses[0]"]),
        (piece(ports=[{"name": "a", "port": 1, "protocol": "x"}]), ["ports[0].protocol"]),
        (piece(ports=[{"name": "a", "port": 70000}]), []),
        (piece(address="127.0.0.9"), []),
    ],
)
def test_slices_hold_addresses_of_their_type(obj: Object, fields: list[str]) -> None:
    assert rules.fields(obj) == fields


def test_a_slice_keeps_its_type() -> None:
    assert rules.change_errors(piece(), piece("FQDN", "a"))[-1].startswith("addressType: Invalid value")


@pytest.mark.parametrize("field", ["endpoints", "ports"])
def test_an_empty_list_of_a_slice_is_null(field: str) -> None:
    obj: Object = piece() | {field: []}
    defaults.apply("EndpointSlice", obj)
    assert obj[field] is None


def test_endpoints_hold_addresses() -> None:
    good = {"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 1}]}
    bad = {"addresses": [{"ip": "x"}], "ports": [{"port": 0}, {"name": "b", "port": 1, "protocol": "x"}]}
    obj: Object = {"kind": "Endpoints", "metadata": {"name": "demo"}, "subsets": [good, {}, bad]}
    assert rules.fields(obj) == [
        "subsets[1]",
        "subsets[2].addresses[0].ip",
        "subsets[2].ports[0].name",
        "subsets[2].ports[0].port",
        "subsets[2].ports[1].protocol",
    ]
