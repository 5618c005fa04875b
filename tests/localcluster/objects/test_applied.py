"""Applied configurations are held against their schema first."""

from typing import Any

import pytest

from localcluster.errors import ApiError, BadRequest, Unclassified
from localcluster.objects import applied
from localcluster.storage.resources import BY_KIND
from localcluster.types import Object

CONFIG_MAP: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "demo"}}
SERVICE: Object = {"apiVersion": "v1", "kind": "Service"}


def refusal(body: Any, kind: str = "ConfigMap") -> ApiError:
    with pytest.raises(ApiError) as refused:
        applied.configuration(BY_KIND[kind], body, "lab", "demo")
    return refused.value


def test_name_and_namespace_come_from_the_path() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    config = applied.configuration(BY_KIND["ConfigMap"], body, "lab", "demo")
    assert config["metadata"] == {"name": "demo", "namespace": "lab"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"apiVersion": "v2"},
            "Incorrect version specified in apply patch. Specified patch version: v2, expected: v1",
        ),
        ({"apiVersion": None}, "Specified patch version: , expected: v1"),
        ({"kind": "Secret"}, "converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
        ({"metadata": {"managedFields": []}}, "metadata.managedFields must be nil"),
    ],
)
def test_what_is_of_another_kind_is_a_bad_request(change: Object, message: str) -> None:
    error = refusal({**CONFIG_MAP, **change})
    assert isinstance(error, BadRequest)
    assert message in error.message


def test_nothing_is_of_no_version() -> None:
    assert "Specified patch version: , expected: v1" in refusal(None).message
    assert "it is no object" in refusal([]).message


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"dta": {}}, ".dta: field not declared in schema"),
        ({"data": {"a": 1}}, "cannot unmarshal number into Go struct field ConfigMap.data of type string"),
        (
            {"metadata": {"finalizers": ["a/b"] * 2}},
            '.metadata.finalizers: duplicate entries for key [="a/b"]',
        ),
        (
            {"metadata": []},
            "cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
        ),
    ],
)
def test_what_does_not_fit_the_schema_is_told(fields: Object, problem: str) -> None:
    error = refusal({**CONFIG_MAP, **fields})
    assert isinstance(error, Unclassified)
    assert error.status().keys().isdisjoint({"reason", "details"})
    assert error.message.startswith("failed to create typed patch object (")
    assert error.message.endswith(problem)


@pytest.mark.parametrize(
    ("ports", "problem"),
    [
        (
            {"port": 1},
            "cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort",
        ),
        ([{"port": 1}] * 2, '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]'),
        ([{"name": "a"}], '.spec.ports: element 0: it omits key field "port"'),
    ],
)
def test_a_keyed_list_is_a_list_of_items_with_keys(ports: Any, problem: str) -> None:
    assert refusal({**SERVICE, "spec": {"ports": ports}}, "Service").message.endswith(problem)


def test_several_problems_are_told_together() -> None:
    error = refusal({**CONFIG_MAP, "a": 1, "b": 2})
    assert error.message.endswith(
        ": errors:\n  .a: field not declared in schema\n  .b: field not declared in schema"
    )
