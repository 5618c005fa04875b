from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.objects import fieldsets, typed
from localcluster.types import Object
from tests.localcluster.objects import samples

DEPLOYMENT = typed.root("V1Deployment")


def texts(paths: Any) -> set[str]:
    return {fieldsets.text(path) for path in paths}


def in_template(*containers: Object, **spec: Any) -> Object:
    return {"spec": {"template": {"spec": {"containers": list(containers), **spec}}}}


def test_an_applied_object_claims_leaves_items_and_map_keys() -> None:
    obj = {"metadata": {"labels": {"app": "demo"}, "finalizers": ["a/b"]}, "spec": {"replicas": 1}}
    assert texts(typed.fields_of(obj, DEPLOYMENT)) == {
        ".metadata.labels.app",
        '.metadata.finalizers[="a/b"]',
        ".spec.replicas",
    }


def test_items_are_known_by_their_keys_with_defaults() -> None:
    claimed = texts(typed.fields_of(in_template(samples.container(args=["x"])), DEPLOYMENT))
    prefix = '.spec.template.spec.containers[name="greeter"]'
    port = '.ports[containerPort=50051,protocol="TCP"]'
    assert claimed == {
        prefix + end
        for end in ("", ".name", ".image", ".args", port, f"{port}.name", f"{port}.containerPort")
    }


def test_an_empty_map_is_claimed_itself() -> None:
    claimed = typed.fields_of(in_template(volumes=[{"name": "tmp", "emptyDir": {}}]), DEPLOYMENT)
    assert '.spec.template.spec.volumes[name="tmp"].emptyDir' in texts(claimed)


def test_a_comparison_tells_added_modified_and_removed() -> None:
    old = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"replicas": 1}}
    new = {"metadata": {"labels": {"a": "9", "c": "3"}}, "spec": {"replicas": 1}}
    changes = typed.compare(old, new, DEPLOYMENT)
    assert texts(changes.added) == {".metadata.labels.c"}
    assert texts(changes.modified) == {".metadata.labels.a"}
    assert texts(changes.removed) == {".metadata.labels.b"}


def test_what_was_not_there_is_added_with_its_containers() -> None:
    added = typed.compare({}, {"metadata": {"labels": {"a": "1"}}, "spec": {"replicas": 1}}, DEPLOYMENT).added
    assert texts(added) == {".metadata.labels", ".metadata.labels.a", ".spec.replicas"}


def test_items_moved_are_not_changed() -> None:
    one, two = samples.container(), samples.container(name="other")
    changes = typed.compare(in_template(one, two), in_template(two, one), DEPLOYMENT)
    assert not changes.added | changes.modified | changes.removed


@pytest.mark.parametrize(
    ("live", "config", "merged"),
    [
        ("a", "b", "ab"),
        ("ab", "ba", "ba"),
        ("axb", "ba", "xba"),
        ("abc", "bd", "abcd"),
        ("abc", "dc", "abdc"),
        ("xay", "a", "xay"),
        ("", "ab", "ab"),
    ],
)
def test_what_only_lives_stays_where_it_stood(live: str, config: str, merged: str) -> None:
    before, after = (in_template(*({"name": name} for name in names)) for names in (live, config))
    found = typed.merge(before, after, DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    assert "".join(item["name"] for item in found) == merged


def test_removing_takes_what_is_emptied_by_it() -> None:
    obj = {"metadata": {"labels": {"a": "1"}}, "spec": {"replicas": 1, "paused": True}}
    doomed = frozenset({("f:metadata", "f:labels", "f:a"), ("f:spec", "f:paused")})
    assert typed.remove(obj, DEPLOYMENT, doomed) == {"spec": {"replicas": 1}}


_LABELS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12"))
_ENV = st.dictionaries(st.sampled_from("ABCD"), st.sampled_from("12"))


@st.composite
def objects(draw: st.DrawFn) -> Object:
    env = [{"name": name, "value": value} for name, value in draw(_ENV).items()]
    return {"metadata": {"labels": draw(_LABELS)}, **in_template(samples.container(env=env))}


@given(objects(), objects())
def test_a_merge_contains_the_configuration_and_is_idempotent(live: Object, config: Object) -> None:
    merged = typed.merge(live, config, DEPLOYMENT)
    held = fieldsets.with_ancestors(typed.fields_of(merged, DEPLOYMENT))
    assert typed.fields_of(config, DEPLOYMENT) <= held
    assert typed.merge(merged, config, DEPLOYMENT) == merged


@given(objects(), objects())
def test_changes_are_where_the_fields_differ(old: Object, new: Object) -> None:
    changes = typed.compare(old, new, DEPLOYMENT)
    before, after = typed.fields_of(old, DEPLOYMENT), typed.fields_of(new, DEPLOYMENT)
    assert not changes.removed & after
    assert not changes.added & before
    assert changes.modified <= before & after
