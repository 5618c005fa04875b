"""Applied configurations are held against their schema first."""

from typing import Any

import pytest

from localcluster.errors import ApiError, BadRequest, TypedError
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
    assert "cannot unmarshal array" in refusal([]).message


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"dta": {}}, ".dta: field not declared in schema"),
        ({"data": {"a": 1}}, ".data.a: expected string, got &value.valueUnstructured{Value:1}"),
        ({"data": ["a"]}, ".data: expected map, got &{[a]}"),
        ({"immutable": "yes"}, ".immutable: expected boolean, got &{yes}"),
        (
            {"metadata": {"generation": "x"}},
            ".metadata.generation: expected numeric (int or float), got string",
        ),
        (
            {"metadata": {"finalizers": ["a/b", "a/b"]}},
            '.metadata.finalizers: duplicate entries for key [="a/b"]',
        ),
        ({"metadata": []}, ".metadata: expected map, got &{[]}"),
    ],
)
def test_what_does_not_fit_the_schema_is_told(fields: Object, problem: str) -> None:
    error = refusal({**CONFIG_MAP, **fields})
    assert isinstance(error, TypedError)
    assert error.status().keys().isdisjoint({"reason", "details"})
    assert error.message.endswith(f"; /v1, Kind=ConfigMap): {problem}")


@pytest.mark.parametrize(
    ("ports", "problem"),
    [
        ({"port": 1}, ".spec.ports: expected list, got &{map[port:1]}"),
        (
            [{"port": 1}, {"port": 1}],
            '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
        ),
        (
            [{"name": "a"}],
            '.spec.ports: element 0: associative list with keys has an element that omits key field "port" '
            "(and doesn't have default value)",
        ),
        (["x"], ".spec.ports: element 0: associative list with keys may not have non-map elements"),
        (
            [{"port": "x"}],
            '.spec.ports[port="x",protocol="TCP"].port: expected numeric (int or float), got string',
        ),
    ],
)
def test_a_keyed_list_is_a_list_of_items_with_keys(ports: Any, problem: str) -> None:
    error = refusal({**SERVICE, "spec": {"ports": ports}}, "Service")
    assert error.message == f"failed to create typed patch object (/; /v1, Kind=Service): {problem}"


def test_several_problems_are_told_together() -> None:
    error = refusal({**CONFIG_MAP, "a": 1, "b": 2})
    assert error.message.endswith(
        ": errors:\n  .a: field not declared in schema\n  .b: field not declared in schema"
    )
