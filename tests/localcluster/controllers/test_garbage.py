from typing import Any

import pytest

from localcluster.controllers.garbage import GarbageCollector
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, Object


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(GarbageCollector)


def make(cluster: Cluster, name: str, *owners: Object, **meta: Any) -> Object:
    refs = [reference(owner) for owner in owners]
    wish = {"metadata": {"name": name, "namespace": NAMESPACE, "ownerReferences": refs, **meta}}
    return cluster.registry.create("ConfigMap", wish)


def reference(owner: Object, block: bool = True) -> Object:
    meta = owner["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": meta["name"],
        "uid": meta["uid"],
        "blockOwnerDeletion": block,
    }


def left(cluster: Cluster) -> set[str]:
    return {obj["metadata"]["name"] for obj in cluster.objects("ConfigMap")}


def delete(cluster: Cluster, name: str, propagation: str) -> None:
    cluster.registry.delete("ConfigMap", NAMESPACE, name, propagation=propagation)


def let_go(obj: Object) -> None:
    obj["metadata"].pop("finalizers")


def test_background_dependents_follow_over_generations(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    make(cluster, "grandchild", make(cluster, "child", owner))
    make(cluster, "stranger")
    cluster.settle()
    delete(cluster, "owner", "Background")
    assert left(cluster) == {"child", "grandchild", "stranger"}
    cluster.settle()
    assert left(cluster) == {"stranger"}


def test_foreground_the_owner_waits_for_those_that_block_it(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    child = make(cluster, "child", owner)
    make(cluster, "held", child, finalizers=["example.com/hold"])
    cluster.settle()
    delete(cluster, "owner", "Foreground")
    cluster.settle()
    assert left(cluster) == {"owner", "child", "held"}
    assert all(obj["metadata"].get("deletionTimestamp") for obj in cluster.objects("ConfigMap"))
    assert cluster.get("ConfigMap", "child")["metadata"]["finalizers"] == ["foregroundDeletion"]
    cluster.change("ConfigMap", "held", let_go)
    cluster.settle()
    assert left(cluster) == set()


def test_foreground_does_not_wait_for_those_that_do_not_block(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    meta = {"ownerReferences": [reference(owner, block=False)], "finalizers": ["example.com/hold"]}
    make(cluster, "loose", **meta)
    cluster.settle()
    delete(cluster, "owner", "Foreground")
    cluster.settle()
    assert left(cluster) == {"loose"}
    assert cluster.get("ConfigMap", "loose")["metadata"].get("deletionTimestamp")


def test_one_owner_left_keeps_an_object(cluster: Cluster) -> None:
    first, second = make(cluster, "first"), make(cluster, "second")
    make(cluster, "child", first, second)
    cluster.settle()
    delete(cluster, "first", "Background")
    cluster.settle()
    assert cluster.get("ConfigMap", "child")["metadata"]["ownerReferences"] == [reference(second)]
    delete(cluster, "second", "Foreground")
    cluster.settle()
    assert left(cluster) == set()


def test_an_owner_of_the_same_name_is_another_one(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    delete(cluster, "owner", "Background")
    make(cluster, "owner")
    make(cluster, "child", owner)
    cluster.settle()
    assert left(cluster) == {"owner"}


def test_what_lost_its_owner_while_nobody_looked_is_found_at_start() -> None:
    before = Cluster()
    make(before, "child", make(before, "owner"))
    delete(before, "owner", "Background")
    collector = GarbageCollector(before.registry)
    for change in before.registry.watch(*collector.kinds).pending():
        for key in collector.keys(change):
            collector.reconcile(key)
    assert left(before) == set()


def test_an_owner_of_a_kind_that_is_not_served_is_trusted(cluster: Cluster) -> None:
    ref = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u"}
    make(cluster, "child", ownerReferences=[ref])
    cluster.settle()
    assert left(cluster) == {"child"}
