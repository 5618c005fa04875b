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
_REVIVED = "may not be transitioned to non-terminated state"
# Where a pod's status tells of which of its containers.
_REPORTED = {
    "containerStatuses": "containers",
    "initContainerStatuses": "initContainers",
    "ephemeralContainerStatuses": "",  # never started again
}


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
    """What is wrong with the changed status of a pod: its class is settled, what has ended stays ended."""
    before, after = (pod.get("status") or {} for pod in (old, new))
    yield from metadata.unchanged("status.qosClass", before.get("qosClass"), after.get("qosClass"))
    spec = old.get("spec") or {}
    for word, part in _REPORTED.items():
        alive = {one.get("name") for one in after.get(word) or [] if _exit_code(one) is None}
        known = {one.get("name"): one for one in spec.get(part) or []}
        for index, one in enumerate(before.get(word) or []):
            code, name = _exit_code(one), one.get("name")
            if code is None or name not in alive or (name in known and _restarts(spec, known[name], code)):
                continue
            yield forbidden(
                f"status.{word}[{index}].state", "may not be transitioned to non-terminated state"
            )


def _exit_code(reported: Object) -> int | None:
    """What a container ended with; None while it has not ended."""
    ended = (reported.get("state") or {}).get("terminated")
    return None if ended is None else int(ended.get("exitCode") or 0)


def _restarts(spec: Object, container: Object, code: int) -> bool:
    """Whether a container that ended so is started again (`podutil.ContainerShouldRestart`)."""
    for rule in container.get("restartPolicyRules") or []:
        codes = rule.get("exitCodes") or {}
        if (code in (codes.get("values") or [])) == (codes.get("operator") == "In"):
            return bool(rule.get("action") == "Restart")
    policy = container.get("restartPolicy") or spec.get("restartPolicy") or "Always"
    return policy == "Always" or (policy == "OnFailure" and code != 0)


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
