"""What a Gateway's Envoy should do, in words that are neither's, and the routes of it as Envoy's JSON.

A socket takes connections and sorts them into chains (one for plaintext, one per certificate's host for TLS);
a chain sorts requests by host; a host's routes are tried in order. Only gRPC is routed: every other request
is answered 404, and so is gRPC that no route matches, which a client reads as UNIMPLEMENTED.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from localcluster.network.envoy import TYPE
from localcluster.types import Object

NOWHERE = "nowhere"
"""The cluster without an endpoint: its requests are answered 503, which gRPC reads as UNAVAILABLE."""

Place = tuple[str, int]
"""An address and a port."""


@dataclass(frozen=True, slots=True)
class Header:
    """A request header that must have a value, or one that a regular expression matches whole."""

    name: str
    value: str
    regex: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must be like: its path, which is /SERVICE/METHOD, and headers."""

    kind: Literal["path", "prefix", "regex"] = "prefix"
    path: str = "/"
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Headers to overwrite, to add and to remove."""

    overwritten: tuple[tuple[str, str], ...] = ()
    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster, its part of the requests, and what changes on the way to it and back."""

    cluster: str
    weight: int = 1
    request: Changes = Changes()
    response: Changes = Changes()


@dataclass(frozen=True, slots=True)
class Route:
    """Requests that match go to one of the targets, chosen at random by weight."""

    match: Match
    targets: tuple[Target, ...]
    request: Changes = Changes()
    response: Changes = Changes()


@dataclass(frozen=True, slots=True)
class Chain:
    """Connections of one kind: the routes of each host ("" is any), a certificate and its host for TLS."""

    name: str
    hosts: dict[str, tuple[Route, ...]]
    certificate: str = ""
    server_name: str = ""


@dataclass(slots=True)
class Plan:
    """What Envoy should do: sockets with their chains, clusters with their endpoints, certificates."""

    sockets: dict[Place, list[Chain]] = field(default_factory=dict)
    clusters: dict[str, list[Place]] = field(default_factory=dict)
    certificates: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def chains(self) -> list[Chain]:
        """The chains of all sockets."""
        return [chain for chains in self.sockets.values() for chain in chains]


def configuration(chain: Chain) -> Object:
    """The route configuration of a chain."""
    hosts = [
        {"name": host or "*", "domains": [host or "*"], "routes": [_route(one) for one in routes]}
        for host, routes in sorted(chain.hosts.items())
    ]
    return {
        "@type": TYPE + "config.route.v3.RouteConfiguration",
        "name": chain.name,
        "virtual_hosts": hosts,
    }


def _route(route: Route) -> Object:
    targets = route.targets if any(one.weight for one in route.targets) else (Target(NOWHERE),)
    return {
        "match": _match(route.match),
        "route": {
            "weighted_clusters": {"clusters": [_target(one) for one in targets if one.weight]},
            # A stream may go on for ever; Envoy's own limit is 15 s. A client's deadline is the client's.
            "timeout": "0s",
        },
        **_changed(route.request, route.response),
    }


def _match(match: Match) -> Object:
    path: Object = {match.kind: match.path}
    if match.kind == "regex":
        path = {"safe_regex": {"regex": match.path}}
    headers = [_header(one) for one in match.headers]
    return {**path, "grpc": {}, **({"headers": headers} if headers else {})}


def _header(header: Header) -> Object:
    value: Object = {"safe_regex": {"regex": header.value}} if header.regex else {"exact": header.value}
    return {"name": header.name, "string_match": value}


def _target(target: Target) -> Object:
    changed = _changed(target.request, target.response)
    return {"name": target.cluster, "weight": target.weight, **changed}


def _changed(request: Changes, response: Changes) -> Object:
    found: Object = {}
    for side, changes in (("request", request), ("response", response)):
        found[f"{side}_headers_to_add"] = [
            *_added(changes.overwritten, "OVERWRITE_IF_EXISTS_OR_ADD"),
            *_added(changes.added, "APPEND_IF_EXISTS_OR_ADD"),
        ]
        found[f"{side}_headers_to_remove"] = list(changes.removed)
    return {key: value for key, value in found.items() if value}


def _added(pairs: Iterable[tuple[str, str]], action: str) -> list[Object]:
    # A percent sign begins one of Envoy's own variables.
    return [
        {"header": {"key": name, "value": value.replace("%", "%%")}, "append_action": action}
        for name, value in pairs
    ]
