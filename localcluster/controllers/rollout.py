"""How large each ReplicaSet of a Deployment should be next: arithmetic only, no reading and no writing.

After `k8s.io/kubernetes/pkg/controller/deployment` (`rolling.go`, `sync.go`) and its `util` package.
Sizes are those that ReplicaSets ask for (`spec.replicas`), so that what was decided a moment ago counts at
once; availability is what they reported last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcluster.types import Object

_DEFAULT_LIMIT = "25%"


@dataclass(frozen=True)
class Limits:
    """By how many pods a rolling update may exceed or miss the wanted number."""

    surge: int
    unavailable: int


def wanted(workload: Object) -> int:
    """The number of pods a Deployment or ReplicaSet asks for."""
    replicas = workload["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def available(replica_set: Object) -> int:
    """The number of available pods a ReplicaSet reported last."""
    return int((replica_set.get("status") or {}).get("availableReplicas") or 0)


def held(replica_set: Object) -> int:
    """The number of pods it asks for or still has: until it has seen its new size, it has those of the old.

    Kubernetes counts what is asked for alone, and so may exceed the surge for a moment: when the new
    ReplicaSet is quicker to create than the old one to delete.
    """
    status = replica_set.get("status") or {}
    seen = status.get("observedGeneration", 0) >= replica_set["metadata"].get("generation", 1)
    return wanted(replica_set) if seen else max(wanted(replica_set), int(status.get("replicas") or 0))


def is_rolling(deployment: Object) -> bool:
    """Whether it replaces its pods step by step."""
    return bool((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def resolve(value: int | str, total: int, *, up: bool) -> int:
    """A number, or a percentage of a total rounded up or down."""
    if isinstance(value, int):
        return value
    part = int(value.removesuffix("%")) * total / 100
    return math.ceil(part) if up else math.floor(part)


def limits(deployment: Object) -> Limits:
    """The limits of its strategy; both may not be 0, for nothing could ever move then."""
    if not is_rolling(deployment):
        return Limits(0, 0)
    total = wanted(deployment)
    given = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    surge = resolve(given.get("maxSurge", _DEFAULT_LIMIT), total, up=True)
    unavailable = resolve(given.get("maxUnavailable", _DEFAULT_LIMIT), total, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(surge, min(unavailable, total))


def new_size(deployment: Object, old: Sequence[Object], new: Object) -> int:
    """The next size of the ReplicaSet of the current template."""
    total, size = wanted(deployment), wanted(new)
    if size >= total or not is_rolling(deployment):
        return total
    room = total + limits(deployment).surge - sum(map(held, old)) - size
    return size + max(0, min(room, total - size))


def old_sizes(deployment: Object, old: Sequence[Object], new: Object) -> dict[str, int]:
    """The next sizes of the other ReplicaSets, by name; `old` is the oldest first.

    Pods that are not available go first: without them nothing is lost, and a rollout stuck on a bad
    revision could never leave it otherwise.
    """
    sizes = {rs["metadata"]["name"]: wanted(rs) for rs in old}
    least = wanted(deployment) - limits(deployment).unavailable
    coming = wanted(new) - available(new)
    room = sum(sizes.values()) + wanted(new) - least - coming
    if room <= 0:
        return sizes
    for rs in old:
        idle = max(0, min(room, wanted(rs) - available(rs)))
        sizes[rs["metadata"]["name"]] -= idle
        room -= idle
    spare = available(new) + sum(map(available, old)) - least
    for rs in old:
        name = rs["metadata"]["name"]
        less = max(0, min(spare, sizes[name]))
        sizes[name] -= less
        spare -= less
    return sizes


def proportional_sizes(
    deployment: Object, active: Sequence[Object], maximum_before: Mapping[str, int | None]
) -> dict[str, int]:
    """Sizes after a Deployment was scaled in the middle of a rollout: each ReplicaSet keeps its share.

    Args:
        deployment: Already with its new number.
        active: Its ReplicaSets that have pods, the oldest first.
        maximum_before: What each of them had noted as the most pods there may be.
    """
    total = wanted(deployment)
    allowed = total + limits(deployment).surge if total else 0
    change = allowed - sum(map(wanted, active))
    # The largest gives or takes most; among equals the newer one grows and the older one shrinks.
    ordered = sorted(reversed(active) if change > 0 else active, key=wanted, reverse=True)
    sizes, moved = {rs["metadata"]["name"]: wanted(rs) for rs in ordered}, 0
    for rs in ordered:
        share = _share(deployment, rs, allowed, maximum_before.get(rs["metadata"]["name"]))
        step = min(share, change - moved) if change > 0 else max(share, change - moved)
        sizes[rs["metadata"]["name"]] += step
        moved += step
    if ordered:
        first = ordered[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + change - moved)
    return sizes


def _share(deployment: Object, rs: Object, allowed: int, before: int | None) -> int:
    size = wanted(rs)
    if wanted(deployment) == 0:
        return -size
    before = before or int((deployment.get("status") or {}).get("replicas") or 0)
    return math.floor(size * allowed / before + 0.5) - size if before else 0
