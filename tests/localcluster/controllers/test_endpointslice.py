from typing import Any

import pytest

from localcluster.controllers.endpointslice import EndpointSliceController
from localcluster.controllers.garbage import GarbageCollector
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, Object, container, pod, service


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(EndpointSliceController, GarbageCollector)


def start(cluster: Cluster, *names: str, **spec: Any) -> None:
    cluster.create("Service", service(**spec))
    for name in names:
        cluster.create("Pod", pod(name))


def only(cluster: Cluster) -> Object:
    (found,) = cluster.objects("EndpointSlice")
    return found


def states(cluster: Cluster) -> dict[str, tuple[bool, bool, bool]]:
    """Ready, serving and terminating, by pod."""
    endpoints = only(cluster)["endpoints"] or []
    return {
        one["targetRef"]["name"]: tuple(
            one["conditions"][word] for word in ("ready", "serving", "terminating")
        )
        for one in endpoints
    }


def test_a_service_without_pods_has_an_empty_slice(cluster: Cluster) -> None:
    start(cluster)
    found = only(cluster)
    assert (found["addressType"], found["ports"], found["endpoints"]) == ("IPv4", None, None)
    assert found["metadata"]["generateName"] == "demo-"
    assert found["metadata"]["labels"] == {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "demo",
    }
    owner = found["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["uid"]) == ("Service", cluster.get("Service")["metadata"]["uid"])


def test_conditions_follow_the_life_of_a_pod(cluster: Cluster) -> None:
    start(cluster, "a")
    name = only(cluster)["metadata"]["name"]
    assert states(cluster) == {}
    cluster.make_ready(ready=False)
    assert states(cluster) == {"a": (False, False, False)}
    cluster.make_ready()
    assert states(cluster) == {"a": (True, True, False)}
    cluster.delete("Pod", "a")
    assert states(cluster) == {"a": (False, True, True)}
    cluster.finish_deletions()
    assert only(cluster)["endpoints"] is None
    assert only(cluster)["metadata"]["name"] == name


def test_an_endpoint_names_its_pod_and_its_node(cluster: Cluster) -> None:
    start(cluster, "a")
    cluster.make_ready()
    found = cluster.get("Pod", "a")
    (endpoint,) = only(cluster)["endpoints"]
    assert endpoint["addresses"] == [found["status"]["podIP"]]
    assert endpoint["nodeName"] == "local-node"
    uid = found["metadata"]["uid"]
    assert endpoint["targetRef"] == {"kind": "Pod", "namespace": NAMESPACE, "name": "a", "uid": uid}
    assert only(cluster)["ports"] == [{"name": "grpc", "port": 50051, "protocol": "TCP"}]


def test_a_pod_that_leaves_the_selector_leaves_the_slice(cluster: Cluster) -> None:
    start(cluster, "a", "b")
    cluster.make_ready()
    cluster.change("Pod", "a", lambda obj: obj["metadata"].update(labels={"app": "other"}))
    cluster.settle()
    assert set(states(cluster)) == {"b"}


def test_unready_pods_are_ready_where_the_service_publishes_them(cluster: Cluster) -> None:
    start(cluster, "a", publishNotReadyAddresses=True)
    cluster.make_ready(ready=False)
    assert states(cluster) == {"a": (True, False, False)}


def test_the_labels_of_the_service_and_the_headless_mark(cluster: Cluster) -> None:
    wish = service(clusterIP="None")
    wish["metadata"]["labels"] = {"tier": "a"}
    cluster.create("Service", wish)
    labels = only(cluster)["metadata"]["labels"]
    assert (labels["tier"], labels["service.kubernetes.io/headless"]) == ("a", "")


def test_a_named_port_may_have_another_number_in_each_pod(cluster: Cluster) -> None:
    start(cluster, "a")
    other = pod("other")
    other["spec"]["containers"] = [
        container(ports=[{"name": "grpc", "containerPort": 9000, "protocol": "TCP"}])
    ]
    cluster.registry.create("Pod", other)
    cluster.make_ready()
    found = {one["ports"][0]["port"]: one["endpoints"] for one in cluster.objects("EndpointSlice")}
    assert {port: [e["targetRef"]["name"] for e in endpoints] for port, endpoints in found.items()} == {
        50051: ["a"],
        9000: ["other"],
    }
    cluster.delete("Pod", "other", grace=0)
    assert set(states(cluster)) == {"a"}


def test_a_hostname_is_for_the_service_that_the_pod_names(cluster: Cluster) -> None:
    start(cluster)
    for name, subdomain in (("mine", "demo"), ("others", "elsewhere")):
        wish = pod(name)
        wish["spec"] |= {"hostname": name, "subdomain": subdomain}
        cluster.registry.create("Pod", wish)
    cluster.make_ready()
    endpoints = only(cluster)["endpoints"]
    assert {e["targetRef"]["name"]: e.get("hostname") for e in endpoints} == {"mine": "mine", "others": None}


def test_slices_go_with_their_service(cluster: Cluster) -> None:
    start(cluster)
    cluster.delete("Service", "demo")
    assert cluster.objects("EndpointSlice") == []


def test_a_service_without_selector_gets_no_slice(cluster: Cluster) -> None:
    start(cluster, selector=None)
    assert cluster.objects("EndpointSlice") == []


def test_the_slice_of_a_settled_service_is_not_written_again(cluster: Cluster) -> None:
    start(cluster, "a", "b")
    cluster.make_ready()
    before = cluster.registry.store.revision
    EndpointSliceController(cluster.registry).reconcile((NAMESPACE, "demo"))
    assert cluster.registry.store.revision == before
