"""Watches over HTTP."""

import http.client
import json
from typing import Any

import pytest

from localcluster.api import watching
from localcluster.storage.store import History
from tests.localcluster.api.conftest import LAB, Client, World, configmap
from tests.patience import until

MAPS = LAB + "/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def events(stream: http.client.HTTPResponse, count: int) -> list[Any]:
    return [json.loads(stream.readline()) for _ in range(count)]


def told(found: list[Any]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in found]


def test_it_begins_with_what_there_is(client: Client) -> None:
    client.ok("POST", MAPS, configmap("old"))
    client.ok("POST", "/api/v1/namespaces/default/configmaps", configmap("elsewhere"))
    with client.open("GET", MAPS, watch="true") as stream:
        assert stream.getheader("Content-Type") == "application/json"
        client.ok("POST", MAPS, configmap("new"))
        assert told(events(stream, 2)) == [("ADDED", "old"), ("ADDED", "new")]


def test_it_resumes_after_a_revision(client: Client) -> None:
    revision = client.ok("POST", MAPS, configmap("old"))["metadata"]["resourceVersion"]
    client.ok("POST", MAPS, configmap("missed"))
    gone = client.ok("DELETE", MAPS + "/old")
    assert gone["status"] == "Success"
    with client.open("GET", MAPS, watch="1", resourceVersion=revision) as stream:
        found = events(stream, 2)
    assert told(found) == [("ADDED", "missed"), ("DELETED", "old")]
    revisions = [int(event["object"]["metadata"]["resourceVersion"]) for event in found]
    assert revisions == [int(revision) + 1, int(revision) + 2]


def test_leaving_the_selector_is_a_deletion_of_what_it_was(client: Client) -> None:
    with client.open("GET", MAPS, watch="true", labelSelector="v=1") as stream:
        client.ok("POST", MAPS, configmap("one", labels={"v": "1"}))
        client.ok("PUT", MAPS + "/one", configmap("one", labels={"v": "1", "w": "1"}))
        left = client.ok("PUT", MAPS + "/one", configmap("one", labels={"v": "2"}))
        client.ok("DELETE", MAPS + "/one")
        client.ok("POST", MAPS, configmap("two", labels={"v": "1"}))
        found = events(stream, 4)
    assert told(found) == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one"), ("ADDED", "two")]
    assert found[2]["object"]["metadata"]["labels"] == {"v": "1", "w": "1"}
    assert found[2]["object"]["metadata"]["resourceVersion"] == left["metadata"]["resourceVersion"]


def test_a_streaming_list_says_where_the_list_ends(client: Client) -> None:
    client.ok("POST", MAPS, configmap("old"))
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    with client.open("GET", MAPS, watch="true", **query) as stream:
        found = events(stream, 2)
    assert told(found) == [("ADDED", "old"), ("BOOKMARK", "")]
    assert found[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    now = client.ok("GET", MAPS)["metadata"]["resourceVersion"]
    assert found[1]["object"]["metadata"]["resourceVersion"] == now


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"sendInitialEvents": "true"}, 422),
        ({"sendInitialEvents": "true", "resourceVersionMatch": "Exact"}, 422),
        ({"resourceVersion": "abc"}, 500),
        ({"timeoutSeconds": "x"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, query: dict[str, str], status: int) -> None:
    assert client.call("GET", MAPS, watch="true", **query).status == status


def test_a_forgotten_revision_is_an_error_event_and_the_end(world: World) -> None:
    store = world.registry.store
    store.history = History(store.revision)
    answer = world.client.call("GET", MAPS, watch="true", resourceVersion="1")
    assert answer.status == 200
    event = answer.json
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_the_time_over_ends_it_with_a_bookmark(client: Client) -> None:
    client.ok("POST", MAPS, configmap("old"))
    answer = client.call("GET", MAPS, watch="true", timeoutSeconds="1", allowWatchBookmarks="true")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert told(found) == [("ADDED", "old"), ("BOOKMARK", "")]


def test_the_columns_of_a_table_are_told_once(client: Client) -> None:
    client.ok("POST", MAPS, configmap("one"))
    with client.open("GET", MAPS, watch="true", Accept=TABLE) as stream:
        client.ok("POST", MAPS, configmap("two"))
        tables = [event["object"] for event in events(stream, 2)]
    assert [len(table["columnDefinitions"]) for table in tables] == [3, 0]
    assert [table["rows"][0]["cells"][0] for table in tables] == ["one", "two"]


def test_a_reader_too_slow_is_let_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_WAITING", 0)
    with world.client.open("GET", MAPS, watch="true") as stream:
        world.client.ok("POST", MAPS, configmap("new"))
        assert stream.read() == b""


def listeners(world: World) -> int:
    return world.do(lambda: len(world.registry.store._listeners))


def test_a_reader_that_left_is_forgotten(world: World) -> None:
    stream = world.client.open("GET", MAPS, watch="true")
    assert listeners(world) == 1
    stream.close()
    until(lambda: world.client.call("GET", "/readyz") and not listeners(world))


def test_the_end_of_the_server_is_the_end_of_its_streams() -> None:
    world = World()
    with world.client.open("GET", MAPS, watch="true") as stream:
        world.close()
        assert stream.read() == b""
