from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

PATH = "spec.rules[0].http.paths[0]"


def test_a_good_ingress_passes() -> None:
    tls = [{"hosts": ["demo.example", "*.demo.example"], "secretName": "demo-tls"}]
    assert rules.errors(samples.ingress(tls=tls, ingressClassName="nginx")) == []
    backend = {"service": {"name": "demo", "port": {"number": 80}}}
    assert rules.errors(samples.ingress(defaultBackend=backend, rules=[])) == []
    assert rules.errors(samples.ingress(samples.path("", pathType="ImplementationSpecific"))) == []


def test_an_ingress_needs_a_rule_or_a_backend() -> None:
    assert rules.errors(samples.ingress(rules=[])) == [
        "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"
    ]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (samples.path(pathType=None), ".pathType: Required value: pathType must be specified"),
        (samples.path(pathType="Regex"), ".pathType: Unsupported value"),
        (samples.path("no-slash"), '.path: Invalid value: "no-slash": must be an absolute path'),
        (samples.path("/a//b"), ".path: Invalid value: \"/a//b\": must not contain '//'"),
        (samples.path("/a/.."), ".path: Invalid value: \"/a/..\": cannot end with '/..'"),
        (samples.path(backend={}), '.backend: Invalid value: "": resource or service backend is required'),
        (samples.path(backend={"service": {"port": {"number": 1}}}), ".backend.service.name: Required value"),
        (
            samples.path(backend={"service": {"name": "a"}}),
            ".backend: Required value: port name or number is required",
        ),
        (
            samples.path(backend={"service": {"name": "a", "port": {"number": 1, "name": "b"}}}),
            '.backend: Invalid value: "": cannot set both port name & port number',
        ),
        (
            samples.path(backend={"service": {"name": "a", "port": {"number": 70000}}}),
            ".backend.service.port.number: Invalid value",
        ),
    ],
)
def test_a_wrong_path_is_refused(path: Object, error: str) -> None:
    [line] = rules.errors(samples.ingress(path))
    assert line.startswith(PATH + error)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"rules": [{"host": "10.0.0.1"}]}, "spec.rules[0].host"),
        ({"rules": [{"host": "Upper"}]}, "spec.rules[0].host"),
        ({"rules": [{"host": "*"}]}, "spec.rules[0].host"),
        ({"rules": [{"http": {"paths": []}}]}, "spec.rules[0].http.paths"),
        ({"tls": [{"hosts": ["a_b"]}]}, "spec.tls[0].hosts[0]"),
        ({"tls": [{"secretName": "A"}]}, "spec.tls[0].secretName"),
        ({"ingressClassName": "A"}, "spec.ingressClassName"),
    ],
)
def test_a_wrong_ingress_is_refused(spec: Object, field: str) -> None:
    assert rules.fields(samples.ingress(**spec)) == [field]


def ingress_class(controller: str) -> Object:
    return {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": controller}}


def test_a_class_names_its_controller_for_good() -> None:
    assert rules.errors(ingress_class("k8s.io/ingress-nginx")) == []
    for controller in ("", "nginx", "A/b", "a/" + "b" * 260):
        assert rules.fields(ingress_class(controller)) == ["spec.controller"]
    assert rules.change_errors(ingress_class("a/b"), ingress_class("a/c")) == [
        'spec.controller: Invalid value: "a/c": field is immutable'
    ]


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
        (piece(ports=[{"name": "a", "port": 1}, {"name": "a", "port": 2}]), ["ports[1].name"]),
        (piece(ports=[{"name": "a", "port": 1, "protocol": "x"}]), ["ports[0].protocol"]),
        (piece(endpoints=[{"addresses": ["10.0.0.1"]}] * 1001), ["endpoints"]),
    ],
)
def test_slices_hold_addresses_of_their_type(obj: Object, fields: list[str]) -> None:
    assert rules.fields(obj) == fields


def test_a_slice_keeps_its_type() -> None:
    assert rules.change_errors(piece(), piece("FQDN", "a"))[-1].startswith("addressType: Invalid value")


def test_endpoints_hold_addresses() -> None:
    good = {"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 1}]}
    bad = {"addresses": [{"ip": "x"}], "ports": [{"port": 0}, {"name": "b", "port": 1}]}
    obj: Object = {"kind": "Endpoints", "metadata": {"name": "demo"}, "subsets": [good, {}, bad]}
    assert rules.fields(obj) == [
        "subsets[1]",
        "subsets[2].addresses[0].ip",
        "subsets[2].ports[0].name",
        "subsets[2].ports[0].port",
    ]


@pytest.mark.parametrize(
    ("home", "about", "good"),
    [("lab", "lab", True), ("default", "", True), ("lab", "other", False), ("lab", "", False)],
)
def test_an_event_lives_where_its_object_lives(home: str, about: str, good: bool) -> None:
    event: Object = {
        "kind": "Event",
        "metadata": {"name": "a", "namespace": home},
        "involvedObject": {"namespace": about},
    }
    assert (rules.errors(event) == []) is good
