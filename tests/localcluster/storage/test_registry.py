"""The verbs on all kinds, as the API server answers them."""

import asyncio
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


def test_a_name_is_taken_once(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map())
    status = refusal(AlreadyExists, registry.create, "ConfigMap", samples.config_map())
    assert status["message"] == 'configmaps "demo" already exists'
    assert status["details"] == {"name": "demo", "kind": "configmaps"}


def test_a_name_is_made_on_demand(registry: Registry) -> None:
    body: Object = {"metadata": {"generateName": "demo-", "namespace": "lab"}}
    one, two = (registry.create("ConfigMap", body)["metadata"] for _ in range(2))
    assert one["name"] != two["name"]
    assert (one["generateName"], len(one["name"])) == ("demo-", 10)


def test_an_object_keeps_the_name_it_was_given(registry: Registry) -> None:
    body = samples.config_map()
    body["metadata"]["generateName"] = "demo-"
    assert registry.create("ConfigMap", body)["metadata"]["name"] == "demo"
    assert refusal(AlreadyExists, registry.create, "ConfigMap", body)["details"]["name"] == "demo"


def test_a_name_that_is_not_free_yet_is_told_so(registry: Registry) -> None:
    body = samples.config_map()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    registry.create("ConfigMap", body)
    registry.delete("ConfigMap", "lab", "demo")
    status = refusal(AlreadyExists, registry.create, "ConfigMap", samples.config_map())
    assert status["message"] == 'object is being deleted: configmaps "demo" already exists'


def test_what_has_no_name_yet_is_refused_by_the_beginning_of_it(registry: Registry) -> None:
    pod = samples.pod(serviceAccountName="nobody")
    pod["metadata"] = {"generateName": "demo-", "namespace": "lab"}
    status = refusal(Forbidden, registry.create, "Pod", pod)
    assert status["message"].startswith(
        'pods "demo-" is forbidden: error looking up service account lab/nobody'
    )


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


def test_a_dry_create_keeps_nothing(registry: Registry) -> None:
    before = registry.store.revision
    made = registry.create("Service", samples.service(), dry_run=True)
    assert made["spec"]["clusterIP"]
    assert "resourceVersion" not in made["metadata"]
    assert registry.create("Service", samples.service(), dry_run=True)["spec"] == made["spec"]
    assert (registry.store.revision, registry.find("Service", "lab", "demo")) == (before, None)


def test_services_get_different_addresses(registry: Registry) -> None:
    one = registry.create("Service", samples.service())["spec"]
    two = registry.create("Service", samples.service("other", type="NodePort"))["spec"]
    assert one["clusterIP"] != two["clusterIP"]
    assert 30000 <= two["ports"][0]["nodePort"] <= 32767
    wish = samples.service("third", clusterIP=one["clusterIP"])
    [cause] = refusal(Invalid, registry.create, "Service", wish)["details"]["causes"]
    assert cause["field"] == "spec.clusterIPs"
    assert "provided IP is already allocated" in cause["message"]


# -- read


def test_what_is_missing_is_not_found(registry: Registry) -> None:
    assert registry.find("ConfigMap", "lab", "none") is None
    assert (
        refusal(NotFound, registry.get, "ConfigMap", "lab", "none")["message"]
        == 'configmaps "none" not found'
    )


@pytest.mark.parametrize(
    ("labels", "names"), [(None, ["a", "b"]), ({"x": "1"}, ["a"]), ("x=1", ["a"]), ("!x", ["b"])]
)
def test_a_list_is_ordered_and_selected(registry: Registry, labels: Any, names: list[str]) -> None:
    for name, marks in (("b", {}), ("a", {"x": "1"})):
        body = samples.config_map(name)
        body["metadata"]["labels"] = marks
        registry.create("ConfigMap", body)
    assert [obj["metadata"]["name"] for obj in registry.list("ConfigMap", "lab", labels)] == names


def test_a_watch_begins_with_what_there_is(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map("old"))

    async def watched() -> list[tuple[str, str]]:
        watch = registry.watch("ConfigMap")
        registry.create("ConfigMap", samples.config_map("new"))
        registry.delete("ConfigMap", "lab", "old")
        watch.close()
        return [(change.type, change.object["metadata"]["name"]) async for change in watch]

    assert asyncio.run(watched()) == [("ADDED", "old"), ("ADDED", "new"), ("DELETED", "old")]


# -- update


