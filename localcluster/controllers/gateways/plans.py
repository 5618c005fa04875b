"""From listeners with their routes to the data plane's plan, in the specification's order of precedence."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from localcluster.controllers.gateways import hostnames, routes
from localcluster.controllers.gateways.found import Listener
from localcluster.network.directory import Directory
from localcluster.network.routes import NOWHERE, Chain, Changes, Header, Match, Plan, Route, Target
from localcluster.types import Object

_ANY: Object = {}


def add(plan: Plan, directory: Directory, gateway: Object, address: str, listeners: list[Listener]) -> None:
    """Add a Gateway's listeners that can be served, their routes and what these lead to, to a plan."""
    meta = gateway["metadata"]
    served = sorted((one for one in listeners if one.is_served), key=lambda one: one.port)
    for port, group in itertools.groupby(served, key=lambda one: one.port):
        members = list(group)
        base = f"{meta['namespace']}.{meta['name']}.{port}"
        if members[0].protocol == "HTTP":
            plan.sockets[address, port] = [Chain(base, _hosts(directory, members))]
            continue
        chains = plan.sockets[address, port] = []
        for one in members:
            name = f"{base}.{one.name}"
            chains.append(Chain(name, _hosts(directory, [one]), name, one.hostname))
            if one.certificate:
                plan.certificates[name] = one.certificate
    for one in served:
        for route, _ in one.attached:
            _add_clusters(plan, directory, route)


def _add_clusters(plan: Plan, directory: Directory, route: Object) -> None:
    for backend in routes.backends(route):
        if (found := routes.cluster_of(directory, route, backend)) is None:
            continue
        name, port = found
        key = (route["metadata"]["namespace"], backend["name"])
        pods = directory.backends(key, port.get("name") or "")
        plan.clusters[name] = [(one.address, number) for one, number in pods]


def _hosts(directory: Directory, members: list[Listener]) -> dict[str, tuple[Route, ...]]:
    """The routes of each host of listeners that share a port.

    A host belongs to the listener that names it most closely and to no other (listener isolation), so each
    listener's own host is there even when no route is.
    """
    found: dict[str, tuple[Route, ...]] = {}
    for one in members:
        shared = {host for _, hosts in one.attached for host in hosts}
        for host in {one.hostname, *shared}:
            if _owner(members, host) is one:
                found[host] = tuple(_ordered(directory, one, host))
    return found


def _owner(members: list[Listener], host: str) -> Listener:
    able = [one for one in members if hostnames.covers(one.hostname, host)]
    return max(able, key=lambda one: hostnames.specificity(one.hostname))


def _ordered(directory: Directory, listener: Listener, host: str) -> Iterator[Route]:
    ranked: list[tuple[Any, Route]] = []
    for route, hosts in listener.attached:
        closest = max(
            (hostnames.specificity(one) for one in hosts if hostnames.covers(one, host)), default=None
        )
        if closest is not None:
            ranked += _ranked(directory, route, closest)
    return (route for _, route in sorted(ranked, key=lambda pair: pair[0]))


def _ranked(directory: Directory, route: Object, closest: tuple[int, int]) -> Iterator[tuple[Any, Route]]:
    """A route's matches with their rank: lower goes first (GRPCRouteRule.matches)."""
    meta, places = route["metadata"], itertools.count()
    age = (meta["creationTimestamp"], f"{meta['namespace']}/{meta['name']}")
    for rule in (route.get("spec") or {}).get("rules") or [_ANY]:
        targets = tuple(_targets(directory, route, rule))
        request, response = _changes(rule.get("filters") or [])
        for match in rule.get("matches") or [_ANY]:
            method, headers = match.get("method") or {}, _headers(match)
            length = (len(method.get("service", "")), len(method.get("method", "")), len(headers))
            rank = (tuple(-part for part in (*closest, *length)), age, next(places))
            yield rank, Route(_match(method, headers), targets, request, response)


def _match(method: Object, headers: tuple[Header, ...]) -> Match:
    service, name = method.get("service", ""), method.get("method", "")
    if not service and not name:
        return Match(headers=headers)
    if method["type"] == "RegularExpression":
        parts = (f"(?:{part})" if part else "[^/]+" for part in (service, name))
        return Match("regex", "/" + "/".join(parts), headers)
    if not service:
        return Match("regex", f"/[^/]+/{name}", headers)
    return Match("path", f"/{service}/{name}", headers) if name else Match("prefix", f"/{service}/", headers)


def _headers(match: Object) -> tuple[Header, ...]:
    """The headers of a match; of names that are the same but for their case, the first counts."""
    found: dict[str, Header] = {}
    for one in match.get("headers") or []:
        name = one["name"].lower()
        found.setdefault(name, Header(name, one["value"], one["type"] == "RegularExpression"))
    return tuple(found.values())


def _targets(directory: Directory, route: Object, rule: Object) -> Iterator[Target]:
    for backend in rule.get("backendRefs") or []:
        found = routes.cluster_of(directory, route, backend)
        request, response = _changes(backend.get("filters") or [])
        yield Target(found[0] if found else NOWHERE, backend["weight"], request, response)


def _changes(filters: Iterable[Object]) -> tuple[Changes, Changes]:
    found = {one["type"]: one for one in filters}
    request = found.get("RequestHeaderModifier", {}).get("requestHeaderModifier", {})
    response = found.get("ResponseHeaderModifier", {}).get("responseHeaderModifier", {})
    return _change(request), _change(response)


def _change(wanted: Object) -> Changes:
    overwritten, added = (
        tuple((pair["name"], pair["value"]) for pair in wanted.get(word) or []) for word in ("set", "add")
    )
    return Changes(overwritten, added, tuple(wanted.get("remove") or ()))
