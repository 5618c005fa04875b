"""GRPCRoutes: where they attach, and why not; what they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from localcluster.controllers.gateways import hostnames
from localcluster.controllers.gateways.found import GROUP, Finding, Listener, bad, good
from localcluster.network.directory import Directory, port_named
from localcluster.network.routes import NOWHERE
from localcluster.objects import selectors
from localcluster.storage.registry import Registry
from localcluster.types import Object

# What RE2 and Python's expressions mean alike; the rest one of them lacks (look-around, back references).
_PLAIN_GROUP = re.compile(r"\(\?(?!:|i\))")
_PLAIN_ESCAPE = re.compile(r"\\(?![dDsSwWbB.\\^$|?*+()\[\]{}/-])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(slots=True)
class Parent:
    """A route's reference to a Gateway of ours, and what came of it."""

    reference: Object
    accepted: Finding


@dataclass(slots=True)
class Attachment:
    """A route and the Gateways of ours that it names."""

    route: Object
    resolved: Finding
    parents: list[Parent] = field(default_factory=list)


Gateways = dict[tuple[str, str], list[Listener]]
"""The listeners of each of our Gateways, by namespace and name."""


def attach(registry: Registry, directory: Directory, gateways: Gateways, route: Object) -> Attachment:
    """Attach a route to the listeners that take it; gives what its status should say."""
    found = Attachment(route, resolved(directory, route))
    refusal = unsupported(route)
    for reference in (route.get("spec") or {}).get("parentRefs") or []:
        if (listeners := _named(gateways, route, reference)) is None:
            continue
        accepted, taking = _taking(registry, route, reference, listeners)
        if taking and refusal:
            accepted, taking = bad("UnsupportedValue", refusal), []
        for listener, hosts in taking:
            if all(known is not route for known, _ in listener.attached):
                listener.attached.append((route, hosts))
        found.parents.append(Parent(reference, accepted))
    return found


def _named(gateways: Gateways, route: Object, reference: Object) -> list[Listener] | None:
    if (reference["group"], reference["kind"]) != (GROUP, "Gateway"):
        return None
    namespace = reference.get("namespace") or route["metadata"]["namespace"]
    return gateways.get((namespace, reference["name"]))


def _taking(
    registry: Registry, route: Object, reference: Object, listeners: list[Listener]
) -> tuple[Finding, list[tuple[Listener, list[str]]]]:
    """The listeners that take a route, with the hosts they share; and what to say of it."""
    meant = [one for one in listeners if _means(reference, one)]
    if not meant:
        return bad("NoMatchingParent", f"Gateway {reference['name']} has no such listener"), []
    home = reference.get("namespace") or route["metadata"]["namespace"]
    allowing = [one for one in meant if one.takes_routes and _allows(registry, home, one, route)]
    if not allowing:
        text = f"No listener of Gateway {reference['name']} takes GRPCRoutes of this namespace"
        return bad("NotAllowedByListeners", text), []
    shared = [(one, _shared(one, route)) for one in allowing]
    taking = [(one, hosts) for one, hosts in shared if hosts]
    if not taking:
        text = f"No listener of Gateway {reference['name']} is for a host of this route"
        return bad("NoMatchingListenerHostname", text), []
    return good("Accepted", "Route is accepted"), taking


def _means(reference: Object, listener: Listener) -> bool:
    section, port = reference.get("sectionName"), reference.get("port")
    return section in (None, "", listener.name) and port in (None, listener.port)


def _allows(registry: Registry, home: str, listener: Listener, route: Object) -> bool:
    namespaces = listener.spec["allowedRoutes"]["namespaces"]
    whence, namespace = namespaces["from"], route["metadata"]["namespace"]
    if whence == "Selector":
        record = registry.store.get("Namespace", "", namespace)
        labels = record.view["metadata"].get("labels") if record else None
        chosen = namespaces.get("selector")
        return chosen is not None and selectors.from_object(chosen).matches(labels)
    return whence == "All" or bool(namespace == home)


def _shared(listener: Listener, route: Object) -> list[str]:
    wanted = (route.get("spec") or {}).get("hostnames") or [""]
    shared = (hostnames.intersection(listener.hostname, host) for host in wanted)
    return list(dict.fromkeys(host for host in shared if host is not None))


