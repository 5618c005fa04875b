"""The rules beyond the schema, each broken once."""

import pytest

from localcluster.types import Object
from tests.localcluster.objects.custom import samples
from tests.localcluster.objects.custom.samples import (
    backend,
    complaints,
    gateway,
    listener,
    match,
    route,
    tls,
)


@pytest.mark.parametrize(
    ("listeners", "complaint"),
    [
        ([listener(tls=tls())], "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"),
        (
            [listener(), listener("other")],
            "Combination of port, protocol and hostname must be unique for each listener",
        ),
    ],
)
def test_listeners_that_break_a_rule(listeners: list[Object], complaint: str) -> None:
    assert complaints("Gateway", gateway(*listeners)) == [
        f'spec.listeners: Invalid value: "array": {complaint}'
    ]


def test_listeners_of_one_port_may_differ_in_their_host() -> None:
    assert complaints("Gateway", gateway(listener(), listener("other", hostname="a.example"))) == []


def test_who_terminates_tls_needs_a_certificate() -> None:
    assert complaints("Gateway", gateway(listener(protocol="HTTPS", tls={}))) == [
        'spec.listeners[0].tls: Invalid value: "object": certificateRefs or options must be specified when '
        "mode is Terminate"
    ]


def test_a_class_keeps_its_controller() -> None:
    old, new = samples.gateway_class(), samples.gateway_class(controller="other.example/gateway")
    assert complaints("GatewayClass", new, old) == [
        'spec.controllerName: Invalid value: "string": Value is immutable'
    ]
    assert complaints("GatewayClass", samples.gateway_class(), old) == []


MODIFIER: Object = {"set": [{"name": "a", "value": "1"}]}


BOTH = {"responseHeaderModifier": MODIFIER, "requestHeaderModifier": MODIFIER}


@pytest.mark.parametrize(
    ("rule", "place", "complaint"),
    [
        ({"matches": [{"method": {}}]}, "matches[0].method", "One or both of 'service' or 'method' must be"),
        (
            {"matches": [match("greeter/v1")]},
            "matches[0].method",
            "service must only contain valid characters",
        ),
        (
            {"matches": [match(method="Say.*")]},
            "matches[0].method",
            "method must only contain valid characters",
        ),
        ({"backendRefs": [backend(port=None)]}, "backendRefs[0]", "Must have port for Service reference"),
        (
            {"filters": [{"type": "RequestHeaderModifier"}]},
            "filters[0]",
            "filter.requestHeaderModifier must be",
        ),
        (
            {"filters": [{"type": "ResponseHeaderModifier", **BOTH}]},
            "filters[0]",
            "filter.responseHeaderModifier",
        ),
    ],
)
def test_a_rule_of_a_route_that_breaks_one(rule: Object, place: str, complaint: str) -> None:
    [found] = complaints("GRPCRoute", route(rule))
    assert found.startswith(f'spec.rules[0].{place}: Invalid value: "object": {complaint}')


def test_regular_expressions_are_not_held_to_the_characters_of_names() -> None:
    wanted = match("greeter.*", "Say(Hello|Hellos)", kind="RegularExpression")
    assert complaints("GRPCRoute", route({"matches": [wanted]})) == []
