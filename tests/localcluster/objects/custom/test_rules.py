"""The rules beyond the schema, each broken once."""

import pytest

from localcluster.objects.custom import definitions
from localcluster.types import Object
from tests.localcluster.objects.custom import samples
from tests.localcluster.objects.custom.samples import backend, gateway, listener, match, route, tls


def complaints(kind: str, obj: Object, old: Object | None = None) -> list[str]:
    definitions.default(kind, obj)
    return [str(error) for error in definitions.errors(kind, obj, old)]


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


@pytest.mark.parametrize(
    ("rule", "place", "complaint"),
    [
        (
            {"matches": [{"method": {}}]},
            "matches[0].method",
            "One or both of 'service' or 'method' must be specified",
        ),
        (
            {"matches": [match("greeter/v1")]},
            "matches[0].method",
            "service must only contain valid characters "
            r"(matching ^(?i)\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$)",
        ),
        (
            {"matches": [match(method="Say.*")]},
            "matches[0].method",
            "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)",
        ),
        ({"backendRefs": [backend(port=None)]}, "backendRefs[0]", "Must have port for Service reference"),
        (
            {"filters": [{"type": "RequestHeaderModifier"}]},
            "filters[0]",
            "filter.requestHeaderModifier must be specified for RequestHeaderModifier filter.type",
        ),
        (
            {
                "filters": [
                    {
                        "type": "ResponseHeaderModifier",
                        "responseHeaderModifier": MODIFIER,
                        "requestHeaderModifier": MODIFIER,
                    }
                ]
            },
            "filters[0]",
            "filter.requestHeaderModifier must be nil if the filter.type is not RequestHeaderModifier",
        ),
    ],
)
def test_a_rule_of_a_route_that_breaks_one(rule: Object, place: str, complaint: str) -> None:
    assert complaints("GRPCRoute", route(rule)) == [
        f'spec.rules[0].{place}: Invalid value: "object": {complaint}'
    ]


def test_a_filter_is_not_repeated() -> None:
    twice = [{"type": "RequestHeaderModifier", "requestHeaderModifier": MODIFIER}] * 2
    assert complaints("GRPCRoute", route({"filters": twice})) == [
        'spec.rules[0].filters: Invalid value: "array": RequestHeaderModifier filter cannot be repeated'
    ]


def test_regular_expressions_are_not_held_to_the_characters_of_names() -> None:
    wanted = match("greeter.*", "Say(Hello|Hellos)", kind="RegularExpression")
    assert complaints("GRPCRoute", route({"matches": [wanted]})) == []
