"""Pages, the revision they show, and selectors over HTTP."""

from typing import Any

import pytest

from localcluster.storage.store import HISTORY_CHANGES
from tests.localcluster.api.conftest import LAB, Client, World, configmap

MAPS = LAB + "/configmaps"


def names(listed: Any) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"]]


@pytest.fixture
def three(client: Client) -> Client:
    for name in ("a", "b", "c"):
        client.ok("POST", MAPS, configmap(name, labels={"name": name}))
    return client


def test_pages_show_one_moment(three: Client) -> None:
    first = three.ok("GET", MAPS, limit="1")
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["a"], 2)
    three.ok("DELETE", MAPS + "/b")
    three.ok("POST", MAPS, configmap("bb"))
    three.ok("PUT", MAPS + "/c", {**configmap("c"), "data": {"a": "new"}})
    second = three.ok("GET", MAPS, limit="5", **{"continue": first["metadata"]["continue"]})
    assert names(second) == ["b", "c"]
    assert second["items"][1]["data"] == {"a": "1"}
    assert second["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}
    assert names(three.ok("GET", MAPS)) == ["a", "bb", "c"]


def test_a_page_too_late_has_expired(world: World, three: Client) -> None:
    token = three.ok("GET", MAPS, limit="1")["metadata"]["continue"]

    def write() -> None:
        for number in range(HISTORY_CHANGES + 1):
            data = {"data": {"a": str(number)}}
            world.registry.modify("ConfigMap", "lab", "a", lambda one, data=data: one.update(data))  # type: ignore[misc]

    world.do(write)
    answer = three.call("GET", MAPS, **{"continue": token})
    assert (answer.status, answer.json["reason"]) == (410, "Expired")
    assert "start a new list without the continue parameter" in answer.json["message"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"continue": "nonsense"}, 400),
        ({"continue": "bnVsbA"}, 400),
        ({"continue": "e30"}, 400),
        ({"limit": "many"}, 400),
        ({"labelSelector": "a in b"}, 400),
        ({"timeoutSeconds": "x"}, 400),
        ({"resourceVersion": "x"}, 400),
        ({"resourceVersion": "999999"}, 504),
    ],
)
def test_bad_parameters_are_refused(client: Client, query: dict[str, str], status: int) -> None:
    answer = client.call("GET", MAPS, **query)
    assert (answer.status, answer.json["kind"]) == (status, "Status")


def test_a_past_revision_can_be_shown(three: Client) -> None:
    then = three.ok("GET", MAPS)["metadata"]["resourceVersion"]
    three.ok("DELETE", MAPS + "/a")
    exact = three.ok("GET", MAPS, resourceVersion=then, resourceVersionMatch="Exact")
    assert names(exact) == ["a", "b", "c"]
    assert exact["metadata"]["resourceVersion"] == then
    assert names(three.ok("GET", MAPS, resourceVersion=then)) == ["b", "c"]
    assert names(three.ok("GET", MAPS, resourceVersion="0")) == ["b", "c"]


def test_selectors_choose_and_hide_the_count(three: Client) -> None:
    first = three.ok("GET", MAPS, labelSelector="name in (a,c)", limit="1")
    assert names(first) == ["a"]
    assert "remainingItemCount" not in first["metadata"]
    rest = three.ok("GET", MAPS, labelSelector="name in (a,c)", **{"continue": first["metadata"]["continue"]})
    assert names(rest) == ["c"]
    assert names(
        three.ok("GET", "/api/v1/configmaps", fieldSelector="metadata.namespace=lab,metadata.name!=a")
    ) == [
        "b",
        "c",
    ]
