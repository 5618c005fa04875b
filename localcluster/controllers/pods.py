"""What controllers ask of a pod (`pkg/api/v1/pod`, `pkg/controller/controller_utils.go`)."""

from __future__ import annotations

import math

from localcluster.controllers import conditions
from localcluster.controllers.owners import is_deleting
from localcluster.objects.clock import age
from localcluster.types import Object

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def has_ended(pod: Object) -> bool:
    """Whether its containers have ended for good."""
    return _status(pod).get("phase") in ("Failed", "Succeeded")


def is_active(pod: Object) -> bool:
    """Whether it counts as a replica."""
    return not has_ended(pod) and not is_deleting(pod)


def is_terminating(pod: Object) -> bool:
    """Whether it is on its way out and may still run."""
    return not has_ended(pod) and is_deleting(pod)


def is_ready(pod: Object) -> bool:
    """Whether its readiness probes succeed."""
    return (conditions.find(_status(pod), "Ready") or {}).get("status") == "True"


def seconds_to_available(pod: Object, min_ready_seconds: int) -> float | None:
    """How long it must stay ready to be available: 0 when it is, None while it is not even ready."""
    if not is_ready(pod):
        return None
    since = (conditions.find(_status(pod), "Ready") or {}).get("lastTransitionTime")
    if min_ready_seconds <= 0:
        return 0.0
    if since is None:
        return float(min_ready_seconds)
    # A moment in the future means that the wall clock was set back: nobody should wait until it is reached.
    return max(0.0, min_ready_seconds - age(since)) if age(since) >= 0 else 0.0


def deletion_rank(pod: Object) -> tuple[bool, int, bool, int, int, int, int, str]:
    """Sorts pods by who goes first when there are too many: those whose loss costs least.

    Kubernetes' order (`ActivePodsWithRanks`): not scheduled, not running, not ready, cheaper by annotation,
    ready for a shorter time, restarted more often, younger. Times compare by their order of magnitude, so
    that chance decides between pods of about the same age. Nodes do not count: there is one.
    """
    meta, status = pod["metadata"], _status(pod)
    ready = conditions.find(status, "Ready") or {}
    restarts = sum(c.get("restartCount", 0) for c in status.get("containerStatuses") or [])
    return (
        bool((pod.get("spec") or {}).get("nodeName")),
        _PHASES.get(status.get("phase", "Pending"), 0),
        is_ready(pod),
        _cost(pod),
        _magnitude(ready.get("lastTransitionTime")) if is_ready(pod) else 0,
        -restarts,
        _magnitude(meta.get("creationTimestamp")),
        meta["uid"],
    )


def _cost(pod: Object) -> int:
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def _magnitude(moment: str | None) -> int:
    seconds = age(moment)
    return math.floor(math.log2(seconds * 1e9)) if seconds > 0 else -1


def _status(pod: Object) -> Object:
    return pod.get("status") or {}
