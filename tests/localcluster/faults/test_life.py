"""A cluster that carries the course is stopped, or killed, and comes back."""

import os
from collections.abc import Callable, Iterator

import pytest

import helpers
from localcluster.lifecycle import control
from tests.localcluster.faults.world import World, answers
from tests.patience import until

PODS = "/api/v1/namespaces/grpc-lab/pods"


@pytest.fixture(scope="module")
def course(start: Callable[[str], World]) -> Iterator[World]:
    """A cluster with the greeter and a variant that needs everything: Service, Ingress, DNS, nginx."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_PACE", "20")
        world = start("course")
        lab = helpers.connect()
        helpers.apply(lab, "greeter")
        helpers.apply(lab, "ingress")
        yield world


def greets(world: World) -> bool:
    """Whether the clients' logs tell of greetings since they were started last."""
    pods = world.items(PODS, labelSelector="app=client-ingress")
    logs = [world.ok("GET", f"{PODS}/{pod['metadata']['name']}/log?tailLines=3") for pod in pods]
    return len(logs) == 2 and all("says: Hello" in log for log in logs)


def names(world: World) -> set[str]:
    return {pod["metadata"]["name"] for pod in world.items(PODS)}


def restarts(world: World) -> list[int]:
    return [pod["status"]["containerStatuses"][0]["restartCount"] for pod in world.items(PODS)]


def test_a_killed_cluster_leaves_nothing_and_the_next_start_repairs(course: World) -> None:
    until(lambda: greets(course))
    before, listened, ran = names(course), course.listeners(), course.running()
    counted = restarts(course)
    assert any(one.startswith("udp") for one in listened)
    assert len(ran) >= 3 + len(before)  # the daemon, Envoy, nginx and the pods
    course.kill()
    until(lambda: not course.running())
    until(lambda: not course.listeners())
    course.start()
    until(lambda: greets(course))
    assert names(course) == before
    until(lambda: course.listeners() == listened)
    until(lambda: restarts(course) == [count + 1 for count in counted])


def test_a_stopped_cluster_comes_back_with_its_pods_and_their_logs(course: World) -> None:
    until(lambda: greets(course))
    before, counted = names(course), restarts(course)
    pod = sorted(name for name in before if name.startswith("client-ingress"))[0]
    said = course.ok("GET", f"{PODS}/{pod}/log?tailLines=1&timestamps=true")
    course.stop()
    assert course.running() == {}
    assert course.listeners() == []
    course.start()
    until(lambda: greets(course))
    assert names(course) == before
    until(lambda: restarts(course) == [count + 1 for count in counted])  # told when the node looks
    assert said in course.ok("GET", f"{PODS}/{pod}/log?previous=true&timestamps=true")


def test_a_start_after_a_kill_does_not_mind_a_stale_pid_file(course: World) -> None:
    course.kill()
    # As after a reboot: the numbers it wrote down belong to others now.
    course.place.alive.write_text(f'{{"pid": {os.getpid()}, "started": 1, "cwd": "/"}}')
    assert not control.status(course.name).running
    course.start()
    assert answers(course.block.api, int(control.status(course.name).server.rpartition(":")[2]))
