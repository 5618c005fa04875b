from datetime import UTC, datetime, timedelta

import pytest

from localcluster.controllers.replicaset import ReplicaSetController
from localcluster.errors import ApiError, Forbidden
from localcluster.storage.registry import Registry
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, Object, pod, replica_set


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(ReplicaSetController)


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def names(pods: list[Object]) -> set[str]:
    return {one["metadata"]["name"] for one in pods}


def active(cluster: Cluster) -> list[Object]:
    return [one for one in cluster.pods() if not one["metadata"].get("deletionTimestamp")]


def test_makes_the_pods_of_its_template(cluster: Cluster) -> None:
    made = cluster.create("ReplicaSet", replica_set(2))
    first, second = cluster.pods()
    assert first["metadata"]["generateName"] == second["metadata"]["generateName"] == "demo-"
    assert first["metadata"]["labels"] == {"app": "demo"}
    assert first["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": "demo",
            "uid": made["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    assert sorted(cluster.messages("SuccessfulCreate")) == sorted(
        f"Created pod: {n}" for n in names(cluster.pods())
    )


def test_counts_ready_and_available_pods(cluster: Cluster) -> None:
    cluster.create("ReplicaSet", replica_set(2))
    nothing_ready = {
        "replicas": 2,
        "fullyLabeledReplicas": 2,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }
    assert cluster.get("ReplicaSet")["status"] == nothing_ready
    cluster.make_ready(cluster.pods()[:1])
    assert cluster.get("ReplicaSet")["status"] == {
        **nothing_ready,
        "readyReplicas": 1,
        "availableReplicas": 1,
    }


def test_a_second_pass_writes_nothing(cluster: Cluster) -> None:
    cluster.create("ReplicaSet", replica_set(2))
    before = cluster.registry.store.revision
    ReplicaSetController(cluster.registry).reconcile((NAMESPACE, "demo"))
    assert cluster.registry.store.revision == before


def test_a_ready_pod_is_available_only_after_min_ready_seconds(cluster: Cluster) -> None:
    cluster.create("ReplicaSet", replica_set(1, minReadySeconds=100))
    cluster.make_ready(since=ago(40))
    due = ReplicaSetController(cluster.registry).reconcile((NAMESPACE, "demo"))
    assert due is not None
    assert 55 < due <= 60
    assert "availableReplicas" not in cluster.get("ReplicaSet")["status"]
    cluster.make_ready(since=ago(101))
    assert ReplicaSetController(cluster.registry).reconcile((NAMESPACE, "demo")) is None
    assert cluster.get("ReplicaSet")["status"]["availableReplicas"] == 1


def test_replaces_lost_deleted_and_ended_pods(cluster: Cluster) -> None:
    cluster.create("ReplicaSet", replica_set(3))
    cluster.make_ready()
    lost, deleted, ended = sorted(names(cluster.pods()))
    cluster.registry.delete("Pod", NAMESPACE, lost, grace=0)
    cluster.registry.delete("Pod", NAMESPACE, deleted, grace=30)
    cluster.change("Pod", ended, lambda obj: obj["status"].update(phase="Failed"), "status")
    cluster.settle()
    assert len(names(cluster.pods()) - {lost, deleted, ended}) == 3
    status = cluster.get("ReplicaSet")["status"]
    assert (status["replicas"], status["terminatingReplicas"]) == (3, 1)


def test_deletes_the_pods_whose_loss_costs_least(cluster: Cluster) -> None:
    cluster.create("ReplicaSet", replica_set(5))
    old, young, cheap, unready, _unscheduled = cluster.pods()
    cluster.change(
        "Pod",
        cheap["metadata"]["name"],
        lambda obj: obj["metadata"].update(annotations={"controller.kubernetes.io/pod-deletion-cost": "-5"}),
    )
    cluster.make_ready([old], since=ago(5000))
    cluster.make_ready([young, cheap], since=ago(10))
    cluster.make_ready([unready], ready=False)
    order = [old, young, cheap, unready]
    for size in (4, 3, 2, 1):
        cluster.change("ReplicaSet", "demo", lambda obj, size=size: obj["spec"].update(replicas=size))  # type: ignore[misc]
        cluster.settle()
        assert names(active(cluster)) == names(order[:size])
    assert len(cluster.messages("SuccessfulDelete")) == 4


def test_adopts_a_matching_orphan_and_releases_what_no_longer_matches(cluster: Cluster) -> None:
    cluster.registry.create("Pod", pod("orphan"))
    cluster.registry.create("Pod", pod("other", app="other"))
    made = cluster.create("ReplicaSet", replica_set(2))
    assert cluster.get("Pod", "orphan")["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    assert "ownerReferences" not in cluster.get("Pod", "other")["metadata"]
    assert len(cluster.pods()) == 3
    cluster.change("Pod", "orphan", lambda obj: obj["metadata"].update(labels={"app": "free"}))
    cluster.settle()
    assert "ownerReferences" not in cluster.get("Pod", "orphan")["metadata"]
    assert len(cluster.pods()) == 4


def test_a_refused_pod_is_a_condition_an_event_and_an_error(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.registry.create("ReplicaSet", replica_set(1))
    create = Registry.create

    def refuse(self: Registry, kind: str, obj: Object) -> Object:
        if kind == "Pod":
            raise Forbidden('pods "demo-" is forbidden: exceeded quota')
        return create(self, kind, obj)

    controller = ReplicaSetController(cluster.registry)
    with monkeypatch.context() as patched:
        patched.setattr(Registry, "create", lambda self, kind, obj, **_: refuse(self, kind, obj))
        with pytest.raises(ApiError, match="exceeded quota"):
            controller.reconcile((NAMESPACE, "demo"))
    assert cluster.condition("ReplicaFailure", "ReplicaSet") == ("True", "FailedCreate")
    assert cluster.messages("FailedCreate") == ['Error creating: pods "demo-" is forbidden: exceeded quota']
    cluster.settle()
    assert cluster.condition("ReplicaFailure", "ReplicaSet") == ("", "")
    assert len(cluster.pods()) == 1
