"""Addresses and ports of Services: what is kept from before, what is wanted, what is handed out.

After `k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go` for a cluster with IPv4 only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from localcluster.errors import FieldError, invalid
from localcluster.types import Object

HEADLESS = "None"
_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")


class Allocator(Protocol):
    """Hands out the addresses of Services."""

    def cluster_ip(self, taken: set[str], wanted: str | None) -> str:
        """A free address, or the wanted one; raises `ValueError` when that cannot be had."""

    def node_port(self, taken: set[int], wanted: int | None) -> int:
        """A free node port, or the wanted one; raises `ValueError` when that cannot be had."""


def is_reachable(spec: Object) -> bool:
    """Whether a Service is meant for who is outside the cluster (`ExternallyAccessible`)."""
    kind = spec.get("type")
    return kind in _WITH_NODE_PORTS or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def carry_over(old: Object, new: Object) -> None:
    """Give a changed Service the addresses and ports it had and does not mention, in place."""
    before, after = old.get("spec") or {}, new["spec"]
    _drop_what_the_type_lost(before, after)
    if "ExternalName" in (before.get("type"), after.get("type")):
        return
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not after.get(field) and before.get(field):
            after[field] = before[field]


def _drop_what_the_type_lost(before: Object, after: Object) -> None:
    # A client that changes only the type sends back what the old type had; that is no wish.
    if after.get("type") == "ExternalName" and before.get("type") != "ExternalName":
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
            if after.get(field) == before.get(field):
                after.pop(field, None)
    if before.get("type") in _WITH_NODE_PORTS and after.get("type") not in _WITH_NODE_PORTS:
        given = {port.get("nodePort") for port in before.get("ports") or []}
        for port in after.get("ports") or []:
            if port.get("nodePort") in given:
                port.pop("nodePort", None)
    policy = "externalTrafficPolicy"
    if is_reachable(before) and not is_reachable(after) and after.get(policy) == before.get(policy):
        after.pop(policy, None)


def allocate(
    service: Object, old: Object | None, others: Iterable[Object], allocator: Allocator
) -> list[FieldError]:
    """Give a Service what its type needs, in place; what it had before it keeps without asking.

    Args:
        service: The Service, defaulted and valid.
        old: How it was; None for a new one.
        others: All other Services.
        allocator: Where addresses and ports come from.

    Returns:
        What could not be had of what it asked for.
    """
    spec, before = service["spec"], (old or {}).get("spec") or {}
    if spec["type"] == "ExternalName":
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            spec.pop(field, None)
        return []
    taken = [other.get("spec") or {} for other in others]
    errors = []
    if not spec.get("clusterIP") or spec["clusterIP"] != before.get("clusterIP"):
        errors = _cluster_ip(spec, {other.get("clusterIP", "") for other in taken}, allocator)
    ports = {number for other in taken for number in _numbers(other)}
    return errors + _node_ports(spec, _numbers(before), ports, allocator)


def _numbers(spec: Object) -> set[int]:
    """The ports of the node that a Service has."""
    return {port["nodePort"] for port in spec.get("ports") or [] if port.get("nodePort")}


def _cluster_ip(spec: Object, taken: set[str], allocator: Allocator) -> list[FieldError]:
    wanted = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or []), None)
    if wanted != HEADLESS:
        try:
            wanted = allocator.cluster_ip(taken, wanted)
        except ValueError as error:
            why = f"failed to allocate IP {wanted}: {error}"
            return [invalid("spec.clusterIPs", [wanted], why)]
    spec["clusterIP"], spec["clusterIPs"] = wanted, [wanted]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    return []


def _node_ports(spec: Object, held: set[int], taken: set[int], allocator: Allocator) -> list[FieldError]:
    if spec["type"] not in _WITH_NODE_PORTS:
        for port in spec.get("ports") or []:
            port.pop("nodePort", None)
        return []
    errors = []
    for index, port in enumerate(spec.get("ports") or []):
        number = port.get("nodePort")
        # One number serves both protocols of a Service; a load balancer may do without.
        if number in held or (number is None and spec.get("allocateLoadBalancerNodePorts") is False):
            continue
        try:
            port["nodePort"] = allocator.node_port(taken | held, number)
        except ValueError as error:
            errors.append(invalid(f"spec.ports[{index}].nodePort", number, str(error)))
        else:
            held.add(port["nodePort"])
    return errors
