"""What a body may be, and what is said when it is something else."""

import pytest

from localcluster.api.bodies import LIMIT
from tests.localcluster.api.conftest import LAB, Client, configmap


def test_yaml_is_read(client: Client) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\ndata: {when: 2026-11-24}\n"
    refused = client.call(
        "POST", LAB + "/configmaps", text, Content_Type="application/yaml", fieldValidation="Strict"
    )
    assert refused.status == 201
    assert refused.json["data"] == {"when": "2026-11-24"}


def test_type_and_kind_may_be_left_out(client: Client) -> None:
    made = client.ok("POST", LAB + "/configmaps", {"metadata": {"name": "demo"}})
    assert (made["kind"], made["apiVersion"]) == ("ConfigMap", "v1")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({**configmap(), "kind": "Secret"}, "converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
        ({**configmap(), "kind": "Thing"}, 'no kind "Thing" is registered for version "v1"'),
        ({**configmap(), "apiVersion": "v2"}, 'no kind "ConfigMap" is registered for version "v2"'),
        ([], "it is no object that names a version and a kind"),
        ({"kind": 1}, "it is no object that names a version and a kind"),
        (
            "{broken",
            "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; "
            "json parse error: invalid character 'b' looking for beginning of object key string",
        ),
        ('{"metadata":{"name":"a"}', "unexpected end of JSON input"),
        (b"\xff", "not UTF-8"),
        ("[" * 100_000, "exceeded max depth"),
        (configmap(namespace="other"), "does not match the namespace sent on the request"),
        ({**configmap(), "metadata": 7}, "cannot unmarshal number into Go struct field ConfigMap.metadata"),
    ],
)
def test_what_is_not_the_object_is_refused(client: Client, body: object, message: str) -> None:
    answer = client.call("POST", LAB + "/configmaps", body)
    assert (answer.status, answer.json["reason"]) == (400, "BadRequest")
    assert message in answer.json["message"]


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"name": "other"}, "the name of the object (other) does not match the name on the URL (demo)"),
        ({}, "was undeterminable: name must be provided"),
        ({"name": "demo", "namespace": "other"}, "does not match the namespace sent on the request"),
    ],
)
def test_a_replacement_must_be_of_the_same_object(client: Client, meta: dict[str, str], message: str) -> None:
    answer = client.call("PUT", LAB + "/configmaps/demo", {"metadata": meta})
    assert answer.status == 400
    assert message in answer.json["message"]


def test_a_body_may_be_large_but_not_larger(client: Client) -> None:
    answer = client.call("POST", LAB + "/configmaps", b" " * (LIMIT + 1))
    assert (answer.status, answer.json["reason"]) == (413, "RequestEntityTooLarge")
