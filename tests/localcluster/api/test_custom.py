"""Custom kinds over HTTP: served like the others, and different where Kubernetes makes them so."""

from typing import Any

import pytest

from tests.localcluster.api.conftest import Answer, Client
from tests.localcluster.objects.custom import samples

ROOT = "/apis/gateway.networking.k8s.io/v1"
LAB = f"{ROOT}/namespaces/lab"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


def fields(obj: Any, manager: str) -> Any:
    entries = obj["metadata"]["managedFields"]
    return next(one["fieldsV1"] for one in entries if one["manager"] == manager)


def test_an_object_waits_for_its_controller_and_cannot_bring_a_status(client: Client) -> None:
    sent = {**samples.gateway(), "status": {"addresses": [{"value": "192.0.2.1"}]}}
    made = client.ok("POST", LAB + "/gateways", sent)
    assert made["metadata"]["generation"] == 1
    assert [(one["type"], one["status"], one["reason"]) for one in made["status"]["conditions"]] == [
        ("Accepted", "Unknown", "Pending"),
        ("Programmed", "Unknown", "Pending"),
    ]
    assert "addresses" not in made["status"]
    assert "status" not in client.ok("POST", LAB + "/grpcroutes", samples.route())


def test_a_status_is_held_against_the_schema_too(client: Client) -> None:
    client.ok("POST", LAB + "/grpcroutes", samples.route())
    answer = client.call(
        "PATCH", LAB + "/grpcroutes/demo/status", {"status": {"parents": [{}]}}, Content_Type=MERGE
    )
    assert answer.status == 422
    assert "status.parents[0].controllerName: Required value" in answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path", "media_type"),
    [
        ("PATCH", "/grpcroutes/demo", "application/strategic-merge-patch+json"),
        ("POST", "/grpcroutes", "application/vnd.kubernetes.protobuf"),
    ],
)
def test_what_needs_a_type_of_go_is_not_understood(
    client: Client, method: str, path: str, media_type: str
) -> None:
    answer = client.call(method, LAB + path, samples.route(), Content_Type=media_type)
    assert answer.status == 415


def test_an_update_names_the_version_it_changes(client: Client) -> None:
    client.ok("POST", LAB + "/grpcroutes", samples.route())
    answer = client.call("PUT", LAB + "/grpcroutes/demo", samples.route(hostnames=["a.example"]))
    assert answer.status == 422
    assert (
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
        in answer.json["message"]
    )


def test_appliers_own_listeners_by_name_and_rules_as_a_whole(client: Client) -> None:
    path = LAB + "/gateways/demo"
    query = {"fieldManager": "one", "Content_Type": APPLY}
    client.ok("PATCH", path, samples.gateway(), **query)
    other = samples.gateway(samples.listener("tls", 8443, "HTTPS", tls=samples.tls()))
    merged = client.ok("PATCH", path, other, **{**query, "fieldManager": "two"})
    assert [one["name"] for one in merged["spec"]["listeners"]] == ["grpc", "tls"]
    assert 'k:{"name":"grpc"}' in fields(merged, "one")["f:spec"]["f:listeners"]
    client.ok("PATCH", LAB + "/grpcroutes/demo", samples.route(), **query)
    changed = samples.route({"backendRefs": [samples.backend("canary")]})
    answer = client.call("PATCH", LAB + "/grpcroutes/demo", changed, **{**query, "fieldManager": "two"})
    assert answer.status == 409
    assert '"one":' in answer.json["message"]
    assert "- .spec.rules" in answer.json["message"].splitlines()


def test_another_kind_is_invalid_and_not_unreadable(client: Client) -> None:
    for answer in (
        client.call("POST", LAB + "/gateways", {**samples.gateway(), "kind": "GRPCRoute"}),
        _renamed(client),
    ):
        assert answer.status == 422
        [cause] = answer.json["details"]["causes"]
        assert cause["field"] == "kind"
        assert cause["message"].endswith(": must be Gateway")


def _renamed(client: Client) -> Answer:
    client.ok("POST", LAB + "/gateways", samples.gateway())
    media_type = "application/merge-patch+json"
    return client.call("PATCH", LAB + "/gateways/demo", {"kind": "Other"}, Content_Type=media_type)
