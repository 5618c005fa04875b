import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcluster.controllers.deployment import DeploymentController
from localcluster.controllers.replicaset import ReplicaSetController
from tests.localcluster.controllers.cluster import (
    NAMESPACE,
    Cluster,
    Object,
    deployment,
    is_ready,
    replica_set,
    rolling,
)

PREFIX = "deployment.kubernetes.io/"


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(DeploymentController, ReplicaSetController)


def start(cluster: Cluster, replicas: int = 3, **spec: Any) -> Object:
    cluster.create("Deployment", deployment(replicas, **spec))
    cluster.make_ready()
    return cluster.get("Deployment")


def finish(cluster: Cluster, checking: Callable[[], None] = lambda: None) -> None:
    """Let a rollout end, one ready pod and one ended pod at a time."""
    for _ in range(100):
        cluster.settle()
        checking()
        current = [pod for pod in cluster.pods() if not pod["metadata"].get("deletionTimestamp")]
        waiting = [pod for pod in current if not is_ready(pod)]
        if not waiting and len(current) == len(cluster.pods()):
            return
        cluster.make_ready(waiting[:1])
        cluster.finish_deletions()
    raise AssertionError("the rollout never ends")


def counts(cluster: Cluster) -> tuple[int, int]:
    """All pods that are not being deleted, and those of them that are ready."""
    pods = [pod for pod in cluster.pods() if not pod["metadata"].get("deletionTimestamp")]
    return len(pods), sum(map(is_ready, pods))


def conditions(cluster: Cluster) -> dict[str, tuple[str, str]]:
    kinds = ("Available", "Progressing", "ReplicaFailure")
    return {kind: found for kind in kinds if (found := cluster.condition(kind)) != ("", "")}


