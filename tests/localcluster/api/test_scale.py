"""The scale subresource."""

import pytest

from tests.localcluster.api.conftest import APPS, Client, deployment

SCALE = APPS + "/deployments/demo/scale"
MERGE = "application/merge-patch+json"


@pytest.fixture
def scaled(client: Client) -> Client:
    client.ok("POST", APPS + "/deployments", deployment())
    return client


def test_it_shows_replicas_and_selector(scaled: Client) -> None:
    shown = scaled.ok("GET", SCALE)
    assert (shown["kind"], shown["apiVersion"], shown["spec"]) == ("Scale", "autoscaling/v1", {"replicas": 2})
    assert shown["status"] == {"replicas": 0, "selector": "app=demo"}


def test_a_scale_of_another_object_is_a_conflict(scaled: Client) -> None:
    shown = scaled.ok("GET", SCALE)
    other = {**shown, "metadata": {**shown["metadata"], "uid": "another"}}
    answer = scaled.call("PUT", SCALE, other)
    assert (answer.status, "UID in precondition: another" in answer.json["message"]) == (409, True)


def test_it_has_a_table_of_its_own(scaled: Client) -> None:
    table = scaled.ok("GET", SCALE, Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    columns = [column["name"] for column in table["columnDefinitions"]]
    assert columns == ["Name", "Desired", "Available", "Age"]
    assert table["rows"][0]["cells"][:3] == ["demo", 2, 0]


@pytest.mark.parametrize("media_type", [MERGE, "application/strategic-merge-patch+json"])
def test_it_is_patched(scaled: Client, media_type: str) -> None:
    assert scaled.ok("PATCH", SCALE, {"spec": {"replicas": 5}}, Content_Type=media_type)["spec"] == {
        "replicas": 5
    }
    held = scaled.ok("GET", APPS + "/deployments/demo")
    assert (held["spec"]["replicas"], held["metadata"]["generation"]) == (5, 2)


def test_it_is_replaced_unless_it_is_old_or_wrong(scaled: Client) -> None:
    shown = scaled.ok("GET", SCALE)
    assert scaled.ok("PUT", SCALE, {**shown, "spec": {"replicas": 3}})["spec"] == {"replicas": 3}
    assert scaled.call("PUT", SCALE, shown).status == 409
    del shown["metadata"]["resourceVersion"]
    refused = scaled.call("PUT", SCALE, {**shown, "spec": {"replicas": -1}})
    assert refused.status == 422
    assert refused.json["message"].startswith(
        'Scale.autoscaling "demo" is invalid: spec.replicas: Invalid value: -1'
    )
    assert scaled.call("PUT", SCALE, {**shown, "kind": "Deployment"}).status == 400


def test_it_can_be_tried(scaled: Client) -> None:
    change = {"spec": {"replicas": 9}}
    assert scaled.ok("PATCH", SCALE, change, Content_Type=MERGE, dryRun="All")["spec"] == {"replicas": 9}
    assert scaled.ok("GET", SCALE)["spec"] == {"replicas": 2}


def owners(client: Client) -> dict[tuple[str, str], str]:
    entries = client.ok("GET", APPS + "/deployments/demo")["metadata"]["managedFields"]
    return {
        (one["manager"], one["operation"]): one.get("subresource", "")
        for one in entries
        if "f:replicas" in one["fieldsV1"].get("f:spec", {})
    }


def test_a_scale_is_not_applied(scaled: Client) -> None:
    answer = scaled.call("PATCH", SCALE, {}, Content_Type="application/apply-patch+yaml", fieldManager="lab")
    assert (answer.status, "send another patch" in answer.json["message"]) == (415, True)


def test_who_scales_owns_the_replicas_at_the_scale(scaled: Client) -> None:
    scaled.ok("PATCH", SCALE, {"spec": {"replicas": 9}}, Content_Type=MERGE, fieldManager="kubectl")
    assert owners(scaled) == {("kubectl", "Update"): "scale"}
