"""Events under events.k8s.io/v1 are the same events, to be read."""

from typing import Any

import pytest

from tests.localcluster.api.conftest import LAB, Client

VIEW = "/apis/events.k8s.io/v1/namespaces/lab/events"
EVENT: dict[str, Any] = {
    "metadata": {"name": "demo.1", "namespace": "lab"},
    "involvedObject": {"kind": "Pod", "name": "demo", "namespace": "lab"},
    "message": "Started container greeter",
    "reason": "Started",
    "type": "Normal",
    "reportingComponent": "kubelet",
}


def test_the_newer_form_has_other_names(client: Client) -> None:
    client.ok("POST", f"{LAB}/events", EVENT)
    for event in (client.ok("GET", f"{VIEW}/demo.1"), *client.ok("GET", VIEW)["items"]):
        assert (event["note"], event["regarding"]) == (EVENT["message"], EVENT["involvedObject"])
        assert event["reportingController"] == "kubelet"
        assert "message" not in event
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    table = client.ok("GET", VIEW, Accept=accept, includeObject="Object")
    assert table["rows"][0]["cells"][1:4] == ["Normal", "Started", "pod/demo"]
    assert table["rows"][0]["object"]["note"] == EVENT["message"]


@pytest.mark.parametrize(("method", "path"), [("POST", VIEW), ("PATCH", f"{VIEW}/demo.1")])
def test_events_are_written_in_the_core_form_only(client: Client, method: str, path: str) -> None:
    answer = client.call(method, path, {}, Content_Type="application/merge-patch+json")
    assert (answer.status, answer.json["reason"]) == (405, "MethodNotAllowed")
