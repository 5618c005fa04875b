import pytest

from localcluster.controllers.loop import Controller
from localcluster.controllers.loops import controllers
from localcluster.controllers.namespace import NamespaceController
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, deployment, pod, service


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(NamespaceController)


def going(cluster: Cluster) -> dict[str, tuple[str, str]]:
    namespace = cluster.registry.find("Namespace", None, NAMESPACE)
    assert namespace is not None
    return {c["type"]: (c["status"], c["message"]) for c in namespace["status"].get("conditions") or []}


def test_a_deleted_namespace_takes_everything_along(cluster: Cluster) -> None:
    cluster.registry.create("Namespace", {"metadata": {"name": "other"}})
    for namespace in (NAMESPACE, "other"):
        for kind in ("ConfigMap", "Secret"):
            cluster.registry.create(kind, {"metadata": {"name": "demo", "namespace": namespace}})
    cluster.registry.create("Pod", pod("a"))
    cluster.registry.event(cluster.get("Pod", "a"), "Scheduled", "somewhere")
    cluster.registry.delete("Namespace", None, NAMESPACE)
    cluster.settle()
    assert cluster.registry.find("Namespace", None, NAMESPACE) is None
    assert [kind for kind in cluster.registry.store.kinds() if cluster.objects(kind)] == []
    assert len(cluster.registry.list("ConfigMap", "other")) == 1


def test_it_waits_for_pods_and_finalizers_and_says_so(cluster: Cluster) -> None:
    cluster.registry.create("Pod", pod("a"))
    cluster.make_ready()
    held = {"metadata": {"name": "held", "namespace": NAMESPACE, "finalizers": ["example.com/hold"]}}
    cluster.registry.create("ConfigMap", held)
    cluster.registry.delete("Namespace", None, NAMESPACE)
    cluster.settle()
    held_by = "example.com/hold in 1 resource instances"
    remaining = "configmaps has 1 resource instances, pods has 1 resource instances"
    assert going(cluster) == {
        "NamespaceContentRemaining": ("True", f"Some resources are remaining: {remaining}"),
        "NamespaceFinalizersRemaining": (
            "True",
            f"Some content in the namespace has finalizers remaining: {held_by}",
        ),
    }
    cluster.change("ConfigMap", "held", lambda obj: obj["metadata"].pop("finalizers"))
    cluster.settle()
    assert going(cluster)["NamespaceFinalizersRemaining"][0] == "False"
    cluster.finish_deletions()
    assert cluster.registry.find("Namespace", None, NAMESPACE) is None


def test_with_all_controllers_at_work() -> None:
    kinds: list[type[Controller]] = [type(one) for one in controllers(Cluster().registry)]
    cluster = Cluster(*kinds)
    cluster.registry.create("Deployment", deployment(3))
    cluster.create("Service", service())
    cluster.make_ready()
    cluster.registry.delete("Namespace", None, NAMESPACE)
    cluster.settle()
    assert {kind for kind in cluster.registry.store.kinds() if cluster.objects(kind)} <= {"Pod", "ReplicaSet"}
    cluster.finish_deletions()
    assert cluster.registry.find("Namespace", None, NAMESPACE) is None