def test_an_update_replaces(registry: Registry) -> None:
    first = registry.create("ConfigMap", samples.config_map(a="1"))
    second = registry.update("ConfigMap", samples.config_map(b="2"))
    assert second["data"] == {"b": "2"}
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert int(second["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])


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


def test_the_generation_counts_specifications(registry: Registry) -> None:
    made = registry.create("Deployment", samples.workload())
    made["metadata"]["labels"] = {"a": "b"}
    made = registry.update("Deployment", made)
    assert made["metadata"]["generation"] == 1
    made["spec"]["replicas"] = 3
    assert registry.update("Deployment", made)["metadata"]["generation"] == 2


def test_the_status_is_written_alone(registry: Registry) -> None:
    made = registry.create("Deployment", samples.workload())
    made["status"], made["spec"]["replicas"] = {"replicas": 1}, 7
    changed = registry.update("Deployment", made, subresource="status")
    assert (changed["status"], changed["spec"]["replicas"]) == ({"replicas": 1}, 1)


def test_a_dry_update_keeps_nothing(registry: Registry) -> None:
    first = registry.create("ConfigMap", samples.config_map(a="1"))
    assert registry.update("ConfigMap", samples.config_map(a="2"), dry_run=True)["data"] == {"a": "2"}
    assert registry.get("ConfigMap", "lab", "demo") == first


def test_a_pod_is_bound_once(registry: Registry) -> None:
    pod = registry.create("Pod", samples.pod())
    pod["spec"]["nodeName"] = "local-node"
    bound = registry.update("Pod", pod, subresource="binding")
    assert bound["spec"]["nodeName"] == "local-node"
    again = refusal(Conflict, registry.update, "Pod", bound, subresource="binding")
    assert 'pod demo is already assigned to node "local-node"' in again["message"]


def test_only_the_image_of_a_pod_changes(registry: Registry) -> None:
    registry.create("Pod", samples.pod())
    change = {"spec": {"containers": [{"name": "greeter", "image": "demo/greeter:2"}]}}
    pod = patch(registry, "Pod", patches.STRATEGIC, change)
    assert pod["spec"]["containers"][0]["image"] == "demo/greeter:2"
    status = refusal(Invalid, patch, registry, "Pod", patches.MERGE, {"spec": {"restartPolicy": "Never"}})
    assert status["details"]["causes"][0]["field"] == "spec"


def test_modify_reads_changes_and_writes(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map(a="1"))
    changed = registry.modify("ConfigMap", "lab", "demo", lambda obj: obj["data"].update(b="2"))
    assert changed is not None
    assert changed["data"] == {"a": "1", "b": "2"}
    assert registry.modify("ConfigMap", "lab", "none", lambda obj: obj.clear()) is None


def test_a_replaced_service_keeps_its_address(registry: Registry) -> None:
    address = registry.create("Service", samples.service())["spec"]["clusterIP"]
    assert registry.update("Service", samples.service())["spec"]["clusterIP"] == address
    move = {"spec": {"clusterIP": "127.99.20.20"}}
    status = refusal(Invalid, patch, registry, "Service", patches.MERGE, move)
    assert status["details"]["causes"][0]["field"] == "spec.clusterIPs[0]"


# -- patch


def test_the_three_patches_change_an_object(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map(a="1"))
    assert patch(registry, "ConfigMap", patches.MERGE, {"data": {"b": "2"}})["data"] == {"a": "1", "b": "2"}
    step = {"op": "replace", "path": "/data/a", "value": "9"}
    assert patch(registry, "ConfigMap", patches.JSON, [step])["data"] == {"a": "9", "b": "2"}
    assert patch(registry, "ConfigMap", patches.STRATEGIC, {"data": {"a": None}})["data"] == {"b": "2"}


def test_unknown_fields_of_a_patch_are_named_and_dropped(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map(a="1"))
    written = registry.patch("ConfigMap", "lab", "demo", Patch(patches.MERGE, {"dta": {"b": "2"}}))
    assert written.unknown == ("dta",)
    assert "dta" not in written.object


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


def test_a_patch_of_an_old_version_is_a_conflict(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map(a="1"))
    body = {"metadata": {"resourceVersion": "1"}, "data": {"a": "2"}}
    assert refusal(Conflict, patch, registry, "ConfigMap", patches.MERGE, body)["code"] == 409


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


def test_a_deleted_object_is_gone(registry: Registry) -> None:
    made = registry.create("ConfigMap", samples.config_map())
    assert (
        registry.delete("ConfigMap", "lab", "demo", dry_run=True)["metadata"]["uid"]
        == made["metadata"]["uid"]
    )
    assert registry.find("ConfigMap", "lab", "demo") is not None
    registry.delete("ConfigMap", "lab", "demo", uid=made["metadata"]["uid"])
    assert refusal(NotFound, registry.delete, "ConfigMap", "lab", "demo")["code"] == 404


def test_another_uid_is_not_deleted(registry: Registry) -> None:
    registry.create("ConfigMap", samples.config_map())
    assert refusal(Conflict, registry.delete, "ConfigMap", "lab", "demo", uid="x")["code"] == 409


def test_a_finalizer_holds_until_it_is_taken_away(registry: Registry) -> None:
    body = samples.config_map()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    registry.create("ConfigMap", body)
    held = registry.delete("ConfigMap", "lab", "demo")
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert registry.get("ConfigMap", "lab", "demo")["metadata"]["deletionTimestamp"]
    patch(registry, "ConfigMap", patches.MERGE, {"metadata": {"finalizers": None}})
    assert registry.find("ConfigMap", "lab", "demo") is None


def test_a_namespace_goes_when_it_is_finalized(registry: Registry) -> None:
    going = registry.delete("Namespace", None, "lab")
    assert going["status"]["phase"] == "Terminating"
    going["spec"] = {}
    registry.update("Namespace", going, subresource="finalize")
    assert registry.find("Namespace", None, "lab") is None


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
