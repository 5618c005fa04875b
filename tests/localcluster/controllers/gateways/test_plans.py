"""The order in which routes are tried, and which host belongs to whom."""

import pytest

from localcluster.network.routes import NOWHERE, Chain
from localcluster.types import Object
from tests.localcluster.controllers.gateways.world import World
from tests.localcluster.objects.custom.samples import backend, gateway, listener, match, route

PLAIN = ("127.77.0.30", 8000)


@pytest.fixture
def world() -> World:
    made = World()
    for name in ("demo", "canary"):
        made.service(name, (("127.77.64.1", 9000),))
    return made


def chain(world: World) -> Chain:
    world.settle()
    (found,) = world.plane.plan.sockets[PLAIN]
    return found


def paths(world: World, host: str = "") -> list[str]:
    return [one.match.path for one in chain(world).hosts[host]]


def to(name: str = "demo", *matches: Object) -> Object:
    return {"matches": list(matches), "backendRefs": [backend(name)]}


def test_longer_services_then_longer_methods_then_more_headers_go_first(world: World) -> None:
    world.make(
        gateway(),
        route(
            to("demo", match()),
            to("demo", match("a.B")),
            to("demo", match("a.B", "Call")),
            to("demo", match("a.B", "CallAll")),
            to("demo", match("a.B", "Call", track="canary")),
            to("demo", match("a.Longer")),
            to("demo", match(method="CallAllOfThem")),
        ),
    )
    found = [(one.match.path, len(one.match.headers)) for one in chain(world).hosts[""]]
    assert found == [
        ("/a.Longer/", 0),
        ("/a.B/CallAll", 0),
        ("/a.B/Call", 1),
        ("/a.B/Call", 0),
        ("/a.B/", 0),
        ("/[^/]+/CallAllOfThem", 0),
        ("/", 0),
    ]


def test_of_equal_matches_the_older_route_wins_then_its_name_then_its_first_rule(world: World) -> None:
    for name, created in (("b", "2026-01-02"), ("a", "2026-01-02"), ("z", "2026-01-01")):
        world.make(route(to("demo"), to("canary"), name=name))
        record = world.registry.store.get("GRPCRoute", "lab", name)
        assert record
        obj = record.copy()
        obj["metadata"]["creationTimestamp"] = f"{created}T00:00:00Z"
        obj["spec"]["rules"][0]["filters"] = [
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": [name]}}
        ]
        world.registry.store.put("GRPCRoute", obj)
    world.make(gateway())
    found = [(one.request.removed, one.targets[0].cluster) for one in chain(world).hosts[""]]
    canary, demo = "lab.canary.50051", "lab.demo.50051"
    assert found == [
        (("z",), demo),
        ((), canary),
        (("a",), demo),
        ((), canary),
        (("b",), demo),
        ((), canary),
    ]


def test_the_closest_host_goes_first_and_a_wildcard_takes_what_it_leaves(world: World) -> None:
    world.make(
        gateway(),
        route(to("demo", match("a.B", "Call")), name="wide", hostnames=["*.example"]),
        route(to("demo", match("a.B")), name="close", hostnames=["a.example"]),
        route(to("demo", match("c.D")), name="any"),
    )
    assert paths(world, "a.example") == ["/a.B/", "/a.B/Call", "/c.D/"]
    assert paths(world, "*.example") == ["/a.B/Call", "/c.D/"]
    assert paths(world) == ["/c.D/"]


def test_a_host_belongs_to_the_listener_that_names_it_most_closely(world: World) -> None:
    world.make(
        gateway(listener("any"), listener("own", hostname="a.example")),
        route(
            to("demo", match("a.B")),
            parents=[{"name": "demo", "sectionName": "any"}],
            hostnames=["a.example"],
        ),
    )
    assert chain(world).hosts == {"": (), "a.example": ()}


def test_a_host_of_a_route_that_its_listener_is_not_for_is_left_out(world: World) -> None:
    world.make(gateway(listener(hostname="*.a.example")), route(hostnames=["b.a.example", "b.example"]))
    assert set(chain(world).hosts) == {"*.a.example", "b.a.example"}


def test_a_backend_that_is_none_keeps_its_share_and_leads_nowhere(world: World) -> None:
    backends = [backend(weight=3), backend("missing", weight=1), backend("canary", weight=0)]
    world.make(gateway(), route({"backendRefs": backends}))
    (found,) = chain(world).hosts[""]
    shares = [(one.cluster, one.weight) for one in found.targets]
    assert shares == [("lab.demo.50051", 3), (NOWHERE, 1), ("lab.canary.50051", 0)]
    assert world.plane.plan.clusters["lab.demo.50051"] == [("127.77.64.1", 9000)]
