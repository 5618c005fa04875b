"""The quality-of-service class of a pod (`k8s.io/kubernetes/pkg/apis/core/helper/qos`)."""

from __future__ import annotations

from localcluster.types import Object


def qos_class(pod: Object) -> str:
    """Guaranteed, Burstable or BestEffort, from the requests and limits of its containers."""
    spec = pod.get("spec") or {}
    demands = [c.get("resources") or {} for c in spec.get("containers") or []]
    if not any(demand.get("requests") or demand.get("limits") for demand in demands):
        return "BestEffort"
    if all(_guaranteed(demand) for demand in demands):
        return "Guaranteed"
    return "Burstable"


def _guaranteed(demand: Object) -> bool:
    limits, requests = demand.get("limits") or {}, demand.get("requests") or {}
    return all(
        limits.get(word) and requests.get(word, limits[word]) == limits[word] for word in ("cpu", "memory")
    )
