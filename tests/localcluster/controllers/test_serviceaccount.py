from localcluster.controllers.serviceaccount import ServiceAccountController
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster


def names(cluster: Cluster) -> list[str]:
    return [account["metadata"]["name"] for account in cluster.objects("ServiceAccount")]


def test_it_comes_back_when_somebody_deletes_it() -> None:
    cluster = Cluster(ServiceAccountController)
    cluster.settle()
    cluster.delete("ServiceAccount", "default")
    assert names(cluster) == ["default"]


def test_a_namespace_that_is_going_gets_none() -> None:
    cluster = Cluster(ServiceAccountController)
    cluster.registry.delete("Namespace", None, NAMESPACE)
    cluster.settle()
    assert names(cluster) == []
