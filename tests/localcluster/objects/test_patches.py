from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.errors import BadRequest, Rejected
from localcluster.objects import patches
from localcluster.objects.patches import Patch
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects import samples

CONFIG_MAP = BY_KIND["ConfigMap"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


def patched(media_type: str, body: Any, obj: Object | None = None) -> Any:
    return patches.apply(CONFIG_MAP, obj or samples.config_map(a="1"), Patch(media_type, body))


# The examples of RFC 7386, appendix A.
@pytest.mark.parametrize(
    ("original", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_is_that_of_the_rfc(original: Any, patch: Any, result: Any) -> None:
    assert patches.merge(original, patch) == result


@given(_JSON, _JSON)
def test_a_merge_patch_twice_is_the_same_as_once(original: Any, patch: Any) -> None:
    once = patches.merge(original, patch)
    assert patches.merge(once, patch) == once


@pytest.mark.parametrize(
    "step",
    [
        {"op": "remove", "path": "/data/none"},
        {"op": "test", "path": "/data/a", "value": "2"},
        {"op": "replace", "path": "/none/there", "value": "2"},
    ],
)
def test_a_json_patch_that_cannot_be_done_is_rejected(step: Object) -> None:
    with pytest.raises(Rejected) as refusal:
        patched(patches.JSON, [step])
    assert (
        refusal.value.status()["message"] == "the server rejected our request due to an error in our request"
    )


@pytest.mark.parametrize(
    "body", [{"op": "remove"}, ["x"], [{"op": 7, "path": "/a"}], [{"op": "remove", "path": []}], 7]
)
def test_what_is_no_json_patch_is_a_bad_request(body: Any) -> None:
    with pytest.raises(BadRequest):
        patched(patches.JSON, body)


@pytest.mark.parametrize("media_type", [patches.MERGE, patches.STRATEGIC])
def test_a_merge_needs_an_object(media_type: str) -> None:
    with pytest.raises(BadRequest):
        patched(media_type, ["a"])


@pytest.mark.parametrize("media_type", [patches.MERGE, patches.STRATEGIC])
def test_the_original_is_left_alone(media_type: str) -> None:
    original = samples.config_map(a="1")
    patched(media_type, {"data": {"a": "2"}}, original)
    assert original == samples.config_map(a="1")
