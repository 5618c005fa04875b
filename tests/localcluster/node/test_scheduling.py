"""Which pods get the node."""

from typing import Any

import pytest

from localcluster.node import scheduling

Object = dict[str, Any]

NODE: Object = {"metadata": {"labels": {"disk": "fast"}}, "spec": {}}


def pod(meta: Object | None = None, container: Object | None = None, **spec: Any) -> Object:
    return {"metadata": meta or {}, "spec": {"containers": [{"name": "c", **(container or {})}], **spec}}


@pytest.mark.parametrize(
    ("found", "wants"),
    [
        (pod(), True),
        (pod(nodeName="other"), False),
        (pod(schedulerName="mine"), False),
        (pod(schedulingGates=[{"name": "hold"}]), False),
        (pod({"deletionTimestamp": "T"}), False),
    ],
)
def test_who_waits_for_the_scheduler(found: Object, wants: bool) -> None:
    assert scheduling.wants_node(found) is wants


def test_the_node_takes_what_it_can() -> None:
    assert scheduling.objection(pod(), NODE) == ""
    assert scheduling.objection(pod(nodeSelector={"disk": "fast"}), NODE) == ""
    assert scheduling.objection(pod(nodeSelector={"disk": "slow"}), NODE) == (
        "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to "
        "deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    assert "unschedulable" in scheduling.objection(pod(), {**NODE, "spec": {"unschedulable": True}})
