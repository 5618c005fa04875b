"""Field ownership through the registry: who owns what after each write, and who may change it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.errors import ApiError, Conflict, Unclassified
from localcluster.objects import fieldsets, managed, patches
from localcluster.objects.patches import Patch
from localcluster.storage.registry import MANAGER, Written
from localcluster.types import Object
from tests.localcluster.objects import samples


class Lab:
    """A registry and the short words for writing to it."""

    def __init__(self) -> None:
        self.registry = samples.registry()

    def apply(self, obj: Object, manager: str = "lab", *, force: bool = False, **options: Any) -> Written:
        patch = Patch(patches.APPLY, obj, force)
        return self.registry.patch(obj["kind"], "lab", "demo", patch, manager=manager, **options)

    def merge(self, kind: str, body: Object, manager: str = "kubectl", **options: Any) -> Object:
        patch = Patch(patches.MERGE, body)
        return self.registry.patch(kind, "lab", "demo", patch, manager=manager, **options).object

    def owned(self, kind: str = "ConfigMap", manager: str = "lab", operation: str = "Apply") -> set[str]:
        obj = self.registry.get(kind, "lab", "demo")
        return {
            fieldsets.text(path)
            for entry in managed.read(obj)
            if (entry.manager, entry.operation) == (manager, operation)
            for path in entry.fields
        }


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_an_apply_creates_and_owns_what_it_says(lab: Lab) -> None:
    written = lab.apply(samples.config_map(a="1", b="2"))
    assert written.created
    assert lab.owned() == {".data.a", ".data.b"}
    [entry] = written.object["metadata"]["managedFields"]
    assert entry | {"time": ""} == {
        "manager": "lab",
        "operation": "Apply",
        "apiVersion": "v1",
        "time": "",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:a": {}, "f:b": {}}},
    }


def test_a_field_of_two_appliers_stays_when_one_leaves_it_out(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1", b="2"))
    lab.apply(samples.config_map(b="2"), "other")
    assert lab.apply(samples.config_map(a="1")).object["data"] == {"a": "1", "b": "2"}
    assert lab.owned(manager="other") == {".data.b"}


def test_a_conflict_names_the_owner_and_the_field(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1"))
    with pytest.raises(Conflict) as conflict:
        lab.apply(samples.config_map(a="5"), "rival")
    status = conflict.value.status()
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"] == 'Apply failed with 1 conflict: conflict with "lab": .data.a'
    assert status["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "lab"', "field": ".data.a"}
    ]


def test_several_conflicts_are_listed_by_owner(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1"))
    lab.merge("ConfigMap", {"data": {"b": "2"}})
    with pytest.raises(Conflict) as conflict:
        lab.apply(samples.config_map(a="5", b="5"), "rival")
    assert conflict.value.message == (
        'Apply failed with 2 conflicts: conflicts with "kubectl" using v1:\n- .data.b\n'
        'conflicts with "lab":\n- .data.a'
    )


def test_force_takes_the_field_over(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1", b="2"))
    assert lab.apply(samples.config_map(a="5"), "rival", force=True).object["data"] == {"a": "5", "b": "2"}
    assert (lab.owned(), lab.owned(manager="rival")) == ({".data.b"}, {".data.a"})


def test_the_same_value_is_no_conflict_but_shared(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1"))
    lab.apply(samples.config_map(a="1"), "friend")
    assert lab.owned() == lab.owned(manager="friend") == {".data.a"}


def test_a_create_owns_everything_it_got_with_defaults(lab: Lab) -> None:
    lab.registry.create("Service", samples.service(), manager="kubectl")
    assert lab.owned("Service", "kubectl", "Update") == {
        ".spec.internalTrafficPolicy",
        ".spec.ports",
        '.spec.ports[port=50051,protocol="TCP"]',
        *(
            f'.spec.ports[port=50051,protocol="TCP"].{word}'
            for word in ("name", "port", "protocol", "targetPort")
        ),
        ".spec.selector",
        ".spec.sessionAffinity",
        ".spec.type",
    }


def test_an_update_takes_what_it_changes_from_its_owner(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1", b="2"))
    lab.merge("ConfigMap", {"data": {"a": "9", "b": None}})
    assert (lab.owned(), lab.owned(manager="kubectl", operation="Update")) == (set(), {".data.a"})


def test_an_update_that_changes_nothing_owns_nothing(lab: Lab) -> None:
    first = lab.apply(samples.config_map(a="1")).object
    assert lab.merge("ConfigMap", {"data": {"a": "1"}}) == first


def test_the_cluster_itself_claims_nothing_but_takes(lab: Lab) -> None:
    lab.apply(samples.config_map(a="1", b="2"))
    lab.merge("ConfigMap", {"data": {"a": "9"}}, MANAGER)
    assert lab.owned() == {".data.b"}
    assert lab.apply(samples.config_map(a="1", b="2")).object["data"] == {"a": "1", "b": "2"}


def test_the_status_has_entries_of_its_own(lab: Lab) -> None:
    lab.apply(samples.workload())
    lab.merge("Deployment", {"status": {"replicas": 3}, "spec": {"replicas": 9}}, subresource="status")
    obj = lab.registry.get("Deployment", "lab", "demo")
    assert (obj["status"], obj["spec"]["replicas"]) == ({"replicas": 3}, 1)
    assert [(e.manager, e.subresource) for e in managed.read(obj)] == [("lab", ""), ("kubectl", "status")]


def test_an_apply_to_the_status_owns_what_the_kind_lets_it_change(lab: Lab) -> None:
    config = samples.workload()
    lab.registry.create("Deployment", config)
    config["metadata"] |= {"annotations": {"a": "1"}, "labels": {"b": "2"}}
    applied = lab.apply({**config, "status": {"replicas": 3}}, subresource="status").object
    assert lab.owned("Deployment") == {".metadata.annotations.a", ".status.replicas"}
    assert "b" not in (applied["metadata"].get("labels") or {})
    again = lab.apply({**samples.workload(), "status": {}}, subresource="status").object
    assert not again["metadata"].get("annotations")


def test_an_apply_does_not_own_the_status(lab: Lab) -> None:
    written = lab.apply({**samples.workload(), "status": {"replicas": 7}}).object
    assert written["status"] == {}
    assert not any(field.startswith(".status") for field in lab.owned("Deployment"))


def test_an_item_of_another_manager_stays(lab: Lab) -> None:
    lab.apply(samples.workload(env=[{"name": "A", "value": "1"}]))
    lab.apply(samples.workload(env=[{"name": "B", "value": "2"}]), "other")
    [container] = lab.apply(samples.workload()).object["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "B", "value": "2"}]


def test_an_apply_needs_a_clean_object(lab: Lab) -> None:
    body = samples.config_map()
    body["metadata"]["managedFields"] = [{"manager": "x"}]
    with pytest.raises(ApiError, match="managedFields must be nil"):
        lab.apply(body)


def test_unknown_and_double_fields_are_no_object_of_the_kind(lab: Lab) -> None:
    with pytest.raises(
        Unclassified, match=r"\(lab/demo; /v1, Kind=ConfigMap\): .dta: field not declared in schema"
    ):
        lab.apply({**samples.config_map(), "dta": {}})
    twice = samples.workload(env=[{"name": "A"}, {"name": "A"}])
    with pytest.raises(Unclassified, match=r'duplicate entries for key \[name="A"\]'):
        lab.apply(twice)


_DATA = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12"), min_size=1)


@settings(max_examples=40)
@given(_DATA, _DATA, st.booleans())
def test_an_applier_gets_what_he_applied_and_repeating_is_harmless(
    mine: dict[str, str], theirs: dict[str, str], force: bool
) -> None:
    lab = Lab()
    lab.apply(samples.config_map(**theirs), "other")
    clash = any(theirs.get(key, value) != value for key, value in mine.items())
    if clash and not force:
        with pytest.raises(Conflict):
            lab.apply(samples.config_map(**mine))
        return
    first = lab.apply(samples.config_map(**mine), force=force).object
    assert first["data"] == theirs | mine
    assert lab.apply(samples.config_map(**mine), force=force).object == first


def test_entries_that_cannot_be_read_are_left_out() -> None:
    broken: Object = {
        "metadata": {"managedFields": [{}, {"manager": "x", "operation": "Fly"}, {"fieldsV1": {"a": 1}}]}
    }
    assert managed.read(broken) == []
