from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules


def with_metadata(**metadata: Any) -> Object:
    obj = samples.config_map()
    obj["metadata"] |= metadata
    return obj


def test_a_name_is_needed() -> None:
    assert rules.errors(with_metadata(name="")) == [
        "metadata.name: Required value: name or generateName is required"
    ]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("ConfigMap", "1.a", "a_b"),
        ("Namespace", "1a", "a.b"),
        ("Secret", "a.b", "A"),
        ("Service", "1a", "a.b"),
    ],
)
def test_each_kind_has_its_form_of_names(kind: str, good: str, bad: str) -> None:
    rest = samples.service() if kind == "Service" else {}
    for name, wrong in ((good, []), (bad, ["metadata.name"])):
        assert rules.fields({**rest, "kind": kind, "metadata": {"name": name}}) == wrong


def test_the_base_of_a_generated_name_may_end_in_a_dash() -> None:
    assert rules.errors(with_metadata(generateName="demo-", name="demo-x")) == []
    assert rules.fields(with_metadata(generateName="Demo-", name="Demo-x")) == [
        "metadata.generateName",
        "metadata.name",
    ]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"labels": {"a b": "c"}}, "metadata.labels"),
        ({"labels": {"a": "b c"}}, "metadata.labels"),
        ({"annotations": {"a/b/c": ""}}, "metadata.annotations"),
        ({"annotations": {"a": "x" * 300_000}}, "metadata.annotations"),
        ({"finalizers": ["hold"]}, "metadata.finalizers[0]"),
        (
            {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x"}]},
            "metadata.ownerReferences.uid",
        ),
    ],
)
def test_wrong_metadata_is_found(metadata: Object, field: str) -> None:
    assert rules.fields(with_metadata(**metadata)) == [field]


def test_what_has_no_namespace_may_not_name_one() -> None:
    node = {"kind": "Node", "metadata": {"name": "demo", "namespace": "lab"}}
    assert rules.errors(node) == ["metadata.namespace: Forbidden: not allowed on this type"]


def test_good_metadata_passes() -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "1", "controller": True}
    metadata = {
        "labels": {"app.kubernetes.io/part-of": "grpc-lab", "empty": ""},
        "annotations": {"Example.com/A": "anything at all"},
        "finalizers": ["orphan", "example.com/hold"],
        "ownerReferences": [owner],
    }
    assert rules.errors(with_metadata(**metadata)) == []


def test_what_is_being_deleted_gets_no_new_finalizer() -> None:
    old = with_metadata(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a/b"])
    new = with_metadata(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a/b", "c/d"])
    [line] = rules.change_errors(old, new)
    assert line.startswith("metadata.finalizers: Forbidden: no new finalizers can be added")
    assert line.endswith('["c/d"]')
    assert rules.change_errors(new, old) == []
