"""The verbs on all kinds, as the API server answers them."""

from typing import Any

import pytest

from localcluster.errors import (
    AlreadyExists,
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Rejected,
)
from localcluster.objects import patches
from localcluster.objects.patches import Patch
from localcluster.storage.registry import Registry
from localcluster.types import Object
from tests.localcluster.objects import samples


@pytest.fixture
def registry() -> Registry:
    return samples.registry()


def patch(registry: Registry, kind: str, media_type: str, body: Any, **options: Any) -> Object:
    return registry.patch(kind, "lab", "demo", Patch(media_type, body), **options).object


def refusal(error: type[ApiError], action: Any, *args: Any, **options: Any) -> Object:
    """The `Status` an action ends with."""
    with pytest.raises(error) as found:
        action(*args, **options)
    return found.value.status()


# -- create


def test_a_new_object_is_defaulted_and_stored(registry: Registry) -> None:
    made = registry.create("Deployment", samples.workload())
    assert (made["spec"]["replicas"], made["metadata"]["generation"], made["status"]) == (1, 1, {})
    assert registry.get("Deployment", "lab", "demo") == made


def test_what_is_given_out_or_in_is_private(registry: Registry) -> None:
    given = samples.workload()
    made = registry.create("Deployment", given)
    assert given == samples.workload()
    made["spec"]["replicas"] = 9
    assert registry.get("Deployment", "lab", "demo")["spec"]["replicas"] == 1


def test_a_name_is_made_on_demand(registry: Registry) -> None:
    body: Object = {"metadata": {"generateName": "demo-", "namespace": "lab"}}
    one, two = (registry.create("ConfigMap", body)["metadata"] for _ in range(2))
    assert one["name"] != two["name"]
    assert (one["generateName"], len(one["name"])) == ("demo-", 10)


def test_a_name_that_is_not_free_yet_is_told_so(registry: Registry) -> None:
    body = samples.config_map()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    registry.create("ConfigMap", body)
    registry.delete("ConfigMap", "lab", "demo")
    status = refusal(AlreadyExists, registry.create, "ConfigMap", samples.config_map())
    assert status["message"] == 'object is being deleted: configmaps "demo" already exists'


def test_a_namespace_must_be_there_and_stay(registry: Registry) -> None:
    elsewhere: Object = {"metadata": {"name": "demo", "namespace": "none"}}
    assert (
        refusal(NotFound, registry.create, "ConfigMap", elsewhere)["message"] == 'namespaces "none" not found'
    )
    registry.delete("Namespace", None, "lab")
    status = refusal(Forbidden, registry.create, "ConfigMap", samples.config_map())
    assert status["message"] == (
        'configmaps "demo" is forbidden: '
        "unable to create new content in namespace lab because it is being terminated"
    )
    assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"


def test_an_invalid_object_is_refused_with_every_cause(registry: Registry) -> None:
    body = samples.workload(image="")
    body["spec"]["replicas"] = -1
    status = refusal(Invalid, registry.create, "Deployment", body)
    image = "spec.template.spec.containers[0].image"
    assert status["message"] == (
        'Deployment.apps "demo" is invalid: '
        "[spec.replicas: Invalid value: -1: must be greater than or equal to 0, "
        f"{image}: Required value]"
    )
    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec.replicas", image]
    assert registry.list("Deployment") == []


# -- read


# -- update


def test_an_update_that_changes_nothing_writes_nothing(registry: Registry) -> None:
    first = registry.create("Deployment", samples.workload(), manager="kubectl")
    before = registry.store.revision
    assert registry.update("Deployment", samples.workload(), manager="kubectl") | {
        "metadata": {}
    } == first | {"metadata": {}}
    assert registry.update("Deployment", first, manager="other") == first
    assert registry.store.revision == before


