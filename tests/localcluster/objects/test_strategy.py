import pytest

from localcluster.objects import strategy
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects import samples

DEPLOYMENT, POD, NAMESPACE, NODE = (BY_KIND[kind] for kind in ("Deployment", "Pod", "Namespace", "Node"))


def created(kind: str, obj: Object) -> Object:
    strategy.prepare_create(BY_KIND[kind], obj, (obj.get("metadata") or {}).get("namespace"))
    return obj


def test_only_the_server_fills_system_metadata() -> None:
    obj = samples.workload()
    obj["metadata"] |= {"uid": "mine", "resourceVersion": "7", "generation": 9, "selfLink": "/x"}
    meta = created("Deployment", obj)["metadata"]
    assert meta["uid"] != "mine"
    assert (meta["generation"], "resourceVersion" in meta, "selfLink" in meta) == (1, False, False)


def test_a_new_object_has_the_first_status_of_its_kind() -> None:
    claimed = {"replicas": 3}
    assert created("Deployment", {**samples.workload(), "status": claimed})["status"] == {}
    assert created("ReplicaSet", {**samples.workload("ReplicaSet"), "status": claimed})["status"] == {
        "replicas": 0
    }
    assert created("Pod", samples.pod())["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert created("Service", samples.service())["status"] == {"loadBalancer": {}}
    assert created("Node", {"metadata": {"name": "n"}, "status": {"phase": "x"}})["status"] == {"phase": "x"}


def test_a_namespace_has_a_finalizer_and_its_name_as_a_label() -> None:
    namespace = created("Namespace", {"metadata": {"name": "x", "namespace": "y", "labels": {"a": "b"}}})
    assert namespace["spec"] == {"finalizers": ["kubernetes"]}
    assert namespace["metadata"]["labels"] == {"a": "b", "kubernetes.io/metadata.name": "x"}
    assert "namespace" not in namespace["metadata"]


def test_an_update_keeps_status_and_system_metadata() -> None:
    old = {**created("Deployment", samples.workload()), "status": {"replicas": 1}}
    new = strategy.prepare_update(DEPLOYMENT, old, {**samples.workload(), "status": {"replicas": 9}}, "")
    assert new["status"] == {"replicas": 1}
    assert new["metadata"]["creationTimestamp"] == old["metadata"]["creationTimestamp"]


def through_status(kind: str, obj: Object, **meta: object) -> tuple[Object, Object]:
    """An object before and after a write to its status that would change metadata and specification."""
    old = created(kind, obj)
    wanted: Object = {"metadata": {**old["metadata"], **meta}, "spec": {"odd": 1}, "status": {"odd": 2}}
    return old, strategy.prepare_update(BY_KIND[kind], old, wanted, "status")


@pytest.mark.parametrize(
    ("kind", "obj"),
    [
        ("Deployment", samples.workload()),
        ("ReplicaSet", samples.workload("ReplicaSet")),
        ("Pod", samples.pod()),
        ("Service", samples.service()),
        ("Node", {"metadata": {"name": "n"}, "spec": {}}),
    ],
)
def test_a_status_update_changes_status_and_notes(kind: str, obj: Object) -> None:
    old, new = through_status(kind, obj, annotations={"a": "1"}, generation=7, creationTimestamp=None)
    assert (new["spec"], new["status"]["odd"]) == (old["spec"], 2)
    assert new["metadata"] == {**old["metadata"], "annotations": {"a": "1"}}


def test_which_metadata_a_status_update_changes_is_each_kind_s_own() -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}
    changes = {"labels": {"a": "1"}, "ownerReferences": [owner]}
    old, deployment = through_status("Deployment", samples.workload(), **changes)
    assert deployment["metadata"].get("labels") == old["metadata"].get("labels")
    assert deployment["metadata"]["ownerReferences"] == [owner]
    old, pod = through_status("Pod", samples.pod(), **changes, deletionTimestamp="2026-01-01T00:00:00Z")
    assert pod["metadata"] == {**old["metadata"], "labels": {"a": "1"}}
    old, route = through_status("GRPCRoute", {"metadata": {"name": "r"}, "spec": {}}, **changes)
    assert route["metadata"] == old["metadata"]
    _, namespace = through_status("Namespace", {"metadata": {"name": "x"}}, **changes)
    assert namespace["metadata"]["labels"] == {"a": "1", "kubernetes.io/metadata.name": "x"}


@pytest.mark.parametrize(
    ("kind", "subresource", "generation"),
    [("Deployment", "", 5), ("Deployment", "status", 4), ("ReplicaSet", "", 4)],
)
def test_a_deployments_annotations_count_unless_they_come_with_its_status(
    kind: str, subresource: str, generation: int
) -> None:
    old: Object = {"metadata": {"name": "demo", "generation": 4}, "spec": {"replicas": 1}}
    new: Object = {**old, "metadata": {**old["metadata"], "annotations": {"a": "b"}}}
    strategy.count_generation(BY_KIND[kind], old, new, subresource)
    assert new["metadata"]["generation"] == generation


def test_binding_sets_the_node_and_says_so() -> None:
    old = created("Pod", samples.pod())
    bound = strategy.prepare_update(
        POD, old, {"metadata": {}, "spec": {"nodeName": "n", "dnsPolicy": "x"}}, "binding"
    )
    assert bound["spec"] == {**old["spec"], "nodeName": "n"}
    [condition] = bound["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "True")
