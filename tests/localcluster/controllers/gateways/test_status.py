"""What classes, Gateways, listeners and routes are told, reason by reason."""

from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.controllers.gateways.world import World
from tests.localcluster.objects.custom.samples import (
    backend,
    gateway,
    gateway_class,
    listener,
    match,
    route,
    tls,
)

GOOD_LISTENER = {
    "Accepted": ("True", "Accepted"),
    "Programmed": ("True", "Programmed"),
    "ResolvedRefs": ("True", "ResolvedRefs"),
    "Conflicted": ("False", "NoConflicts"),
}
NOT_PROGRAMMED = ("False", "Invalid")


@pytest.fixture
def world() -> World:
    return World()


def test_a_class_of_ours_is_accepted(world: World) -> None:
    world.make(gateway_class("foreign", "other.example/gateway"))
    world.settle()
    found = {name: world.status("GatewayClass", name)["conditions"][0] for name in ("envoy", "foreign")}
    assert {name: (one["status"], one["reason"]) for name, one in found.items()} == {
        "envoy": ("True", "Accepted"),
        "foreign": ("Unknown", "Pending"),
    }
    names = [one["name"] for one in world.status("GatewayClass", "envoy")["supportedFeatures"]]
    assert "GRPCRoute" in names
    assert names == sorted(names)


def test_a_gateway_with_a_route_is_programmed_and_counts_it(world: World) -> None:
    world.service()
    world.make(gateway(), route())
    world.settle()
    assert world.gateway() == {"Accepted": ("True", "Accepted"), "Programmed": ("True", "Programmed")}
    assert world.listener() == GOOD_LISTENER
    assert world.listener_status()["attachedRoutes"] == 1
    kinds = [{"group": "gateway.networking.k8s.io", "kind": "GRPCRoute"}]
    assert world.listener_status()["supportedKinds"] == kinds
    assert world.status()["addresses"] == [{"type": "IPAddress", "value": "127.77.0.30"}]
    assert world.parents() == [{"Accepted": ("True", "Accepted"), "ResolvedRefs": ("True", "ResolvedRefs")}]
    parent = world.status("GRPCRoute")["parents"][0]
    assert parent["controllerName"] == "localcluster.internal/gateway"
    assert parent["parentRef"]["name"] == "demo"


def test_looking_again_writes_nothing(world: World) -> None:
    world.service()
    world.make(gateway(), route())
    world.settle()
    before = world.registry.store.revision
    world.settle()
    assert world.registry.store.revision == before


@pytest.mark.parametrize("of", ["none", "foreign"])
def test_the_gateways_of_others_are_left_alone(world: World, of: str) -> None:
    world.make(gateway_class("foreign", "other.example/gateway"), gateway(of=of), route())
    world.settle()
    assert world.gateway() == {"Accepted": ("Unknown", "Pending"), "Programmed": ("Unknown", "Pending")}
    assert world.parents() == []
    assert world.plane.plan.sockets == {}


ELSEWHERE = {"certificateRefs": [{"name": "a", "namespace": "other"}]}


@pytest.mark.parametrize(
    ("wanted", "condition", "reason"),
    [
        (listener(protocol="TCP"), "Accepted", "UnsupportedProtocol"),
        (listener(port=80), "Accepted", "PortUnavailable"),
        (listener(allowedRoutes={"kinds": [{"kind": "TLSRoute"}]}), "ResolvedRefs", "InvalidRouteKinds"),
        (listener(protocol="HTTPS", tls=tls("missing")), "ResolvedRefs", "InvalidCertificateRef"),
        (listener(protocol="HTTPS"), "ResolvedRefs", "InvalidCertificateRef"),
        (listener(protocol="HTTPS", tls=ELSEWHERE), "ResolvedRefs", "RefNotPermitted"),
    ],
)
def test_a_listener_that_cannot_be_served_says_why(
    world: World, wanted: Object, condition: str, reason: str
) -> None:
    world.make(gateway(wanted))
    world.settle()
    assert world.listener()[condition] == ("False", reason)
    assert world.listener()["Programmed"] == NOT_PROGRAMMED
    assert world.gateway()["Programmed"] == NOT_PROGRAMMED
    assert world.gateway()["Accepted"][1] == "ListenersNotValid"
    assert world.plane.plan.sockets == {}


@pytest.mark.parametrize(
    "secret",
    [
        {"kind": "Opaque"},
        {"tls.crt": "a", "tls.key": "b"},
    ],
)
def test_a_secret_that_is_no_certificate_is_not_used(world: World, secret: Any) -> None:
    world.secret(**({"kind": "kubernetes.io/tls"} | secret))
    world.make(gateway(listener(protocol="HTTPS", tls=tls())))
    world.settle()
    assert world.listener()["ResolvedRefs"] == ("False", "InvalidCertificateRef")