def test_makes_a_replica_set_named_after_its_template(cluster: Cluster) -> None:
    made = start(cluster, 2)
    (replica_set_,) = cluster.objects("ReplicaSet")
    meta, spec = replica_set_["metadata"], replica_set_["spec"]
    mark = meta["labels"]["pod-template-hash"]
    assert re.fullmatch("[bcdfghjklmnpqrstvwxz2456789]+", mark)
    assert meta["name"] == f"demo-{mark}"
    assert (
        meta["labels"] == spec["template"]["metadata"]["labels"] == {"app": "demo", "pod-template-hash": mark}
    )
    assert spec["selector"] == {"matchLabels": {"app": "demo", "pod-template-hash": mark}}
    assert meta["annotations"] == {
        PREFIX + "revision": "1",
        PREFIX + "desired-replicas": "2",
        PREFIX + "max-replicas": "3",
    }
    assert meta["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    assert made["metadata"]["annotations"] == {PREFIX + "revision": "1"}
    assert made["metadata"]["generation"] == 1
    assert cluster.messages("ScalingReplicaSet") == [f"Scaled up replica set demo-{mark} from 0 to 2"]


def test_status_of_a_finished_rollout(cluster: Cluster) -> None:
    status = start(cluster, 2)["status"]
    assert {word: value for word, value in status.items() if word != "conditions"} == {
        "observedGeneration": 1,
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "terminatingReplicas": 0,
    }
    assert conditions(cluster) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_conditions_on_the_way(cluster: Cluster) -> None:
    cluster.registry.create("Deployment", deployment(2))
    controller = DeploymentController(cluster.registry)
    controller.reconcile((NAMESPACE, "demo"))
    unavailable = ("False", "MinimumReplicasUnavailable")
    assert conditions(cluster) == {"Available": unavailable, "Progressing": ("True", "NewReplicaSetCreated")}
    cluster.settle()
    assert conditions(cluster) == {"Available": unavailable, "Progressing": ("True", "ReplicaSetUpdated")}
    assert cluster.get("Deployment")["status"]["unavailableReplicas"] == 2


def test_a_settled_deployment_is_not_written_again(cluster: Cluster) -> None:
    start(cluster)
    before = cluster.registry.store.revision
    DeploymentController(cluster.registry).reconcile((NAMESPACE, "demo"))
    assert cluster.registry.store.revision == before


@pytest.mark.parametrize(
    ("replicas", "limits", "most", "least"),
    [
        (1, (1, 0), 2, 1),
        (1, (0, 1), 1, 0),
        (1, ("25%", "25%"), 2, 1),
        (3, ("25%", "25%"), 4, 3),
        (10, ("25%", "25%"), 13, 8),
        (10, (2, 2), 12, 8),
        (10, (0, 3), 10, 7),
        (3, ("100%", 0), 6, 3),
        (3, ("0%", "1%"), 3, 2),
    ],
)
def test_a_rolling_update_keeps_its_limits_at_every_step(
    cluster: Cluster, replicas: int, limits: tuple[int | str, int | str], most: int, least: int
) -> None:
    start(cluster, replicas, strategy=rolling(*limits))

    def check() -> None:
        total, ready = counts(cluster)
        assert ready >= least
        assert total <= most

    cluster.after_each = check
    cluster.template("second")
    finish(cluster, check)
    assert cluster.sizes() == {"1": 0, "2": replicas}
    assert counts(cluster) == (replicas, replicas)
    assert cluster.get("Deployment")["metadata"]["annotations"] == {PREFIX + "revision": "2"}
    assert conditions(cluster)["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_recreate_ends_all_old_pods_before_it_makes_a_new_one(cluster: Cluster) -> None:
    start(cluster, 2, strategy={"type": "Recreate"})
    old = {pod["metadata"]["name"] for pod in cluster.pods()}
    cluster.template("second")
    assert {pod["metadata"]["name"] for pod in cluster.pods()} == old
    assert all(pod["metadata"].get("deletionTimestamp") for pod in cluster.pods())
    assert cluster.sizes() == {"1": 0}
    cluster.finish_deletions()
    assert cluster.sizes() == {"1": 0, "2": 2}
    assert not old & {pod["metadata"]["name"] for pod in cluster.pods()}


def test_a_paused_deployment_scales_but_does_not_roll(cluster: Cluster) -> None:
    start(cluster, 2)
    cluster.spec(paused=True)
    cluster.template("second")
    assert cluster.condition("Progressing") == ("Unknown", "DeploymentPaused")
    assert cluster.sizes() == {"1": 2}
    cluster.spec(replicas=4)
    assert cluster.sizes() == {"1": 4}
    cluster.spec(paused=False)
    finish(cluster)
    assert cluster.sizes() == {"1": 0, "2": 4}
    assert cluster.condition("Progressing") == ("True", "NewReplicaSetAvailable")


def test_scaling_keeps_the_revision_and_the_finished_rollout(cluster: Cluster) -> None:
    start(cluster, 2)
    cluster.spec(replicas=1)
    assert cluster.sizes() == {"1": 1}
    cluster.spec(replicas=5)
    assert cluster.sizes() == {"1": 5}
    notes = cluster.objects("ReplicaSet")[0]["metadata"]["annotations"]
    assert (notes[PREFIX + "desired-replicas"], notes[PREFIX + "max-replicas"]) == ("5", "7")
    assert cluster.condition("Progressing") == ("True", "NewReplicaSetAvailable")
    assert cluster.condition("Available") == ("False", "MinimumReplicasUnavailable")


def test_scaling_in_the_middle_of_a_rollout_keeps_the_shares(cluster: Cluster) -> None:
    # The example of the documentation: 10 replicas, maxSurge 3, maxUnavailable 2, a new image that never runs
    # (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#proportional-scaling).
    start(cluster, 10, strategy=rolling(3, 2))
    cluster.template("never ready")
    assert cluster.sizes() == {"1": 8, "2": 5}
    cluster.spec(replicas=15)
    assert cluster.sizes() == {"1": 11, "2": 7}


def test_a_rollback_uses_the_old_replica_set_under_a_new_number(cluster: Cluster) -> None:
    start(cluster, 1)
    first = cluster.objects("ReplicaSet")[0]["metadata"]["name"]
    cluster.template("second")
    finish(cluster)
    cluster.change("Deployment", "demo", lambda obj: obj["spec"]["template"]["metadata"].pop("annotations"))
    finish(cluster)
    assert cluster.sizes() == {"2": 0, "3": 1}
    notes = cluster.get("ReplicaSet", first)["metadata"]["annotations"]
    assert notes[PREFIX + "revision"] == "3"
    assert cluster.get("Deployment")["metadata"]["annotations"] == {PREFIX + "revision": "3"}


def test_keeps_no_more_old_revisions_than_its_limit(cluster: Cluster) -> None:
    start(cluster, 1, revisionHistoryLimit=2)
    for note in ("second", "third", "fourth", "fifth"):
        cluster.template(note)
        finish(cluster)
    assert cluster.sizes() == {"3": 0, "4": 0, "5": 1}


def test_progress_deadline(cluster: Cluster) -> None:
    cluster.create("Deployment", deployment(1, progressDeadlineSeconds=60))
    controller = DeploymentController(cluster.registry)
    due = controller.reconcile((NAMESPACE, "demo"))
    assert due is not None
    assert 50 < due <= 61
    past = (datetime.now(UTC) - timedelta(seconds=62)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def long_ago(obj: Object) -> None:
        for condition in obj["status"]["conditions"]:
            condition["lastUpdateTime"] = past

    cluster.change("Deployment", "demo", long_ago, "status")
    assert controller.reconcile((NAMESPACE, "demo")) is None
    assert cluster.condition("Progressing") == ("False", "ProgressDeadlineExceeded")
    cluster.make_ready()
    assert cluster.condition("Progressing") == ("True", "NewReplicaSetAvailable")


def test_without_a_deadline_there_is_no_progress_condition(cluster: Cluster) -> None:
    start(cluster, 1, progressDeadlineSeconds=2**31 - 1)
    assert conditions(cluster) == {"Available": ("True", "MinimumReplicasAvailable")}


def test_min_ready_seconds_reach_the_replica_set_and_hold_the_rollout(cluster: Cluster) -> None:
    start(cluster, 2, minReadySeconds=500)
    assert cluster.objects("ReplicaSet")[0]["spec"]["minReadySeconds"] == 500
    assert cluster.condition("Available") == ("False", "MinimumReplicasUnavailable")
    cluster.spec(minReadySeconds=0)
    assert cluster.condition("Available") == ("True", "MinimumReplicasAvailable")


def test_adopts_an_orphan_of_its_template(cluster: Cluster) -> None:
    orphan = replica_set(1, "old", selector={"matchLabels": {"app": "demo"}})
    orphan["metadata"]["labels"] = {"app": "demo"}
    cluster.registry.create("ReplicaSet", orphan)
    made = start(cluster, 1)
    (only,) = cluster.objects("ReplicaSet")
    assert only["metadata"]["name"] == "old"
    assert only["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    assert only["metadata"]["annotations"][PREFIX + "revision"] == "1"


def test_its_annotations_go_to_the_replica_set_but_not_those_of_kubectl(cluster: Cluster) -> None:
    wish = deployment(1)
    last = "kubectl.kubernetes.io/last-applied-configuration"
    wish["metadata"]["annotations"] = {"kubernetes.io/change-cause": "first", last: "{}"}
    cluster.create("Deployment", wish)
    notes = cluster.objects("ReplicaSet")[0]["metadata"]["annotations"]
    assert notes["kubernetes.io/change-cause"] == "first"
    assert last not in notes
