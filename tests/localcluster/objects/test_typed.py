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


def test_items_are_known_by_their_keys_with_defaults() -> None:
    claimed = texts(typed.fields_of(in_template(samples.container(args=["x"])), DEPLOYMENT))
    prefix = '.spec.template.spec.containers[name="greeter"]'
    port = '.ports[containerPort=50051,protocol="TCP"]'
    assert claimed == {
        prefix + end
        for end in ("", ".name", ".image", ".args", port, f"{port}.name", f"{port}.containerPort")
    }


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