def test_a_listener_that_is_right_works_beside_one_that_is_not(world: World) -> None:
    world.make(gateway(listener(), listener("low", 80)))
    world.settle()
    assert world.gateway() == {
        "Accepted": ("True", "ListenersNotValid"),
        "Programmed": ("True", "Programmed"),
    }
    assert set(world.plane.plan.sockets) == {("127.77.0.30", 8000)}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (listener("other", protocol="HTTPS", tls=tls()), "ProtocolConflict"),
        (listener("other", protocol="http"), "HostnameConflict"),
    ],
)
def test_listeners_that_cannot_be_told_apart_are_both_out(world: World, other: Object, reason: str) -> None:
    world.secret()
    world.make(gateway(listener(), other))
    world.settle()
    for name in ("grpc", "other"):
        assert world.listener(name)["Conflicted"] == ("True", reason)
        assert world.listener(name)["Accepted"] == ("False", reason)
    assert world.gateway()["Accepted"] == ("False", "ListenersNotValid")


def test_each_gateway_keeps_an_address_of_its_own(world: World) -> None:
    world.make(gateway(name="a"), gateway(name="b"))
    world.settle()
    before = {name: world.status(name=name)["addresses"] for name in "ab"}
    assert before["a"] != before["b"]
    world.registry.delete("Gateway", "lab", "a")
    world.make(gateway(name="c"))
    world.settle()
    assert world.status(name="b")["addresses"] == before["b"]
    assert world.status(name="c")["addresses"] == before["a"]


# -- routes


def only(world: World) -> dict[str, tuple[str, str]]:
    world.settle()
    (found,) = world.parents()
    return found


@pytest.mark.parametrize(
    ("wanted", "parent", "reason"),
    [
        (listener(), {"sectionName": "other"}, "NoMatchingParent"),
        (listener(), {"port": 8001}, "NoMatchingParent"),
        (listener(allowedRoutes={"kinds": [{"kind": "HTTPRoute"}]}), {}, "NotAllowedByListeners"),
        (listener(hostname="b.example"), {}, "NoMatchingListenerHostname"),
    ],
)
def test_a_route_that_no_listener_takes_says_why(
    world: World, wanted: Object, parent: Object, reason: str
) -> None:
    world.service()
    world.make(gateway(wanted), route(parents=[{"name": "demo", **parent}], hostnames=["a.example"]))
    assert only(world) == {"Accepted": ("False", reason), "ResolvedRefs": ("True", "ResolvedRefs")}
    assert world.listener_status()["attachedRoutes"] == 0


@pytest.mark.parametrize(
    ("namespaces", "accepted"),
    [
        ({"from": "Same"}, False),
        ({"from": "All"}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"team": "a"}}}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"team": "b"}}}, False),
        ({"from": "Selector"}, False),
    ],
)
def test_a_listener_says_of_which_namespaces_it_takes_routes(
    world: World, namespaces: Object, accepted: bool
) -> None:
    world.namespace("other", team="a")
    away = route(parents=[{"name": "demo", "namespace": "lab"}])
    away["metadata"]["namespace"] = "other"
    world.make(gateway(listener(allowedRoutes={"namespaces": namespaces})), away)
    world.settle()
    assert world.listener_status()["attachedRoutes"] == int(accepted)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (backend("missing"), "BackendNotFound"),
        (backend(port=1), "BackendNotFound"),
        (backend(kind="ConfigMap", group=""), "InvalidKind"),
        (backend(namespace="other"), "RefNotPermitted"),
    ],
)
def test_a_backend_that_is_none_says_why_and_the_route_stays(
    world: World, wanted: Object, reason: str
) -> None:
    world.service()
    world.make(gateway(), route({"backendRefs": [wanted]}))
    assert only(world) == {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("False", reason)}
    assert world.listener_status()["attachedRoutes"] == 1


def modified(kind: str, **changes: Any) -> Object:
    return {"type": kind, f"{kind[0].lower()}{kind[1:]}": changes}


@pytest.mark.parametrize(
    "rule",
    [
        {"filters": [modified("RequestHeaderModifier", remove=["Host"])]},
        {"filters": [modified("ResponseHeaderModifier", set=[{"name": "a", "value": "b\nc"}])]},
        {"backendRefs": [backend(filters=[modified("RequestHeaderModifier", remove=["a b"])])]},
        {"matches": [match("greeter(?=.v1)", kind="RegularExpression")]},
        {"matches": [match("(", kind="RegularExpression")]},
        {"matches": [{"headers": [{"name": "a", "value": r"(b)\1", "type": "RegularExpression"}]}]},
    ],
)
def test_a_route_that_cannot_be_served_is_refused_as_a_whole(world: World, rule: Object) -> None:
    world.service()
    world.make(gateway(), route(rule))
    assert only(world)["Accepted"] == ("False", "UnsupportedValue")
    assert world.listener_status()["attachedRoutes"] == 0


def test_what_other_controllers_say_of_a_route_stays(world: World) -> None:
    world.make(gateway(), route())
    other = {
        "controllerName": "other.example/gateway",
        "parentRef": {"name": "theirs"},
        "conditions": [
            {
                "type": "Accepted",
                "status": "True",
                "reason": "Accepted",
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ],
    }
    world.registry.modify(
        "GRPCRoute", "lab", "demo", lambda one: one.update(status={"parents": [other]}), subresource="status"
    )
    world.settle()
    assert len(world.parents()) == 2
    world.registry.delete("Gateway", "lab", "demo")
    world.settle()
    assert world.status("GRPCRoute")["parents"] == [other]
