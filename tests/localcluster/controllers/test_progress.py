from localcluster.controllers import conditions, progress
from tests.localcluster.controllers.cluster import Object, deployment

LONG_AGO = "2026-01-01T00:00:00Z"


def progressing(ready: int) -> Object:
    """A Deployment of 3 whose rollout was last seen to move long ago."""
    condition = conditions.new("Progressing", "True", "ReplicaSetUpdated", "")
    known = {**condition, "lastTransitionTime": LONG_AGO, "lastUpdateTime": LONG_AGO}
    status = {"replicas": 3, "updatedReplicas": 3, "readyReplicas": ready, "conditions": [known]}
    return {**deployment(3), "status": status}


def replica_set(ready: int) -> Object:
    return {
        "metadata": {"name": "demo-1"},
        "spec": {"replicas": 3},
        "status": {"replicas": 3, "readyReplicas": ready, "availableReplicas": 0},
    }


def condition_of(ready_before: int, ready_now: int) -> Object:
    new = replica_set(ready_now)
    status = progress.rolled(progressing(ready_before), [new], new)
    return conditions.find(status, "Progressing") or {}


def test_each_ready_pod_starts_the_deadline_anew_but_is_no_transition() -> None:
    found = condition_of(1, 2)
    assert found["reason"] == "ReplicaSetUpdated"
    assert found["lastUpdateTime"] > LONG_AGO
    assert found["lastTransitionTime"] == LONG_AGO


def test_a_lost_pod_is_no_progress() -> None:
    assert condition_of(2, 1)["reason"] == "ProgressDeadlineExceeded"


def test_a_template_that_no_node_can_run_has_failed_at_once() -> None:
    wanted, new = {"kind": "Deployment", **progressing(0)}, replica_set(0)
    wanted["spec"]["template"]["spec"]["volumes"] = [{"name": "data", "emptyDir": {}}]
    wanted["status"] = {}
    found = conditions.find(progress.rolled(wanted, [new], new), "Progressing") or {}
    assert (found["status"], found["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert "spec.template.spec.volumes[0]" in found["message"]
