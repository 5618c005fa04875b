"""Events under events.k8s.io/v1 are the same events."""

from typing import Any

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


def test_patches_are_for_the_old_form(client: Client) -> None:
    client.ok("POST", VIEW, EVENT)
    answer = client.call("PATCH", VIEW + "/demo.1", {}, Content_Type="application/merge-patch+json")
    assert answer.status == 405
