from __future__ import annotations

from typing import Any

import pytest

from controlplane.slices import Endpoint, ready


def slice_of(*endpoints: dict[str, Any], port: int | None = 50051, name: str = "grpc") -> dict[str, Any]:
    return {"ports": [{"name": name, "port": port}], "endpoints": list(endpoints)}


def at(address: str, **conditions: bool | None) -> dict[str, Any]:
    return {"addresses": [address], "conditions": conditions, "targetRef": {"name": f"pod-{address[-1]}"}}


def test_slices_of_a_service_are_read_together_and_each_endpoint_once() -> None:
    slices = [slice_of(at("10.0.0.2"), at("10.0.0.1")), slice_of(at("10.0.0.1"), at("10.0.0.3"))]
    found = ready(slices, "grpc")
    assert [endpoint.address for endpoint in found] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert found[0] == Endpoint("10.0.0.1", 50051, "pod-1")


@pytest.mark.parametrize(
    ("conditions", "counts"),
    [
        ({}, True),
        ({"ready": None}, True),
        ({"ready": True}, True),
        ({"ready": False}, False),
        ({"ready": False, "serving": True, "terminating": True}, False),
    ],
)
def test_an_endpoint_wants_traffic_unless_it_is_said_not_to(
    conditions: dict[str, bool | None], counts: bool
) -> None:
    assert bool(ready([slice_of(at("10.0.0.1", **conditions))], "grpc")) is counts


def test_only_the_named_port_counts_and_it_must_have_a_number() -> None:
    assert ready([slice_of(at("10.0.0.1"), name="http")], "grpc") == ()
    assert ready([slice_of(at("10.0.0.1"), port=None)], "grpc") == ()
    assert ready([{"ports": None, "endpoints": None}], "grpc") == ()


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert str(Endpoint("fd00::1", 50051)) == "[fd00::1]:50051"
    assert str(Endpoint("10.0.0.1", 50051)) == "10.0.0.1:50051"
