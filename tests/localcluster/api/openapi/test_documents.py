"""The OpenAPI documents hold together and say what kubectl looks for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcluster.api.openapi import documents, swagger
from localcluster.storage.resources import EVENTS_VIEW, REVIEWS, SERVED
from tests.localcluster.api.conftest import Client

DOCUMENTS = sorted(documents.index()["paths"])


def document(path: str) -> Any:
    text = documents.document(path)
    assert text
    return json.loads(text)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_reference_leads_somewhere(path: str) -> None:
    found = document(path)
    schemas = found["components"]["schemas"]
    missing = {one for one in references(found) if one.removeprefix("#/components/schemas/") not in schemas}
    assert not missing
    assert all(schema["properties"] for schema in schemas.values())


def test_every_kind_has_its_schema_and_paths() -> None:
    for resource in SERVED:
        prefix = "apis/" if resource.group else "api/"
        found = document(prefix + resource.api_version)
        kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        schemas = found["components"]["schemas"].values()
        assert [one for one in schemas if kind in one.get("x-kubernetes-group-version-kind", [])]
        operations = [
            operation
            for item in found["paths"].values()
            for method, operation in item.items()
            if method != "parameters" and operation["x-kubernetes-group-version-kind"] == kind
        ]
        actions = {operation["x-kubernetes-action"] for operation in operations}
        expected = {"get", "list", "post", "put", "delete"}
        if resource in REVIEWS or resource is EVENTS_VIEW:
            expected = {"post"} if resource in REVIEWS else {"get", "list"}
        assert actions >= expected


def test_a_patch_tells_that_fields_are_validated() -> None:
    patch = document("apis/apps/v1")["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"][
        "patch"
    ]
    names = {parameter["name"] for parameter in patch["parameters"]}
    assert names == {"dryRun", "fieldManager", "fieldValidation", "force"}


def test_lists_tell_how_they_merge() -> None:
    schemas = document("api/v1")["components"]["schemas"]
    containers = schemas["PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    assert schemas["ObjectMeta"]["properties"]["finalizers"]["x-kubernetes-list-type"] == "set"
    assert schemas["Container"]["properties"]["args"]["x-kubernetes-list-type"] == "atomic"
    ports = schemas["ServicePort"]["properties"]["targetPort"]
    assert ports["format"] == "int-or-string"


def test_they_are_served(client: Client) -> None:
    address = client.ok("GET", "/openapi/v3")["paths"]["apis/apps/v1"]["serverRelativeURL"]
    assert client.ok("GET", address)["openapi"] == "3.0.0"
    assert client.call("GET", "/openapi/v3/apis/none/v1").status == 404


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/json"),
        ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", swagger.PROTOBUF),
    ],
)
def test_the_older_document_describes_nothing(client: Client, accept: str, content_type: str) -> None:
    answer = client.call("GET", "/openapi/v2", Accept=accept)
    assert (answer.status, answer.header("Content-Type")[0].partition(";")[0]) == (200, content_type)
    body, told = swagger.document(accept)
    assert told == content_type
    assert b"Kubernetes" in body
