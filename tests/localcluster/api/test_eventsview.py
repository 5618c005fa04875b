"""Events under events.k8s.io/v1 are the same events."""

from typing import Any

import pytest

from localcluster.api import eventsview
from tests.localcluster.api.conftest import LAB, Client

VIEW = "/apis/events.k8s.io/v1/namespaces/lab/events"
EVENT: dict[str, Any] = {
    "metadata": {"name": "demo.1", "namespace": "lab"},
    "regarding": {"kind": "Pod", "name": "demo", "namespace": "lab"},
    "note": "Started container greeter",
    "reason": "Started",
    "type": "Normal",
    "action": "Starting",
    "eventTime": "2026-11-24T10:00:00.000000Z",
    "reportingController": "kubelet",
    "reportingInstance": "local-node",
}


def test_written_in_the_new_form_read_in_the_old(client: Client) -> None:
    made = client.ok("POST", VIEW, EVENT)
    assert (made["apiVersion"], made["note"]) == ("events.k8s.io/v1", EVENT["note"])
    old = client.ok("GET", LAB + "/events/demo.1")
    assert (old["apiVersion"], old["message"]) == ("v1", EVENT["note"])
    assert old["involvedObject"] == EVENT["regarding"]
    assert old["reportingComponent"] == "kubelet"
    assert eventsview.inward(eventsview.outward(old)) == old


def test_lists_and_selectors_use_the_new_names(client: Client) -> None:
    client.ok("POST", VIEW, EVENT)
    for selector in ("regarding.name=demo", "reason=Started,regarding.kind=Pod", "involvedObject.name=demo"):
        listed = client.ok("GET", VIEW, fieldSelector=selector)
        assert [item["note"] for item in listed["items"]] == [EVENT["note"]]
    assert client.ok("GET", VIEW, fieldSelector="regarding.name=other")["items"] == []
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    table = client.ok("GET", VIEW, Accept=accept, includeObject="Object")
    assert table["rows"][0]["cells"][1:4] == ["Normal", "Started", "pod/demo"]
    assert table["rows"][0]["object"]["note"] == EVENT["note"]


@pytest.mark.parametrize("kind", ["merge", "strategic-merge"])
def test_a_patch_speaks_the_new_form_and_changes_the_old(client: Client, kind: str) -> None:
    client.ok("POST", VIEW, EVENT)
    change = {"series": {"count": 2, "lastObservedTime": "2026-11-24T00:00:00.000000Z"}}
    media_type = f"application/{kind}-patch+json"
    patched = client.ok("PATCH", VIEW + "/demo.1", change, Content_Type=media_type)
    assert (patched["note"], patched["series"]["count"]) == (EVENT["note"], 2)
    [held] = client.ok("GET", LAB + "/events")["items"]
    assert held["series"] == patched["series"]


def test_the_new_form_is_held_to_more_than_the_old(client: Client) -> None:
    wrong = {**EVENT, "type": "Odd", "deprecatedCount": 2, "eventTime": None}
    answer = client.call("POST", VIEW, wrong)
    assert answer.status == 422
    causes = [cause["field"] for cause in answer.json["details"]["causes"]]
    assert causes == ["eventTime", "type", "count"]
    client.ok("POST", VIEW, EVENT)
    media_type = "application/merge-patch+json"
    answer = client.call("PATCH", VIEW + "/demo.1", {"note": "again"}, Content_Type=media_type)
    assert [cause["field"] for cause in answer.json["details"]["causes"]] == ["message"]
    again = client.call("PATCH", LAB + "/events/demo.1", {"message": "x"}, Content_Type=media_type)
    assert again.status == 200


def test_a_patch_with_a_field_of_the_old_form_is_told_so(client: Client) -> None:
    client.ok("POST", VIEW, EVENT)
    media_type = "application/merge-patch+json"
    change = {"message": "again"}
    answer = client.call("PATCH", VIEW + "/demo.1", change, Content_Type=media_type, fieldValidation="Strict")
    assert answer.status == 422
    assert 'unknown field "message"' in answer.json["message"]
