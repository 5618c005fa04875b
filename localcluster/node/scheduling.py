"""The scheduler's decision, which with one node is a yes or a no."""

from localcluster.types import Object

SCHEDULER = "default-scheduler"


def wants_node(pod: Object) -> bool:
    """Whether a pod waits for this scheduler."""
    spec = pod["spec"]
    return (
        not spec.get("nodeName")
        and not spec.get("schedulingGates")
        and not pod["metadata"].get("deletionTimestamp")
        and spec.get("schedulerName", SCHEDULER) == SCHEDULER
    )


def objection(pod: Object, node: Object) -> str:
    """Why a pod cannot run on the only node, in the scheduler's words; "" when it can."""
    labels = node["metadata"].get("labels") or {}
    selector = pod["spec"].get("nodeSelector") or {}
    if not selector.items() <= labels.items():
        return _unfit("1 node(s) didn't match Pod's node affinity/selector")
    if node["spec"].get("unschedulable"):
        return _unfit("1 node(s) were unschedulable")
    return ""


def _unfit(why: str) -> str:
    """Why no node takes a pod, and that nothing would be won by ending another's."""
    preemption = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    return f"0/1 nodes are available: {why}. no new claims to deallocate, {preemption}"
