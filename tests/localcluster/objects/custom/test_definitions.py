"""What the definitions make of objects: pruned, defaulted, refused in the words of Kubernetes."""

from typing import Any

import pytest

from localcluster.objects.custom import definitions
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects.custom import samples
from tests.localcluster.objects.custom.samples import complaints


def test_every_kind_of_the_group_has_a_definition_and_no_other_kind() -> None:
    group = {kind for kind, one in BY_KIND.items() if one.group == "gateway.networking.k8s.io"}
    assert {kind for kind in BY_KIND if definitions.is_custom(kind)} == group


def test_defaults_fill_what_was_left_out_and_nothing_else() -> None:
    gateway = samples.gateway(samples.listener("tls", 8443, "HTTPS", tls=samples.tls()))
    definitions.default("Gateway", gateway)
    assert gateway["spec"]["listeners"][0] == {
        **samples.listener("tls", 8443, "HTTPS"),
        "allowedRoutes": {"namespaces": {"from": "Same"}},
        "tls": {
            "mode": "Terminate",
            "certificateRefs": [{"group": "", "kind": "Secret", "name": "demo-tls"}],
        },
    }
    assert "status" not in gateway


def test_unknown_fields_and_nulls_go_wherever_they_are() -> None:
    sent = samples.route({"backendRefs": [samples.backend(wieght=3)], "matches": None}, host="a.example")
    obj, unknown = definitions.decode("GRPCRoute", sent)
    assert sorted(unknown) == ["spec.host", "spec.rules[0].backendRefs[0].wieght"]
    assert obj["spec"]["rules"] == [{"backendRefs": [samples.backend()]}]
    assert sent["spec"]["host"] == "a.example"


@pytest.mark.parametrize("kind", ["Gateway", "GRPCRoute", "GatewayClass"])
def test_what_is_written_for_the_lab_is_right(kind: str) -> None:
    made: dict[str, Any] = {
        "Gateway": samples.gateway(
            samples.listener(), samples.listener("tls", 8443, "HTTPS", tls=samples.tls())
        ),
        "GRPCRoute": samples.route(
            {"matches": [samples.match("greeter.v1.Greeter", "SayHello", track="canary")]}
        ),
        "GatewayClass": samples.gateway_class(),
    }
    assert complaints(kind, made[kind]) == []


@pytest.mark.parametrize(
    ("listener", "complaint"),
    [
        (
            {"port": "8000"},
            'port: Invalid value: "string"',
        ),
        (
            {"port": 70000},
            "port: Invalid value: 70000",
        ),
        ({"protocol": None}, "protocol: Required value"),
        (
            {"hostname": "*.*.example"},
            'hostname: Invalid value: "*.*.example"',
        ),
        (
            {"allowedRoutes": {"namespaces": {"from": "No"}}},
            "allowedRoutes.namespaces.from: Unsupported",
        ),
    ],
)
def test_a_gateway_that_does_not_fit_the_schema(listener: Object, complaint: str) -> None:
    fields = {key: value for key, value in {**samples.listener(), **listener}.items() if value is not None}
    [found] = complaints("Gateway", samples.gateway(fields))
    assert found.startswith(f"spec.listeners[0].{complaint}")


def test_listeners_differ_in_their_names() -> None:
    twice = samples.gateway(samples.listener(), samples.listener(port=8001))
    assert complaints("Gateway", twice) == ['spec.listeners[1]: Duplicate value: {"name":"grpc"}']


def test_an_empty_list_of_listeners_is_too_short() -> None:
    gateway = samples.gateway()
    gateway["spec"]["listeners"] = []
    assert complaints("Gateway", gateway) == [
        "spec.listeners: Invalid value: 0: spec.listeners in body should have at least 1 items"
    ]


def test_a_name_with_a_line_break_at_its_end_is_none() -> None:
    assert complaints("Gateway", samples.gateway(samples.listener(hostname="a.example\n"))) != []
