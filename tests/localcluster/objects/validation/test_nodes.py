"""Rules of Nodes and Namespaces."""

import pytest

from localcluster.objects import validation
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object
from tests.localcluster.objects.validation import rules


def node(**spec: object) -> Object:
    return {"kind": "Node", "metadata": {"name": "demo"}, "spec": spec}


@pytest.mark.parametrize(
    ("taints", "fields"),
    [
        ([{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}], []),
        ([{"key": "a b", "value": "c d", "effect": "Never"}], ["key", "value", "effect"]),
        ([{"key": "a"}], ["effect"]),
    ],
)
def test_a_taint_has_a_key_and_an_effect(taints: list[Object], fields: list[str]) -> None:
    assert rules.fields(node(taints=taints)) == [f"spec.taints[0].{field}" for field in fields]


def test_a_taint_stands_once() -> None:
    assert rules.errors(node(taints=[{"key": "a", "effect": "NoSchedule"}] * 2)) == [
        'spec.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: '
        "taints must be unique by key and effect pair"
    ]


def test_a_node_keeps_its_range() -> None:
    old, new = node(podCIDRs=["10.0.0.0/24"]), node(podCIDRs=["10.0.1.0/24"])
    assert rules.change_errors(old, new) == [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'
    ]
    assert rules.change_errors(node(), new) == []


@pytest.mark.parametrize(
    ("phase", "leaving", "good"),
    [
        ("Active", False, True),
        ("Terminating", False, False),
        ("Active", True, False),
        ("Terminating", True, True),
    ],
)
def test_a_namespace_is_active_until_it_goes(phase: str, leaving: bool, good: bool) -> None:
    meta = {"name": "lab", **({"deletionTimestamp": "2026-11-25T00:00:00Z"} if leaving else {})}
    namespace: Object = {"metadata": meta, "status": {"phase": phase}}
    assert (validation.of_status(BY_KIND["Namespace"], namespace, namespace) == []) is good
