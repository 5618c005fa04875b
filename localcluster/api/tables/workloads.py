"""Pods, ReplicaSets and Deployments as tables."""

from __future__ import annotations

from localcluster.api.tables.columns import NONE, Cell, Sheet, age, columns, since
from localcluster.objects import selectors
from localcluster.types import Object

_NODE_LOST = "NodeLost"
_ENDED = ("Succeeded", "Failed")


def _pod(pod: Object) -> list[Cell]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    statuses = status.get("containerStatuses") or []
    ready = sum(_runs_ready(one) for one in statuses)
    addresses = [one["ip"] for one in status.get("podIPs") or []]
    return [
        pod["metadata"]["name"],
        f"{ready}/{len(spec.get('containers') or [])}",
        pod_status(pod),
        _restarts(statuses),
        age(pod),
        (addresses[0] if addresses else status.get("podIP")) or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status),
    ]


def pod_status(pod: Object) -> str:
    """The one word that tells how a pod is: its phase, or what keeps its containers from running."""
    status = pod.get("status") or {}
    phase = status.get("phase", "")
    reason = status.get("reason") or phase
    if any(c.get("reason") == "SchedulingGated" for c in _conditions(status, "PodScheduled")):
        reason = "SchedulingGated"
    running = False
    for one in reversed(status.get("containerStatuses") or []):
        state = one.get("state") or {}
        reason = _container_reason(state) or reason
        running = running or _runs_ready(one)
    if reason == "Completed" and running:
        ready = any(condition.get("status") == "True" for condition in _conditions(status, "Ready"))
        reason = "Running" if ready else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == _NODE_LOST:
            return "Unknown"
        return reason if phase in _ENDED else "Terminating"
    return str(reason)


def _runs_ready(status: Object) -> bool:
    return bool(status.get("ready")) and "running" in (status.get("state") or {})


def _container_reason(state: Object) -> str:
    """Why a container does not run; "" when it runs or says nothing."""
    if (state.get("waiting") or {}).get("reason"):
        return str(state["waiting"]["reason"])
    ended = state.get("terminated")
    if ended is None:
        return ""
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _restarts(statuses: list[Object]) -> str:
    count = sum(one.get("restartCount", 0) for one in statuses)
    ends = [((one.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for one in statuses]
    last = max((end for end in ends if end), default=None)
    return f"{count} ({since(last)} ago)" if count and last else str(count)


def _gates(spec: Object, status: Object) -> str:
    gates = [gate["conditionType"] for gate in spec.get("readinessGates") or []]
    met = sum(any(c.get("status") == "True" for c in _conditions(status, gate)) for gate in gates)
    return f"{met}/{len(gates)}" if gates else NONE


def _conditions(status: Object, kind: str) -> list[Object]:
    return [condition for condition in status.get("conditions") or [] if condition.get("type") == kind]


def _pod_conditions(pod: Object) -> list[Object]:
    phase = (pod.get("status") or {}).get("phase")
    if phase not in _ENDED:
        return []
    how = "completed successfully" if phase == "Succeeded" else "failed"
    return [
        {"type": "Completed", "status": "True", "reason": phase, "message": f"The pod has {how}."},
    ]


def _template_cells(obj: Object) -> list[Cell]:
    spec = obj.get("spec") or {}
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or []
    return [
        ",".join(one.get("name", "") for one in containers),
        ",".join(one.get("image", "") for one in containers),
        selectors.format_object(spec.get("selector")) or NONE,
    ]


def _replica_set(obj: Object) -> list[Cell]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    numbers = [spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [obj["metadata"]["name"], *numbers, age(obj), *_template_cells(obj)]


def _deployment(obj: Object) -> list[Cell]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    return [
        obj["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(obj),
        *_template_cells(obj),
    ]


def _scale(scale: Object) -> list[Cell]:
    wanted, there = (
        (scale.get("spec") or {}).get("replicas", 0),
        (scale.get("status") or {}).get("replicas", 0),
    )
    return [scale["metadata"]["name"], wanted, there, age(scale)]


_OF_TEMPLATE = ("Containers", "Images", "Selector")
_COUNTS = ("Desired", "Current", "Ready")
SHEETS = {
    "Pod": Sheet(
        columns(
            *("Name", "Ready", "Status", "Restarts", "Age"),
            wide=("IP", "Node", "Nominated Node", "Readiness Gates"),
        ),
        _pod,
        _pod_conditions,
    ),
    "ReplicaSet": Sheet(columns("Name", *_COUNTS, "Age", wide=_OF_TEMPLATE, integers=_COUNTS), _replica_set),
    "Deployment": Sheet(
        columns(
            *("Name", "Ready", "Up-to-date", "Available", "Age"),
            wide=_OF_TEMPLATE,
            integers=("Up-to-date", "Available"),
        ),
        _deployment,
    ),
    "Scale": Sheet(columns("Name", "Desired", "Available", "Age", integers=("Desired", "Available")), _scale),
}
