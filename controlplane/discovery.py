"""The state of the world, told over one stream: versions, nonces, ACK and NACK.

The protocol is https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol, in its form "aggregated,
state of the world": a request names all resources of one kind that the client wants; a response has all of
them that there are, a version and a nonce; the next request with this nonce says whether it was accepted
(its version) or not (the version before, and why). A request with an older nonce was on its way while we
answered and is passed over, since another follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from google.protobuf.message import Message

from controlplane.resources import packed
from controlplane.v3 import discovery_pb2

Find = Callable[[str, str], Message | None]
"""Finds a resource by type URL and name."""


@dataclass
class Subscription:
    """What one client wants of one kind, and what it was told last."""

    names: tuple[str, ...] = ()
    nonce: str = ""
    version: str = ""
    told: tuple[bytes, ...] | None = None
    accepted: str = ""
    refused: str = ""


@dataclass
class Stream:
    """One client's stream.

    Args:
        find: Gives the resources as they are now.
        say: Takes a line about an answer of the client's that a person may want to read.
    """

    find: Find
    say: Callable[[str], None] = print
    _kinds: dict[str, Subscription] = field(default_factory=dict)
    _count: int = 0

    def take(self, request: discovery_pb2.DiscoveryRequest) -> discovery_pb2.DiscoveryResponse | None:
        """Take a request; return the response it calls for, if any."""
        one = self._kinds.setdefault(request.type_url, Subscription())
        if request.response_nonce and request.response_nonce != one.nonce:
            return None
        if request.response_nonce:
            self._note(one, request)
        names = tuple(sorted(set(request.resource_names)))
        first, one.names = not request.response_nonce or names != one.names, names
        # An ACK that asks for nothing else has its answer already.
        return self._answer(request.type_url, one, always=first) if first else None

    def changed(self) -> Iterable[discovery_pb2.DiscoveryResponse]:
        """Return a response for each kind of which something that the client wants has changed."""
        answers = [self._answer(kind, one, always=False) for kind, one in self._kinds.items() if one.names]
        return [answer for answer in answers if answer is not None]

    def accepted(self, kind: str) -> str:
        """Return the version of a kind that the client accepted last; empty if none."""
        return self._kinds.get(kind, Subscription()).accepted

    def _note(self, one: Subscription, request: discovery_pb2.DiscoveryRequest) -> None:
        if request.HasField("error_detail"):
            one.refused = one.version
            self.say(f"NACK {short(request.type_url)} version {one.version}: {request.error_detail.message}")
        elif one.accepted != one.version:
            one.accepted = one.version
            self.say(f"ACK {short(request.type_url)} version {one.version}")

    def _answer(
        self, kind: str, one: Subscription, *, always: bool
    ) -> discovery_pb2.DiscoveryResponse | None:
        found = [message for name in one.names if (message := self.find(kind, name)) is not None]
        # Two messages that are equal may be written differently unless this is asked for.
        told = tuple(message.SerializeToString(deterministic=True) for message in found)
        if not found or (told == one.told and not always):
            # What is not there yet is not told as absent: the client waits for it.
            return None
        self._count += 1
        if told != one.told:
            one.version = str(int(one.version or "0") + 1)
        one.told, one.nonce = told, str(self._count)
        self.say(f"sent {short(kind)} version {one.version}: {', '.join(one.names)}")
        return discovery_pb2.DiscoveryResponse(
            version_info=one.version, type_url=kind, nonce=one.nonce, resources=map(packed, found)
        )


def short(kind: str) -> str:
    """Return a type URL's last word."""
    return kind.rpartition(".")[2]
