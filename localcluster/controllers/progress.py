"""A Deployment's status: counts, whether it is available, and whether its rollout moves.

After `k8s.io/kubernetes/pkg/controller/deployment/progress.go` and `sync.go`. Objects in, status out.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

from localcluster.controllers import conditions, rollout
from localcluster.objects import clock, scope
from localcluster.objects.clock import age
from localcluster.types import Object

COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
# A deadline of this many seconds means none (`HasProgressDeadline`: math.MaxInt32).
_NO_DEADLINE = 2**31 - 1


def deadline(deployment: Object) -> int | None:
    """The seconds a rollout may stand still, None for ever."""
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds is None or seconds == _NO_DEADLINE else int(seconds)


def note(status: Object, kind: str, value: str, reason: str, message: str) -> None:
    """Set a condition in a Deployment's status, in place."""
    condition = {**conditions.new(kind, value, reason, message), "lastUpdateTime": clock.now()}
    conditions.put(status, condition)


def counted(deployment: Object, sets: Sequence[Object], new: Object | None) -> Object:
    """The status that its ReplicaSets make: counts and availability; other conditions stay."""
    status = deployment.get("status") or {}
    ready = _total(sets, "availableReplicas")
    counts = {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": _total(sets, "replicas"),
        "updatedReplicas": _total([new] if new else [], "replicas"),
        "readyReplicas": _total(sets, "readyReplicas"),
        "availableReplicas": ready,
        "unavailableReplicas": max(0, sum(map(rollout.wanted, sets)) - ready),
        "collisionCount": status.get("collisionCount", 0),
    }
    found: Object = {word: count for word, count in counts.items() if count}
    found["terminatingReplicas"] = _total(sets, "terminatingReplicas")
    if status.get("conditions"):
        found["conditions"] = copy.deepcopy(status["conditions"])
    _note_available(deployment, found)
    return found


def rolled(deployment: Object, sets: Sequence[Object], new: Object | None) -> Object:
    """The status during and after a rollout: as `counted`, and whether it progresses."""
    status = counted(deployment, sets, new)
    if deadline(deployment) is None:
        conditions.drop(status, "Progressing")
    elif not _was_complete(deployment, status):
        _note_progress(deployment, status, new)
    failed = [rs for rs in sets if conditions.find(rs.get("status") or {}, "ReplicaFailure")]
    # The newest speaks for the others.
    failed.sort(key=lambda rs: rs is new)
    if failed:
        failure = conditions.find(failed[-1]["status"], "ReplicaFailure") or {}
        note(status, "ReplicaFailure", failure["status"], failure["reason"], failure["message"])
    else:
        conditions.drop(status, "ReplicaFailure")
    return status


def is_complete(deployment: Object, status: Object) -> bool:
    """Whether exactly the wanted pods run, all of the current template and available."""
    words = ("updatedReplicas", "replicas", "availableReplicas")
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1)
    return seen and all(status.get(word, 0) == rollout.wanted(deployment) for word in words)


def seconds_to_deadline(deployment: Object, status: Object) -> float | None:
    """When a rollout that does not move will have stood still for too long; None when nobody waits."""
    seconds, condition = deadline(deployment), conditions.find(status, "Progressing")
    if seconds is None or condition is None or condition.get("reason") in (TIMED_OUT, COMPLETE):
        return None
    if is_complete(deployment, status):
        return None
    # Times are whole seconds, so one more makes sure that it is over then.
    return max(0.0, seconds - age(_updated(condition))) + 1


def _note_available(deployment: Object, status: Object) -> None:
    least = rollout.wanted(deployment) - rollout.limits(deployment).unavailable
    if status.get("availableReplicas", 0) >= least:
        message = "Deployment has minimum availability."
        note(status, "Available", "True", "MinimumReplicasAvailable", message)
    else:
        message = "Deployment does not have minimum availability."
        note(status, "Available", "False", "MinimumReplicasUnavailable", message)


def _was_complete(deployment: Object, status: Object) -> bool:
    """A finished rollout stays finished when a pod fails later, or the Deployment is scaled."""
    condition = conditions.find(deployment.get("status") or {}, "Progressing") or {}
    return condition.get("reason") == COMPLETE and status.get("replicas", 0) == status.get(
        "updatedReplicas", 0
    )


def _note_progress(deployment: Object, status: Object, new: Object | None) -> None:
    who = (
        f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
    )
    if is_complete(deployment, status):
        note(status, "Progressing", "True", COMPLETE, f"{who} has successfully progressed.")
    elif why := scope.complaint(deployment):
        # No pod of it will ever start: said at once, and not after a deadline's ten minutes.
        note(status, "Progressing", "False", TIMED_OUT, f"{who} cannot progress: {why}")
    elif _advanced(deployment.get("status") or {}, status):
        _renew(status, f"{who} is progressing.")
    elif _timed_out(deployment, status):
        note(status, "Progressing", "False", TIMED_OUT, f"{who} has timed out progressing.")


def _renew(status: Object, message: str) -> None:
    """Note progress even when progress was noted before: the deadline counts from here."""
    known = conditions.find(status, "Progressing")
    conditions.drop(status, "Progressing")
    note(status, "Progressing", "True", "ReplicaSetUpdated", message)
    if known and known["status"] == "True":
        status["conditions"][-1]["lastTransitionTime"] = known["lastTransitionTime"]


def _advanced(before: Object, after: Object) -> bool:
    """Whether there are more pods of the new kind, fewer of the old, or more ready ones than before."""
    words = ("updatedReplicas", "readyReplicas", "availableReplicas")
    more = any(after.get(word, 0) > before.get(word, 0) for word in words)
    return more or _outdated(after) < _outdated(before)


def _outdated(status: Object) -> int:
    return int(status.get("replicas", 0) - status.get("updatedReplicas", 0))


def _timed_out(deployment: Object, status: Object) -> bool:
    seconds, condition = deadline(deployment), conditions.find(status, "Progressing")
    if seconds is None or condition is None or condition.get("reason") == COMPLETE:
        return False
    return condition.get("reason") == TIMED_OUT or age(_updated(condition)) > seconds


def _updated(condition: Object) -> str | None:
    return condition.get("lastUpdateTime") or condition.get("lastTransitionTime")


def _total(sets: Iterable[Object], word: str) -> int:
    return sum(int((rs.get("status") or {}).get(word) or 0) for rs in sets)
