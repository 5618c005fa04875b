"""The parts of definitions by name, as patches and OpenAPI ask for them."""

import pytest

from localcluster.objects import lists, schema
from localcluster.objects.custom import models
from localcluster.objects.lists import ListRule


def test_a_part_is_found_by_its_path_through_lists() -> None:
    listener = models.find("V1Gateway.spec.listeners")
    assert listener
    assert set(listener["properties"]) == {"allowedRoutes", "hostname", "name", "port", "protocol", "tls"}
    assert models.find("V1Deployment") is None


@pytest.mark.parametrize(
    ("model", "field", "rule"),
    [
        ("V1Gateway.spec", "listeners", ListRule(("name",))),
        ("V1Gateway.status", "conditions", ListRule(("type",))),
        ("V1GRPCRoute.spec", "rules", None),
        ("V1GRPCRoute.spec.rules.matches", "headers", ListRule(("name",))),
    ],
)
def test_lists_merge_as_the_definition_says(model: str, field: str, rule: ListRule | None) -> None:
    assert lists.rule(model, field) == rule


def test_a_selector_is_one_whole() -> None:
    assert lists.atomic_struct("V1Gateway.spec.listeners.allowedRoutes.namespaces.selector")
    assert not lists.atomic_struct("V1Gateway.spec.listeners")


def test_metadata_is_that_of_every_kind() -> None:
    assert schema.fields("V1GRPCRoute")["metadata"].type.model == "V1ObjectMeta"
    assert schema.fields("V1GRPCRoute.spec")["hostnames"].type.go_name == "[]string"