# -- what a route leads to


def backends(route: Object) -> Iterator[Object]:
    """All backends of a route."""
    for rule in (route.get("spec") or {}).get("rules") or []:
        yield from rule.get("backendRefs") or []


def resolved(directory: Directory, route: Object) -> Finding:
    """Whether every backend is a port of a Service; the first that is not is named."""
    for backend in backends(route):
        if (problem := _problem(directory, route, backend)) is not None:
            return problem
    return good("ResolvedRefs", "Backends are there")


def cluster_of(directory: Directory, route: Object, backend: Object) -> tuple[str, Object] | None:
    """The name of a backend's cluster and its Service's port; None when it leads nowhere."""
    if _problem(directory, route, backend) is not None:
        return None
    key = (route["metadata"]["namespace"], backend["name"])
    port = port_named(directory.services[key], str(backend["port"]))
    return f"{'.'.join(key)}.{backend['port']}", dict(port or {})


def _problem(directory: Directory, route: Object, backend: Object) -> Finding | None:
    home, name = route["metadata"]["namespace"], backend["name"]
    if (backend["group"], backend["kind"]) != ("", "Service"):
        return bad("InvalidKind", f"{backend['kind']} {name} is no Service")
    if backend.get("namespace", home) != home:
        text = f"Service {name} is of another namespace, and there is no ReferenceGrant here to allow it"
        return bad("RefNotPermitted", text)
    service = directory.services.get((home, name))
    if service is None or service["spec"].get("type") == "ExternalName":
        return bad("BackendNotFound", f"Service {home}/{name} does not exist, or has no pods of its own")
    ports = [one["port"] for one in service["spec"].get("ports") or []]
    if backend["port"] not in ports:
        return bad("BackendNotFound", f"Service {home}/{name} has no port {backend['port']}")
    return None


# -- what is not served here


def unsupported(route: Object) -> str:
    """What a route asks for that is not served here, in a sentence; "" when there is nothing."""
    return next(_unsupported((route.get("spec") or {}).get("rules") or []), "")


def _unsupported(rules: list[Object]) -> Iterator[str]:
    for rule in rules:
        for match in rule.get("matches") or []:
            yield from _unsupported_match(match)
        yield from _unsupported_filters(rule.get("filters") or [])
        for backend in rule.get("backendRefs") or []:
            yield from _unsupported_filters(backend.get("filters") or [])


def _unsupported_match(match: Object) -> Iterator[str]:
    method = match.get("method") or {}
    expressions = [method.get(word, "") for word in ("service", "method")]
    wanted = expressions if method.get("type") == "RegularExpression" else []
    for header in match.get("headers") or []:
        if header["type"] == "RegularExpression":
            wanted.append(header["value"])
        elif _CONTROL.search(header["value"]):
            yield f"Value of header {header['name']} has a control character"
    for expression in wanted:
        if not is_regular(expression):
            yield f"{expression!r} is no regular expression that is served here (RE2 without flags)"


def is_regular(expression: str) -> bool:
    """Whether Envoy's RE2 surely takes an expression, and means by it what Python does."""
    if not expression.isascii() or _CONTROL.search(expression):
        return False
    if _PLAIN_GROUP.search(expression) or _PLAIN_ESCAPE.search(expression):
        return False
    try:
        re.compile(expression)
    except (re.error, OverflowError):
        return False
    # Python has possessive quantifiers, and RE2 a limit on repetitions.
    return not re.search(r"[*+?}]\+|\{[^}]*\d{3}", expression)


def _unsupported_filters(filters: Iterable[Object]) -> Iterator[str]:
    for one in filters:
        kind = one["type"]
        changes = one[kind[0].lower() + kind[1:]]
        pairs = [pair for word in ("set", "add") for pair in changes.get(word) or []]
        names = [pair["name"] for pair in pairs] + list(changes.get("remove") or [])
        if any(
            name.lower() == "host" or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) for name in names
        ):
            yield f"Filter {kind} changes a header that Envoy keeps for itself, or one that is none"
        if any(_CONTROL.search(pair["value"]) for pair in pairs):
            yield f"Filter {kind} has a value with a control character"


__all__ = ["NOWHERE", "Attachment", "Gateways", "Parent", "attach", "backends", "cluster_of", "resolved"]
