from typing import Any

import pytest

from localcluster.controllers.endpoints import EndpointsController
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, container, pod, service


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(EndpointsController)


def start(cluster: Cluster, *names: str, **spec: Any) -> None:
    cluster.create("Service", service(**spec))
    for name in names:
        cluster.create("Pod", pod(name))


def listed(cluster: Cluster, word: str = "addresses") -> list[str]:
    subsets = cluster.get("Endpoints").get("subsets") or []
    return sorted(one["targetRef"]["name"] for subset in subsets for one in subset.get(word) or [])


def test_a_service_without_pods_has_empty_endpoints(cluster: Cluster) -> None:
    start(cluster)
    found = cluster.get("Endpoints")
    assert "subsets" not in found
    assert found["metadata"]["labels"] == {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    created = cluster.get("Service")["metadata"]["creationTimestamp"]
    assert found["metadata"]["annotations"] == {"endpoints.kubernetes.io/last-change-trigger-time": created}


def test_endpoints_follow_readiness(cluster: Cluster) -> None:
    start(cluster, "a", "b")
    assert listed(cluster) == listed(cluster, "notReadyAddresses") == []
    cluster.make_ready(ready=False)
    assert (listed(cluster), listed(cluster, "notReadyAddresses")) == ([], ["a", "b"])
    cluster.make_ready([cluster.get("Pod", "a")])
    assert (listed(cluster), listed(cluster, "notReadyAddresses")) == (["a"], ["b"])
    cluster.delete("Pod", "a")
    assert (listed(cluster), listed(cluster, "notReadyAddresses")) == ([], ["b"])


def test_an_address_names_its_pod_and_port(cluster: Cluster) -> None:
    start(cluster, "a")
    cluster.make_ready()
    found = cluster.get("Pod", "a")
    target = {"kind": "Pod", "namespace": NAMESPACE, "name": "a", "uid": found["metadata"]["uid"]}
    address = {"ip": found["status"]["podIP"], "nodeName": "local-node", "targetRef": target}
    port = {"name": "grpc", "port": 50051, "protocol": "TCP"}
    assert cluster.get("Endpoints")["subsets"] == [{"ports": [port], "addresses": [address]}]


def test_a_pod_without_the_named_port_is_left_out(cluster: Cluster) -> None:
    start(cluster)
    other = pod("other")
    other["spec"]["containers"] = [container(ports=[{"name": "http", "containerPort": 8080}])]
    cluster.registry.create("Pod", other)
    cluster.make_ready()
    assert "subsets" not in cluster.get("Endpoints")


def test_endpoints_of_a_service_without_selector_belong_to_their_maker(cluster: Cluster) -> None:
    start(cluster, selector=None)
    assert cluster.objects("Endpoints") == []
    made = {
        "metadata": {"name": "demo", "namespace": NAMESPACE},
        "subsets": [{"addresses": [{"ip": "10.0.0.1"}]}],
    }
    before = cluster.create("Endpoints", made)
    assert cluster.get("Endpoints") == before


def test_endpoints_may_be_made_before_their_service(cluster: Cluster) -> None:
    own = {"metadata": {"name": "demo", "namespace": NAMESPACE}, "subsets": []}
    cluster.create("Endpoints", own)
    assert cluster.registry.find("Endpoints", NAMESPACE, "demo") is not None
