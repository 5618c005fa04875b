"""What classes, Gateways and routes are told in their status, with the specification's types and reasons."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.controllers import conditions
from localcluster.controllers.gateways.found import GROUP, ROUTE_KIND, Finding, Listener, bad, good
from localcluster.controllers.gateways.routes import Attachment
from localcluster.storage.registry import Registry
from localcluster.types import Object

FEATURES = ("GRPCRoute", "Gateway", "GatewayPort8080")
_SAME = ("status", "reason", "message", "observedGeneration")


def tell_class(registry: Registry, one: Object) -> None:
    """Write a class's status: it is accepted."""
    found = good("Accepted", "Gateways of this class are served by the local cluster's Envoy")

    def change(stored: Object) -> None:
        status = stored.setdefault("status", {})
        _put(status, stored, "Accepted", found)
        status["supportedFeatures"] = [{"name": name} for name in FEATURES]

    registry.modify("GatewayClass", None, one["metadata"]["name"], change, subresource="status")


def tell_gateway(
    registry: Registry,
    gateway: Object,
    address: str,
    listeners: list[Listener],
    programmed: dict[str, Finding],
) -> None:
    """Write a Gateway's status.

    Args:
        registry: where it is.
        gateway: as it was looked at.
        address: where it listens; "" when it has no address.
        listeners: what was found of them.
        programmed: of each listener by its name, whether the data plane does what it says.
    """
    meta = gateway["metadata"]
    about = {"Accepted": accepted(listeners), "Programmed": _programmed(address, programmed)}

    def change(stored: Object) -> None:
        status = stored.setdefault("status", {})
        for kind, finding in about.items():
            _put(status, stored, kind, finding)
        known = {one["name"]: one for one in status.get("listeners") or []}
        status["addresses"] = [{"type": "IPAddress", "value": address}] if address else []
        status["listeners"] = [
            _listener(stored, known.get(one.name, {}), one, programmed[one.name]) for one in listeners
        ]

    if meta["generation"] == _generation(registry, gateway):
        registry.modify("Gateway", meta["namespace"], meta["name"], change, subresource="status")


def accepted(listeners: Iterable[Listener]) -> Finding:
    """Whether a Gateway can be served as a whole or in part."""
    wrong = [one.name for one in listeners if not (one.accepted.holds and one.resolved.holds)]
    right = [one.name for one in listeners if one.accepted.holds]
    if wrong:
        text = f"Not as they should be: {', '.join(wrong)} (see the listeners' conditions)"
        return Finding(bool(right), "ListenersNotValid", text)
    return good("Accepted", "Gateway is accepted")


def _programmed(address: str, listeners: dict[str, Finding]) -> Finding:
    if not address:
        return bad("AddressNotAssigned", "No address for a Gateway is left; delete one")
    if not any(one.holds for one in listeners.values()):
        return bad("Invalid", "No listener is there (see the listeners' conditions)")
    return good("Programmed", f"Listening on {address}")


def _listener(gateway: Object, known: Object, listener: Listener, programmed: Finding) -> Object:
    conflict = listener.conflict
    about = {
        "Accepted": listener.accepted,
        "Programmed": programmed,
        "ResolvedRefs": listener.resolved,
        "Conflicted": Finding(
            bool(conflict),
            conflict or "NoConflicts",
            listener.accepted.message if conflict else "No conflicts",
        ),
    }
    status: Object = {"conditions": list(known.get("conditions") or [])}
    for kind, finding in about.items():
        _put(status, gateway, kind, finding)
    kinds = [{"group": GROUP, "kind": ROUTE_KIND}] if listener.takes_routes else []
    return {
        "name": listener.name,
        "supportedKinds": kinds,
        "attachedRoutes": len(listener.attached),
        "conditions": status["conditions"],
    }


def tell_route(registry: Registry, controller: str, found: Attachment) -> None:
    """Write what a controller says of each parent of a route; what others say stays."""
    meta = found.route["metadata"]

    def change(stored: Object) -> None:
        before = (stored.get("status") or {}).get("parents") or []
        others = [one for one in before if one["controllerName"] != controller]
        mine = [one for one in before if one["controllerName"] == controller]
        parents = [*others, *_parents(controller, found, mine)]
        if parents != before:
            stored["status"] = {"parents": parents}

    if meta["generation"] == _generation(registry, found.route):
        registry.modify("GRPCRoute", meta["namespace"], meta["name"], change, subresource="status")


def _parents(controller: str, found: Attachment, before: list[Object]) -> Iterable[Object]:
    for parent in found.parents:
        known = next((one for one in before if one["parentRef"] == parent.reference), {})
        status: Object = {"conditions": list(known.get("conditions") or [])}
        _put(status, found.route, "Accepted", parent.accepted)
        _put(status, found.route, "ResolvedRefs", found.resolved)
        yield {
            "parentRef": parent.reference,
            "controllerName": controller,
            "conditions": status["conditions"],
        }


def _generation(registry: Registry, obj: Object) -> int | None:
    """The generation an object has now: what was found of an older one is not told of it."""
    meta = obj["metadata"]
    record = registry.store.get(obj["kind"], meta["namespace"], meta["name"])
    same = record and record.view["metadata"]["uid"] == meta["uid"]
    return record.view["metadata"]["generation"] if record and same else None


def _put(status: Object, obj: Object, kind: str, finding: Finding) -> None:
    value = "True" if finding.holds else "False"
    condition = conditions.new(kind, value, finding.reason, finding.message)
    condition["observedGeneration"] = obj["metadata"]["generation"]
    conditions.put(status, condition, same=_SAME)
