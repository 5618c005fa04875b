"""The check that a route of the Gateway API is served by somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from helpers.diagnose import doors
from helpers.diagnose.findings import Finding
from helpers.diagnose.inventory import Inventory, at, each, reference
from helpers.diagnose.signs import Port
from helpers.lab.objects import Object

# What a condition is when all is well: https://gateway-api.sigs.k8s.io/reference/spec/
NEEDED = {"Accepted", "Programmed", "ResolvedRefs"}


def route_not_accepted(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """A GRPCRoute, or a Gateway of it, that nobody serves."""
    seen: set[int] = set()
    for port in ports:
        for route in doors.routes(service, port.spec, inventory, "GRPCRoute"):
            for item in (route, *_gateways(route, inventory)):
                bad = _refused(item, inventory) or _foreseen(item, inventory)
                if bad and id(item) not in seen:
                    seen.add(id(item))
                    yield _not_accepted(item, bad, inventory)


def _not_accepted(item: Object, bad: tuple[str, str], inventory: Inventory) -> Finding:
    field, reason = bad
    return Finding(
        id="route-not-accepted",
        severity="warning",
        object=reference(item),
        namespace=inventory.namespace_of(item),
        field=field,
        saw=reason,
        effect="No Gateway serves the route: a gRPC client that comes by it gets UNAVAILABLE, or "
        "UNIMPLEMENTED where "
        "another route of the listener answers with 404.",
        change="Do what the reason says, then look again: parentRefs must name a Gateway and a listener "
        "that allow this "
        "namespace and host.\n"
        f"kubectl -n {inventory.namespace_of(item)} get {reference(item)} -o jsonpath='{{.status}}'",
    )


def _gateways(route: Object, inventory: Inventory) -> list[Object]:
    found = (
        inventory.find(
            "Gateway", str(one.get("namespace") or inventory.namespace_of(route)), str(one.get("name"))
        )
        for one in each(route, "spec", "parentRefs")
        if one.get("kind") in {None, "Gateway"}
    )
    return [item for item in found if item is not None]


def _refused(item: Object, inventory: Inventory) -> tuple[str, str] | None:
    """Return which part of an object's status says no, and its words; a file without status says nothing."""
    route = item.get("kind") == "GRPCRoute"
    parents = each(item, "status", "parents")
    parts = [("status.conditions", item.get("status"))] if not route else []
    parts += [(f"status.parents[{index}].conditions", one) for index, one in enumerate(parents)]
    for field, part in parts:
        for one in each(part, "conditions"):
            if one.get("type") in NEEDED and one.get("status") != "True":
                words = f"{one['type']} is {one.get('status')} ({one.get('reason')}: {one.get('message')})"
                return field, " ".join(words.split())
    if inventory.live and not (parents if route else each(item, "status", "conditions")):
        field = "status.parents" if route else "status.conditions"
        return field, "nothing: no controller has taken it up"
    return None


# --- before there is a status -------------------------------------------------------------------------------


def _foreseen(route: Object, inventory: Inventory) -> tuple[str, str] | None:
    """Return which reference of a route without a status no Gateway here will accept, and why.

    Reasons are the specification's, https://gateway-api.sigs.k8s.io/reference/spec/ (RouteConditionReason).
    """
    if inventory.live or route.get("kind") != "GRPCRoute" or route.get("status"):
        return None
    for index, parent in enumerate(each(route, "spec", "parentRefs")):
        if parent.get("kind") in {None, "Gateway"} and (reason := _unmatched(route, parent, inventory)):
            return f"spec.parentRefs[{index}]", reason
    return None


def _unmatched(route: Object, parent: Object, inventory: Inventory) -> str:
    name, home = str(parent.get("name")), inventory.namespace_of(route)
    space = str(parent.get("namespace") or home)
    if gateway := inventory.find("Gateway", space, name):
        return _unheard(route, parent.get("sectionName"), gateway, home if home != space else None)
    if elsewhere := inventory.find("Gateway", None, name):
        return (
            f"gateway {name} in namespace {space}, where there is none; there is one in namespace "
            f"{inventory.namespace_of(elsewhere)}, which parentRefs has to name (NoMatchingParent)"
        )
    return ""


def _unheard(route: Object, wanted: Any, gateway: Object, foreign: str | None) -> str:
    """Return why no listener of a Gateway takes a route; ``foreign`` is its namespace if it is another."""
    name = reference(gateway)
    listeners = [one for one in each(gateway, "spec", "listeners") if wanted in {None, one.get("name")}]
    if not listeners:
        return f"listener {wanted}, which {name} has not (NoMatchingParent)"
    open_to = [one for one in listeners if _lets_in(one, foreign is None)]
    if not open_to:
        of = f" of namespace {foreign}" if foreign else ""
        return f"{name}, whose listeners let in no GRPCRoute{of} (NotAllowedByListeners)"
    hosts = [str(one) for one in at(route, "spec", "hostnames") or []]
    if hosts and not any(_meet(str(one.get("hostname") or "*"), host) for one in open_to for host in hosts):
        return f"{name}, whose listeners have none of the route's hostnames (NoMatchingListenerHostname)"
    return ""


def _lets_in(listener: Object, same_namespace: bool) -> bool:
    kinds = [one.get("kind") for one in each(listener, "allowedRoutes", "kinds")]
    from_where = at(listener, "allowedRoutes", "namespaces", "from") or "Same"
    return (
        (not kinds or "GRPCRoute" in kinds)
        and (same_namespace or from_where != "Same")
        and from_where != "None"
    )


def _meet(one: str, other: str) -> bool:
    """Whether two hostnames, of which each may begin with a wildcard, have a name in common."""
    if one in {"*", other}:
        return True
    return any(a.startswith("*.") and b.endswith(a[1:]) for a, b in ((one, other), (other, one)))
