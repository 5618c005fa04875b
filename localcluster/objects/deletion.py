"""What a DELETE does to one object: gone at once, or marked and left to its finalizers and its grace.

After `k8s.io/apiserver/pkg/registry/rest/delete.go` and `generic/registry/store.go`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from localcluster.objects import clock
from localcluster.storage.resources import Resource
from localcluster.types import Object

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"
_DEFAULT_GRACE = 30


def mark(resource: Resource, obj: Object, propagation: str | None, grace: int | None) -> bool:
    """Mark an object as being deleted, in place.

    Args:
        resource: Its kind.
        obj: The object.
        propagation: `Orphan`, `Foreground`, `Background` or None (the kind's default).
        grace: Seconds for a pod's processes to end, or None for the pod's own wish.

    Returns:
        Whether it can be removed at once.
    """
    _propagation_finalizer(resource, obj, propagation)
    seconds = _pod_grace(obj, grace) if resource.kind == "Pod" else 0
    if seconds == 0 and not pending(resource, obj):
        if resource.kind == "Pod":
            _stamp(resource, obj, 0)  # what has a grace period shows how it ended
        return True
    _stamp(resource, obj, seconds)
    if resource.kind == "Namespace":
        obj.setdefault("status", {})["phase"] = "Terminating"
    return False


def pending(resource: Resource, obj: Object) -> bool:
    """Whether a finalizer still holds the object."""
    if obj["metadata"].get("finalizers"):
        return True
    return resource.kind == "Namespace" and bool((obj.get("spec") or {}).get("finalizers"))


def finished(resource: Resource, obj: Object) -> bool:
    """Whether a marked object has nothing left to wait for."""
    meta = obj["metadata"]
    return (
        bool(meta.get("deletionTimestamp"))
        and not pending(resource, obj)
        and not meta.get("deletionGracePeriodSeconds")
    )


def _propagation_finalizer(resource: Resource, obj: Object, propagation: str | None) -> None:
    meta = obj["metadata"]
    kept = list(meta.get("finalizers") or [])
    # Without a policy, a finalizer that is already there decides (`shouldOrphanDependents`).
    if propagation is None and (ORPHAN in kept or FOREGROUND in kept):
        return
    wanted = {"Orphan": ORPHAN, "Foreground": FOREGROUND}.get(propagation or resource.default_propagation)
    finalizers = [word for word in kept if word not in (ORPHAN, FOREGROUND)]
    if wanted:
        finalizers.append(wanted)
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)


def _pod_grace(pod: Object, grace: int | None) -> int:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    # Nothing runs: not yet scheduled, or ended.
    if not spec.get("nodeName") or status.get("phase") in ("Failed", "Succeeded"):
        return 0
    if grace is None:
        grace = int(spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE))
    return max(grace, 1) if grace != 0 else 0


def _stamp(resource: Resource, obj: Object, seconds: int) -> None:
    meta = obj["metadata"]
    known, before = meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")
    # A second DELETE may shorten the grace, never lengthen it; it counts from the first.
    if known and before is not None and seconds >= before:
        return
    start = clock.parse(known) - timedelta(seconds=before or 0) if known else datetime.now(UTC)
    meta["deletionTimestamp"] = clock.text(start + timedelta(seconds=seconds))
    meta["deletionGracePeriodSeconds"] = seconds
    if resource.generation and not known:
        meta["generation"] = meta.get("generation", 0) + 1
