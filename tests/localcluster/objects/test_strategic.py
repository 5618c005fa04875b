"""The merge of lists with keys; the expectations for order are what a real API server answered."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.errors import BadRequest, Unclassified
from localcluster.objects import schema, strategic
from localcluster.types import Object
from tests.localcluster.objects import samples

DEPLOYMENT = schema.root("V1Deployment")


def containers(*patch: Object, of: list[Object] | None = None, **directives: Any) -> list[Object]:
    """The containers of a Deployment after a patch to the list."""
    deployment = samples.workload()
    if of is not None:
        deployment["spec"]["template"]["spec"]["containers"] = of
    spec = {"containers": list(patch), **directives}
    merged = strategic.merge(deployment, {"spec": {"template": {"spec": spec}}}, DEPLOYMENT)
    found: list[Object] = merged["spec"]["template"]["spec"]["containers"]
    return found


def names(items: list[Object]) -> list[str]:
    return [item["name"] for item in items]


def test_an_item_is_merged_by_its_key() -> None:
    [found] = containers({"name": "greeter", "env": [{"name": "A", "value": "1"}]})
    assert found == samples.container(env=[{"name": "A", "value": "1"}])


def test_a_marked_item_is_deleted() -> None:
    of = [samples.container(env=[{"name": "A", "value": "1"}, {"name": "C", "value": "3"}])]
    change = [{"name": "B", "value": "2"}, {"name": "A", "$patch": "delete"}]
    [found] = containers({"name": "greeter", "env": change}, of=of)
    assert names(found["env"]) == ["B", "C"]


def test_a_list_is_replaced_on_demand() -> None:
    found = containers({"$patch": "replace"}, {"name": "other", "image": "demo/other:1"})
    assert found == [{"name": "other", "image": "demo/other:1"}]


def test_the_order_can_be_set() -> None:
    of = [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]
    order = {"$setElementOrder/containers": [{"name": "d"}, {"name": "a"}]}
    assert names(containers({"name": "a", "image": "new"}, of=of, **order)) == ["b", "c", "d", "a"]


def test_null_deletes_and_is_left_out_of_new_maps() -> None:
    original: Object = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    patch = {"metadata": {"labels": {"a": None, "none": None}, "annotations": {"c": None, "d": "4"}}}
    assert strategic.merge(original, patch, DEPLOYMENT) == {
        "metadata": {"labels": {"b": "2"}, "annotations": {"d": "4"}}
    }


def test_a_map_is_replaced_or_emptied_on_demand() -> None:
    original = {"metadata": {"labels": {"a": "1"}, "annotations": {"a": "1"}}}
    patch = {"metadata": {"labels": {"$patch": "replace", "b": "2"}, "annotations": {"$patch": "delete"}}}
    assert strategic.merge(original, patch, DEPLOYMENT) == {
        "metadata": {"labels": {"b": "2"}, "annotations": {}}
    }


def test_scalars_of_a_set_are_added_and_taken_away() -> None:
    original = {"metadata": {"finalizers": ["a/a", "b/b"]}}
    patch = {"metadata": {"finalizers": ["c/c", "b/b"], "$deleteFromPrimitiveList/finalizers": ["a/a"]}}
    merged = strategic.merge(original, patch, DEPLOYMENT)
    assert sorted(merged["metadata"]["finalizers"]) == ["b/b", "c/c"]


def test_only_the_retained_keys_of_a_union_stay() -> None:
    original = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"type": "Recreate", "$retainKeys": ["type"]}}}
    assert strategic.merge(original, patch, DEPLOYMENT) == {"spec": {"strategy": {"type": "Recreate"}}}


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"strategy": {"type": "x", "$retainKeys": ["other"]}}},
        {"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}},
        {"metadata": {"$setElementOrder/finalizers": "a"}},
        {"metadata": {"ownerReferences": ["no map"]}},
    ],
)
def test_malformed_directives_are_refused(patch: Object) -> None:
    with pytest.raises(BadRequest):
        strategic.merge({"spec": {"strategy": {}}, "metadata": {}}, patch, DEPLOYMENT)


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        ({"$patch": "explode"}, r"^unknown patch type: explode in map: map\[\$patch:explode\]$"),
        (
            {"metadata": {"ownerReferences": [{"uid": "1", "$patch": "explode"}]}},
            r"^unknown patch type: explode in map: map\[\$patch:explode uid:1\]$",
        ),
    ],
)
def test_what_kubernetes_takes_for_its_own_failure_is_worded_so(patch: Object, why: str) -> None:
    with pytest.raises(Unclassified, match=why):
        strategic.merge({"metadata": {}}, patch, DEPLOYMENT)


def test_an_item_must_have_its_key() -> None:
    with pytest.raises(
        Unclassified, match=r"map: map\[image:demo/other:1\] does not contain declared merge key: name"
    ):
        containers({"image": "demo/other:1"})


_ENVIRONMENT = st.lists(st.sampled_from("ABCDE"), unique=True).map(
    lambda found: [{"name": name, "value": name} for name in found]
)


@given(_ENVIRONMENT, _ENVIRONMENT)
def test_merging_twice_is_merging_once(before: list[Object], patch: list[Object]) -> None:
    [once] = containers({"name": "greeter", "env": patch}, of=[samples.container(env=before)])
    [twice] = containers({"name": "greeter", "env": patch}, of=[once])
    assert once == twice
    assert sorted(names(once["env"])) == sorted(set(names(before) + names(patch)))
