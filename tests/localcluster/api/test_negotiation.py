"""Accept headers and content types."""

import pytest
import yaml

from localcluster.api import negotiation
from localcluster.errors import NotAcceptable, UnsupportedMediaType
from tests.localcluster.api.conftest import LAB, Client, configmap

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "shape"),
    [
        ("", "object"),
        ("*/*", "object"),
        ("application/json", "object"),
        ("application/vnd.kubernetes.protobuf,application/json", "object"),
        ("application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io,application/json", "object"),
        (f"{TABLE},application/json", "table"),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "object"),
        (f"application/json;q=0.5, {TABLE}", "table"),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "metadata list"),
        ("application/yaml", "object"),
    ],
)
def test_the_best_form_that_can_be_written_is_chosen(accept: str, shape: str) -> None:
    assert negotiation.shape(accept) == shape


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "application/json;q=x", "application/cbor"]
)
def test_other_forms_are_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="only the following media types are accepted"):
        negotiation.shape(accept)


def test_types_of_bodies() -> None:
    assert negotiation.body_type("") == "application/json"
    assert negotiation.body_type("Application/YAML; charset=utf-8") == "application/yaml"
    assert negotiation.body_type("application/vnd.kubernetes.protobuf") == negotiation.PROTOBUF
    with pytest.raises(UnsupportedMediaType, match="application/json, application/yaml, application/vnd"):
        negotiation.body_type("text/plain")
    with pytest.raises(UnsupportedMediaType, match="strategic-merge"):
        negotiation.patch_type("application/json")


def test_forms_over_http(client: Client) -> None:
    client.ok("POST", LAB + "/configmaps", configmap())
    assert client.call("GET", LAB + "/configmaps", Accept="text/html").status == 406
    table = client.ok("GET", LAB + "/configmaps", Accept=TABLE)
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"][:2] == ["demo", 1]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    whole = client.ok("GET", LAB + "/configmaps/demo", Accept=TABLE, includeObject="Object")
    assert whole["rows"][0]["object"]["data"] == {"a": "1"}
    none = client.ok("GET", LAB + "/configmaps/demo", Accept=TABLE, includeObject="None")
    assert "object" not in none["rows"][0]
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    partial = client.ok("GET", LAB + "/configmaps", Accept=accept)
    assert (partial["kind"], list(partial["items"][0])) == (
        "PartialObjectMetadataList",
        ["kind", "apiVersion", "metadata"],
    )


@pytest.mark.parametrize(
    ("path", "asked", "why"),
    [
        ("", "PartialObjectMetadata", "is a list"),
        ("/demo", "PartialObjectMetadataList", "is not a list"),
    ],
)
def test_metadata_of_one_and_of_many_are_two_forms(client: Client, path: str, asked: str, why: str) -> None:
    client.ok("POST", LAB + "/configmaps", configmap())
    accept = f"application/json;as={asked};v=v1;g=meta.k8s.io"
    answer = client.call("GET", f"{LAB}/configmaps{path}", Accept=accept)
    assert (answer.status, answer.json["reason"]) == (406, "NotAcceptable")
    assert answer.json["message"] == f"you requested {asked}, but the requested object {why}"


def test_a_table_includes_what_it_knows(client: Client) -> None:
    answer = client.call("GET", LAB + "/configmaps", Accept=TABLE, includeObject="All")
    assert answer.status == 400
    assert answer.json["message"] == (
        'Unable to convert to Table as requested: includeObject: Invalid value: "All": '
        "must be 'Metadata', 'Object', 'None', or empty"
    )
    assert client.ok("GET", LAB + "/configmaps", includeObject="All")["items"] == []


def test_answers_come_in_yaml_to_those_who_want_it(client: Client) -> None:
    client.ok("POST", LAB + "/configmaps", configmap())
    answer = client.call("GET", LAB + "/configmaps/demo", Accept="application/yaml")
    assert answer.header("Content-Type") == ["application/yaml"]
    assert yaml.safe_load(answer.text)["data"] == {"a": "1"}
    refused = client.call("GET", LAB + "/configmaps/none", Accept="application/yaml")
    assert (refused.status, yaml.safe_load(refused.text)["reason"]) == (404, "NotFound")
