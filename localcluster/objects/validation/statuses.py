"""Rules of what is reported of an object, which whoever may write its status must keep.

After `pkg/apis/apps/validation/validation.go` and `pkg/apis/core/validation/validation.go`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from localcluster.errors import FieldError, forbidden, invalid
from localcluster.objects.validation import metadata, words
from localcluster.types import Object

_TOO_MANY = "cannot be greater than status.replicas"


def of_deployment(deployment: Object) -> Iterator[FieldError]:
    """What is wrong with the status of a Deployment."""
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
    yield from _not_negative(deployment, ("observedGeneration", *counts, "collisionCount"))
    yield from _parts(deployment, ("updatedReplicas", "readyReplicas", "availableReplicas"))


def of_replica_set(replica_set: Object) -> Iterator[FieldError]:
    """What is wrong with the status of a ReplicaSet."""
    parts = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    yield from _not_negative(replica_set, ("replicas", *parts, "observedGeneration"))
    yield from _parts(replica_set, parts)


def _not_negative(obj: Object, counts: tuple[str, ...]) -> Iterator[FieldError]:
    status = obj.get("status") or {}
    for word in counts:
        yield from words.not_negative(f"status.{word}", status.get(word))


def _parts(obj: Object, parts: tuple[str, ...]) -> Iterator[FieldError]:
    """Pods of some kind are at most all pods, and those that are available at most those that are ready."""
    status = obj.get("status") or {}
    for word in parts:
        if status.get(word, 0) > status.get("replicas", 0):
            yield invalid(f"status.{word}", status.get(word, 0), _TOO_MANY)
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        yield invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")


def of_pod_change(old: Object, new: Object) -> Iterator[FieldError]:
    """What is wrong with the changed status of a pod, whose class is settled when it is made."""
    before, after = ((pod.get("status") or {}).get("qosClass") for pod in (old, new))
    yield from metadata.unchanged("status.qosClass", before, after)


def of_service(service: Object) -> Iterator[FieldError]:
    """What is wrong with the addresses of a Service's load balancer."""
    field = "status.loadBalancer.ingress"
    entries = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    if entries and (service.get("spec") or {}).get("type") != "LoadBalancer":
        yield forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")
        return
    for index, entry in enumerate(entries):
        address, name = entry.get("ip"), entry.get("hostname")
        if address:
            yield from words.complain(f"{field}[{index}].ip", address, words.ip_address(address))
        if name:
            yield from words.complain(f"{field}[{index}].hostname", name, _host_name(name))


def _host_name(value: str) -> list[str]:
    found = words.dns_subdomain(value)
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return found
    return [*found, "must be a DNS name, not an IP address"]
