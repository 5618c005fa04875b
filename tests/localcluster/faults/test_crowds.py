"""Many watchers, many objects, many rollouts; afterwards nothing is left over."""

import http.client
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

from tests.localcluster.faults.world import APPS, LAB, STRATEGIC, World, configmap, greeter, service
from tests.patience import until

WATCHERS, OBJECTS, ROLLOUTS = 200, 500, 50
CONFIGMAPS = f"{LAB}/configmaps"


@contextmanager
def nothing_left(world: World) -> Iterator[None]:
    """Whatever is done meanwhile leaves no process, no listener and no descriptor behind."""
    world.ok("GET", CONFIGMAPS)  # its own connection counts before and after
    before = (set(world.running()), world.listeners(), world.descriptors())
    yield
    until(lambda: set(world.running()) == before[0])
    until(lambda: world.listeners() == before[1])
    until(lambda: world.descriptors() <= before[2])


def test_slow_watchers_hold_nobody_up_and_are_ended(world: World) -> None:
    world.ok("POST", CONFIGMAPS, configmap("crowd"))
    with nothing_left(world), ExitStack() as stack:
        for _ in range(WATCHERS):
            stack.enter_context(watcher(world, resourceVersion="0"))
        idle = world.descriptors()
        # None of them reads while far more is written than the sockets in between hold.
        for number in range(500):
            text = f"{number}{'x' * 20_000}"
            world.ok("PATCH", f"{CONFIGMAPS}/crowd", {"data": {"text": text}}, kind=STRATEGIC)
        until(lambda: world.descriptors() == idle - WATCHERS)
    world.ok("DELETE", f"{CONFIGMAPS}/crowd")


@contextmanager
def watcher(world: World, **query: str) -> Iterator[http.client.HTTPResponse]:
    """A watch that is read when its user wishes."""
    connection = world.connect()
    path = f"{CONFIGMAPS}?{urlencode({'watch': '1', 'timeoutSeconds': '300', **query})}"
    connection.request("GET", path, headers=world.headers)
    with connection.getresponse() as response:
        yield response
    connection.close()


def test_watchers_that_read_all_see_the_same(world: World) -> None:
    revision = world.ok("GET", CONFIGMAPS)["metadata"]["resourceVersion"]
    with nothing_left(world):
        for number in range(20):
            world.ok("POST", CONFIGMAPS, configmap(f"seen-{number}"))
        for number in range(20):
            world.ok("DELETE", f"{CONFIGMAPS}/seen-{number}")
        with ExitStack() as stack:
            told = {"resourceVersion": revision, "timeoutSeconds": "2"}
            responses = [stack.enter_context(watcher(world, **told)) for _ in range(WATCHERS)]
            seen = {response.read() for response in responses}
    assert len(seen) == 1
    assert len(seen.pop().splitlines()) == 40


def test_five_hundred_objects_come_and_go(world: World) -> None:
    with nothing_left(world):
        for number in range(OBJECTS):
            world.ok("POST", CONFIGMAPS, configmap(f"many-{number:03}", text="x" * 200))
        found = [item["metadata"]["name"] for item in world.items(CONFIGMAPS)]
        assert [name for name in found if name.startswith("many-")] == [
            f"many-{n:03}" for n in range(OBJECTS)
        ]
        world.ok("DELETE", CONFIGMAPS)
        assert world.items(CONFIGMAPS) == []


def test_fifty_rollouts_leave_nothing(world: World) -> None:
    # The first pod of a namespace opens its DNS server, which stays for as long as the namespace.
    world.ok("POST", f"{APPS}/deployments", greeter(replicas=1))
    until(lambda: world.ready(1))
    world.ok("DELETE", f"{APPS}/deployments/demo")
    until(lambda: not world.pods() and not _logs(world))
    with nothing_left(world):
        world.ok("POST", f"{LAB}/services", service())
        world.ok("POST", f"{APPS}/deployments", greeter(replicas=1, revisionHistoryLimit=2))
        until(lambda: world.ready(1))
        sizes = [
            _memory_after(world, range(half * ROLLOUTS // 2, (half + 1) * ROLLOUTS // 2)) for half in (0, 1)
        ]
        sets = world.items(f"{APPS}/replicasets")
        assert len(sets) == 3
        assert len(world.pods()) == 1
        assert len(_logs(world)) == 1
        world.ok("DELETE", f"{APPS}/deployments/demo")
        world.ok("DELETE", f"{LAB}/services/demo")
        until(lambda: not world.pods() and not world.items(f"{APPS}/replicasets"))
        until(lambda: not _logs(world))
    # The first half fills what is bounded (the history, the allocator's arenas); then it stays.
    assert sizes[1] < 1.1 * sizes[0]


def _logs(world: World) -> list[str]:
    """The folders of the pods' logs; that of the ingress controller's pod is always there."""
    names = os.listdir(world.place.pods)  # noqa: PTH208 - names are all that is asked for
    return [name for name in names if name.startswith("lab_")]


def _memory_after(world: World, turns: range) -> int:
    for turn in turns:
        restart = {"spec": {"template": {"metadata": {"annotations": {"turn": str(turn)}}}}}
        world.ok("PATCH", f"{APPS}/deployments/demo", restart, kind=STRATEGIC)
        until(world.rolled_out)
    until(lambda: len(world.pods()) == 1)
    return world.memory()