def test_an_old_version_or_another_object_is_a_conflict(registry: Registry) -> None:
    first = registry.create("ConfigMap", samples.config_map(a="1"))
    registry.update("ConfigMap", samples.config_map(a="2"))
    status = refusal(Conflict, registry.update, "ConfigMap", first)
    assert status["message"] == (
        'Operation cannot be fulfilled on configmaps "demo": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    stranger = samples.config_map()
    stranger["metadata"]["uid"] = "another"
    assert "Precondition failed: UID" in refusal(Conflict, registry.update, "ConfigMap", stranger)["message"]
    assert refusal(NotFound, registry.update, "ConfigMap", samples.config_map("none"))["code"] == 404


def test_a_pod_is_bound_once(registry: Registry) -> None:
    pod = registry.create("Pod", samples.pod())
    pod["spec"]["nodeName"] = "local-node"
    bound = registry.update("Pod", pod, subresource="binding")
    assert bound["spec"]["nodeName"] == "local-node"
    again = refusal(Conflict, registry.update, "Pod", bound, subresource="binding")
    assert 'pod demo is already assigned to node "local-node"' in again["message"]


# -- patch


def test_a_patch_that_makes_no_object_is_refused(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map(a="1"))
    status = refusal(Invalid, patch, registry, "ConfigMap", patches.MERGE, {"data": {"a": 1}})
    assert status["details"]["causes"][0]["field"] == "patch"
    assert "cannot unmarshal number" in status["message"]
    other = refusal(Invalid, patch, registry, "ConfigMap", patches.MERGE, {"kind": "Secret"})
    assert "converting (v1.Secret) to (core.ConfigMap): unknown conversion" in other["message"]
    for body in ({"metadata": {"name": "other"}}, {"metadata": {"namespace": "x"}}):
        assert refusal(BadRequest, patch, registry, "ConfigMap", patches.MERGE, body)["code"] == 400
    missing = [{"op": "remove", "path": "/data/none"}]
    assert refusal(Rejected, patch, registry, "ConfigMap", patches.JSON, missing)["code"] == 422


def test_a_missing_object_is_patched_by_an_apply_only(registry: Registry) -> None:
    assert refusal(NotFound, patch, registry, "ConfigMap", patches.MERGE, {})["code"] == 404
    apply = Patch(patches.APPLY, samples.config_map())
    status = refusal(
        NotFound,
        registry.patch,
        "Deployment",
        "lab",
        "demo",
        Patch(patches.APPLY, samples.workload()),
        subresource="status",
        manager="lab",
    )
    assert status["code"] == 404
    assert registry.patch("ConfigMap", "lab", "demo", apply, manager="lab").created


# -- delete


def test_a_finalizer_holds_until_it_is_taken_away(registry: Registry) -> None:
    body = samples.config_map()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    registry.create("ConfigMap", body)
    held = registry.delete("ConfigMap", "lab", "demo")
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert registry.get("ConfigMap", "lab", "demo")["metadata"]["deletionTimestamp"]
    patch(registry, "ConfigMap", patches.MERGE, {"metadata": {"finalizers": None}})
    assert registry.find("ConfigMap", "lab", "demo") is None


def test_the_clusters_own_namespaces_stay(registry: Registry) -> None:
    registry.create("Namespace", {"metadata": {"name": "default"}})
    status = refusal(Forbidden, registry.delete, "Namespace", None, "default")
    assert status["message"] == 'namespaces "default" is forbidden: this namespace may not be deleted'


# -- events


def test_the_same_event_is_counted(registry: Registry) -> None:
    pod = registry.create("Pod", samples.pod())
    for _ in range(3):
        registry.event(pod, "BackOff", "Back-off restarting", type="Warning", component="kubelet")
    registry.event(pod, "Killing", "Stopping container")
    found = sorted((event["reason"], event["count"]) for event in registry.list("Event", "lab"))
    assert found == [("BackOff", 3), ("Killing", 1)]


def test_an_event_in_a_namespace_that_goes_is_dropped(registry: Registry) -> None:
    pod = registry.create("Pod", samples.pod())
    registry.delete("Namespace", None, "lab")
    registry.event(pod, "Killing", "Stopping container")
    assert registry.list("Event") == []
