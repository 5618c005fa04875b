from typing import Any

import pytest

from localcluster.controllers.endpoints import EndpointsController
from localcluster.controllers.endpointslice import EndpointSliceController
from localcluster.controllers.endpointslicemirroring import EndpointSliceMirroringController
from localcluster.controllers.garbage import GarbageCollector
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, Object, service

PORT = {"name": "grpc", "port": 50051, "protocol": "TCP"}
MIRRORED = {
    "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    "kubernetes.io/service-name": "demo",
}


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster(
        EndpointSliceMirroringController, EndpointSliceController, EndpointsController, GarbageCollector
    )
    made.registry.create("Service", service(selector=None))
    return made


def subset(*ready: str, port: Object = PORT, **more: Any) -> Object:
    return {"ports": [port], "addresses": [{"ip": ip} for ip in ready], **more}


def make(cluster: Cluster, *subsets: Object, **meta: Any) -> None:
    """Endpoints made by hand."""
    made = {"metadata": {"name": "demo", "namespace": NAMESPACE, **meta}, "subsets": list(subsets)}
    cluster.create("Endpoints", made)


def change(cluster: Cluster, kind: str, **fields: Any) -> None:
    cluster.registry.modify(kind, NAMESPACE, "demo", lambda obj: obj.update(fields))
    cluster.settle()


def slices(cluster: Cluster) -> list[Object]:
    return cluster.objects("EndpointSlice")


def addresses(cluster: Cluster) -> list[str]:
    return [ip for one in slices(cluster) for end in one["endpoints"] for ip in end["addresses"]]


def test_a_slice_says_what_the_endpoints_say(cluster: Cluster) -> None:
    notes = {"a": "1", "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z"}
    place = {"hostname": "here", "nodeName": "local-node", "targetRef": {"kind": "Pod", "name": "p"}}
    first = subset(notReadyAddresses=[{"ip": "127.1.0.2"}], addresses=[{"ip": "127.1.0.1", **place}])
    make(cluster, first, labels={"app": "x"}, annotations=notes)
    [found] = slices(cluster)
    meta = found["metadata"]
    assert (found["addressType"], found["ports"]) == ("IPv4", [PORT])
    assert found["endpoints"] == [
        {"addresses": ["127.1.0.1"], "conditions": {"ready": True}, **place},
        {"addresses": ["127.1.0.2"], "conditions": {"ready": False}},
    ]
    assert (meta["labels"], meta["annotations"]) == ({"app": "x", **MIRRORED}, {"a": "1"})
    assert meta["ownerReferences"][0]["uid"] == cluster.get("Endpoints")["metadata"]["uid"]


def test_each_family_and_set_of_ports_has_its_slice(cluster: Cluster) -> None:
    other = {**PORT, "port": 50052}
    make(cluster, subset("127.1.0.1", "fd00::1"), subset("127.1.0.2", port=other), subset("127.1.0.3"))
    found = {
        (one["addressType"], one["ports"][0]["port"]): [end["addresses"][0] for end in one["endpoints"]]
        for one in slices(cluster)
    }
    assert found == {
        ("IPv4", 50051): ["127.1.0.1", "127.1.0.3"],
        ("IPv6", 50051): ["fd00::1"],
        ("IPv4", 50052): ["127.1.0.2"],
    }


def test_a_slice_is_changed_rather_than_replaced(cluster: Cluster) -> None:
    make(cluster, subset("127.1.0.1"))
    [first] = slices(cluster)
    change(cluster, "Endpoints", subsets=[subset("127.1.0.1", "127.1.0.2")])
    assert addresses(cluster) == ["127.1.0.1", "127.1.0.2"]
    change(cluster, "Endpoints", subsets=[subset("127.1.0.3", port={**PORT, "port": 50052})])
    [last] = slices(cluster)
    assert (last["metadata"]["uid"], last["ports"][0]["port"]) == (first["metadata"]["uid"], 50052)
    change(cluster, "Endpoints", subsets=[])
    assert slices(cluster) == []


def test_endpoints_can_say_that_they_are_not_for_the_network(cluster: Cluster) -> None:
    make(cluster, subset("127.1.0.1"), labels={"endpointslice.kubernetes.io/skip-mirror": "true"})
    assert slices(cluster) == []
    change(cluster, "Endpoints", metadata={**cluster.get("Endpoints")["metadata"], "labels": {}})
    assert addresses(cluster) == ["127.1.0.1"]


def test_the_mirror_goes_with_the_endpoints_or_their_service(cluster: Cluster) -> None:
    make(cluster, subset("127.1.0.1"))
    cluster.delete("Endpoints", "demo")
    assert slices(cluster) == []
    make(cluster, subset("127.1.0.1"))
    assert addresses(cluster) == ["127.1.0.1"]
    cluster.delete("Service", "demo")
    assert slices(cluster) == cluster.objects("Endpoints") == []


def test_endpoints_may_come_before_their_service_and_a_selector_ends_the_mirror(cluster: Cluster) -> None:
    cluster.delete("Service", "demo")
    make(cluster, subset("127.1.0.1"))
    assert slices(cluster) == []
    cluster.create("Service", service(selector=None))
    assert addresses(cluster) == ["127.1.0.1"]
    change(cluster, "Service", spec=service(clusterIP=cluster.get("Service")["spec"]["clusterIP"])["spec"])
    [found] = slices(cluster)
    assert found["metadata"]["labels"] | {"kubernetes.io/service-name": ""} == {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "",
    }
