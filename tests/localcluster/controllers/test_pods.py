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
