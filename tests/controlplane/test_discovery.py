"""The protocol of one stream, without a network."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from controlplane.discovery import Stream
from controlplane.resources import ENDPOINT, KINDS, LISTENER, Known, Locality, resource
from controlplane.slices import Endpoint
from controlplane.v3 import discovery_pb2, endpoint_pb2

LISTENERS = {"greeter": [Locality("demo")], "zones": [Locality("demo", 1), Locality("far", 3)]}
Request = discovery_pb2.DiscoveryRequest


class World:
    """What is known, and a stream that is told of it."""

    def __init__(self, known: Known) -> None:
        self.known = dict(known)
        self.said: list[str] = []
        self.stream = Stream(self.find, self.said.append)

    def find(self, kind: str, name: str) -> Message | None:
        return resource(kind, name, LISTENERS, self.known)

    def ask(self, *names: str, kind: str = ENDPOINT, nonce: str = "", why: str = "") -> object:
        request = Request(type_url=kind, resource_names=names, response_nonce=nonce)
        if why:
            request.error_detail.message = why
        return self.stream.take(request)


@pytest.fixture
def world() -> World:
    return World({"demo": (Endpoint("10.0.0.1", 1),), "far": (Endpoint("10.0.0.9", 1),)})


def response(found: object) -> discovery_pb2.DiscoveryResponse:
    assert isinstance(found, discovery_pb2.DiscoveryResponse)
    return found


def assignment(found: object) -> endpoint_pb2.ClusterLoadAssignment:
    told = endpoint_pb2.ClusterLoadAssignment()
    (envelope,) = response(found).resources
    assert envelope.Unpack(told)
    return told


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_each_kind_is_told_under_its_own_type(world: World, kind: str) -> None:
    told = response(world.ask("greeter", kind=kind))
    assert (told.type_url, [envelope.type_url for envelope in told.resources]) == (kind, [kind])
    assert told.version_info
    assert told.nonce


def test_an_ack_is_not_answered_and_its_version_is_kept(world: World) -> None:
    told = response(world.ask("greeter"))
    assert world.stream.accepted(ENDPOINT) == ""
    assert world.ask("greeter", nonce=told.nonce) is None
    assert world.stream.accepted(ENDPOINT) == told.version_info
    assert world.said[-1] == "ACK ClusterLoadAssignment version 1"


def test_a_nack_is_not_answered_with_the_same_again(world: World) -> None:
    told = response(world.ask("greeter"))
    assert world.ask("greeter", nonce=told.nonce, why="no such thing") is None
    assert world.stream.accepted(ENDPOINT) == ""
    assert world.said[-1] == "NACK ClusterLoadAssignment version 1: no such thing"
    assert list(world.stream.changed()) == []


def test_a_change_is_told_once_with_a_new_version_and_nonce(world: World) -> None:
    first = response(world.ask("greeter"))
    assert list(world.stream.changed()) == []
    world.known["demo"] = (Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 1))
    (second,) = world.stream.changed()
    assert (first.version_info, second.version_info) == ("1", "2")
    assert first.nonce != second.nonce
    assert len(assignment(second).endpoints[0].lb_endpoints) == 2
    assert list(world.stream.changed()) == []


def test_an_answer_to_what_was_told_before_the_last_is_passed_over(world: World) -> None:
    first = response(world.ask("greeter"))
    world.known["demo"] = ()
    (second,) = world.stream.changed()
    assert world.ask("greeter", "zones", nonce=first.nonce) is None
    assert world.stream.accepted(ENDPOINT) == ""
    assert world.ask("greeter", nonce=second.nonce) is None
    assert world.stream.accepted(ENDPOINT) == second.version_info


def test_another_wish_is_answered_with_all_that_is_wished(world: World) -> None:
    first = response(world.ask("greeter", kind=LISTENER))
    second = response(world.ask("greeter", "zones", kind=LISTENER, nonce=first.nonce))
    assert len(second.resources) == 2
    assert second.version_info != first.version_info


def test_what_is_not_there_yet_is_told_when_it_is(world: World) -> None:
    del world.known["far"]
    assert world.ask("zones") is None
    assert world.ask("nobody", kind=LISTENER) is None
    world.known["far"] = ()
    (told,) = world.stream.changed()
    assert told.type_url == ENDPOINT


def test_a_locality_has_its_weight_and_none_without_endpoints_is_told(world: World) -> None:
    both = assignment(world.ask("zones")).endpoints
    assert [(one.locality.zone, one.load_balancing_weight.value) for one in both] == [("demo", 1), ("far", 3)]
    world.known["far"] = ()
    (told,) = world.stream.changed()
    assert [one.locality.zone for one in assignment(told).endpoints] == ["demo"]
