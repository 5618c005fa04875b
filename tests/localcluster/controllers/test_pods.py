from typing import Any

from localcluster.controllers import pods
from tests.localcluster.controllers.cluster import Object


def pod(
    name: str, phase: str = "Running", ready: bool = True, since: str = "2026-01-01T00:00:00Z", **more: Any
) -> Object:
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": since}
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": more.pop("created", since), **more},
        "spec": {"nodeName": "local-node"},
        "status": {"phase": phase, "conditions": [condition]},
    }


def test_who_goes_first() -> None:
    unscheduled = pod("unscheduled")
    del unscheduled["spec"]["nodeName"]
    restarted = pod("restarted")
    restarted["status"]["containerStatuses"] = [{"restartCount": 3}]
    ordered = [
        unscheduled,
        pod("pending", "Pending", ready=False),
        pod("unready", ready=False),
        pod("cheap", annotations={pods.DELETION_COST: "-1"}),
        pod("younger", since="2026-11-01T00:00:00Z"),
        restarted,
        pod("steady"),
        pod("dear", annotations={pods.DELETION_COST: "7"}),
    ]
    backwards = ordered[::-1]
    assert sorted(backwards, key=pods.deletion_rank) == ordered


def test_a_deletion_cost_that_is_no_number_counts_as_none() -> None:
    assert pods.deletion_rank(pod("a", annotations={pods.DELETION_COST: "much"}))[3] == 0


def test_what_counts_as_a_replica() -> None:
    assert pods.is_active(pod("a"))
    assert not pods.is_active(pod("a", "Succeeded"))
    leaving = pod("a", deletionTimestamp="2026-01-01T00:00:00Z")
    assert not pods.is_active(leaving)
    assert pods.is_terminating(leaving)
    assert not pods.is_terminating(pod("a", "Failed", deletionTimestamp="2026-01-01T00:00:00Z"))
