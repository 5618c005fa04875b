"""The check that a route of the Gateway API is served by somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.diagnose import doors
from helpers.diagnose.findings import Finding
from helpers.diagnose.inventory import Inventory, each, reference
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
                if id(item) not in seen and (bad := _refused(item, inventory)):
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
