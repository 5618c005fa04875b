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
        ("application/yaml", "object"),
    ],
)
def test_the_best_form_that_can_be_written_is_chosen(accept: str, shape: str) -> None:
    assert negotiation.shape(accept) == shape


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
        "application/json;q=0",
        "application/json;q=x",
        "application/cbor",
    ],
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


def test_answers_come_in_yaml_to_those_who_want_it(client: Client) -> None:
    client.ok("POST", LAB + "/configmaps", configmap())
    answer = client.call("GET", LAB + "/configmaps/demo", Accept="application/yaml")
    assert answer.header("Content-Type") == ["application/yaml"]
    assert yaml.safe_load(answer.text)["data"] == {"a": "1"}
    refused = client.call("GET", LAB + "/configmaps/none", Accept="application/yaml")
    assert (refused.status, yaml.safe_load(refused.text)["reason"]) == (404, "NotFound")
