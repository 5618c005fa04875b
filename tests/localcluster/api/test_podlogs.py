"""`pods/log`: the choice of a container, the parameters, the stream."""

import http.client
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from localcluster.api import podlogs
from localcluster.errors import BadRequest, Invalid
from tests.localcluster.api.conftest import LAB, World, pod

LOG = LAB + "/pods/demo/log"


def test_lines_come_as_plain_text_with_the_options_asked_for(world: World) -> None:
    world.started_pod()
    world.logs.lines["demo", "greeter"] = [b"one\n", b"two\n"]
    moment = "2026-11-24T10:00:00Z"
    answer = world.client.call(
        "GET", LOG, tailLines="2", timestamps="true", previous="false", limitBytes="9", sinceTime=moment
    )
    assert (answer.status, answer.text) == (200, "one\ntwo\n")
    assert answer.header("Content-Type")[0].startswith("text/plain")
    (asked,) = world.logs.asked
    assert (asked.tail_lines, asked.timestamps, asked.previous, asked.limit_bytes) == (2, True, False, 9)
    assert asked.since == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_followed_log_is_open_while_it_is_silent(world: World) -> None:
    world.started_pod()
    world.logs.lines["demo", "greeter"] = []
    with world.client.open("GET", LOG, follow="true") as stream:
        assert stream.status == 200
    world.logs.lines["demo", "greeter"] = [b"one\n"]
    with world.client.open("GET", LOG, follow="true") as stream:
        assert stream.readline() == b"one\n"


def test_a_log_that_breaks_off_is_not_taken_for_whole(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def read(*_: Any) -> AsyncIterator[bytes]:
        yield b"one\n"
        raise OSError("no disk")

    world.started_pod()
    monkeypatch.setattr(world.logs, "read", read)
    with (
        world.client.open("GET", LOG) as stream,
        pytest.raises((http.client.IncompleteRead, ConnectionError)),
    ):
        stream.read()
    assert "no disk" in caplog.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tailLines": "-1"}, "tailLines"),
        ({"limitBytes": "0"}, "limitBytes"),
        ({"sinceSeconds": "0"}, "sinceSeconds"),
        ({"sinceSeconds": "5", "sinceTime": "2026-11-24T10:00:00Z"}, ""),
    ],
)
def test_numbers_out_of_range_are_invalid(query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        podlogs.log_options("demo", query)
    assert [error.field for error in caught.value.errors] == [field]


def test_what_is_asked_is_looked_at_before_the_pod(world: World) -> None:
    path = f"{LAB}/pods/none/log"
    assert world.client.call("GET", path, tailLines="-1").status == 422
    assert world.client.call("GET", path).status == 404


def test_times_must_be_times() -> None:
    with pytest.raises(BadRequest, match=r'^parsing time "yesterday" as '):
        podlogs.log_options("demo", {"sinceTime": "yesterday"})
    with pytest.raises(BadRequest, match=r"it has another layout$"):
        podlogs.log_options("demo", {"sinceTime": "2026-11-24 10:00:00Z"})
    since = podlogs.log_options("demo", {"sinceSeconds": "999999999999"}).since
    assert since is not None
    assert since.year == 1


def test_the_container_is_the_one_or_must_be_named() -> None:
    assert podlogs.choose_container(pod(), "") == "greeter"
    both = pod(containers=("greeter", "envoy"))
    assert podlogs.choose_container(both, "envoy") == "envoy"
    with pytest.raises(BadRequest, match=r"specified for pod demo, choose one of: \[greeter envoy\]"):
        podlogs.choose_container(both, "")
    with pytest.raises(BadRequest, match="container other is not valid for pod demo"):
        podlogs.choose_container(both, "other")


def test_a_pod_without_a_node_has_nothing_to_say(world: World) -> None:
    world.do(
        lambda: world.registry.create("Pod", {**pod(), "metadata": {"name": "demo", "namespace": "lab"}})
    )
    answer = world.client.call("GET", LOG)
    assert (answer.status, answer.text) == (204, "")
