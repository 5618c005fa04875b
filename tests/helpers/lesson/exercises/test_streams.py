"""The exercise of production/04-streams: a stream that is silent for longer than nginx waits."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.lesson.exercises import silent_stream_lives, streams
from tests.helpers.fakes import fake_lab, made
from tests.helpers.observe.test_stats import greetings


def lab(timeout: str | None = "2", *args: str) -> Any:
    annotations = {} if timeout is None else {streams.TIMEOUT: timeout}
    spec = {"template": {"spec": {"containers": [{"args": ["stream", *args]}]}}}
    return fake_lab(
        made("Ingress", "demo-streams", metadata={"annotations": annotations}),
        made("Deployment", "client-streams-silent", spec=spec),
    )


def verdict(where: Any) -> Any:
    return silent_stream_lives(where, "demo-streams", "streams-silent")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (lab("60", "--interval", "4"), "nginx waits 60 s"),
        (lab(None, "--interval", "4"), "nginx waits 60 s"),
        (lab("2", "--interval", "4", "--interval=1"), "one each 1 s per stream"),
        (lab("2"), "one each 1 s per stream"),
    ],
)
def test_a_longer_timeout_or_more_messages_keep_a_stream(
    where: Any, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "settled", lambda *_: greetings("aabbcc"))
    assert verdict(where).right
    assert says in verdict(where).sentence


def test_a_stream_that_is_cut_all_the_same_is_no_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "settled", lambda *_: greetings("aabb", failed=2))
    assert verdict(lab("60", "--interval", "4")).right is False
    assert "2 of 6 log lines" in verdict(lab("60", "--interval", "4")).sentence


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (lab("2", "--interval", "4"), "cuts a stream after 2 s without a message, and these clients get one"),
        (lab("long", "--interval", "4"), "has to be seconds after nginx.ingress.kubernetes.io"),
        (fake_lab(), "There is no Ingress demo-streams"),
        (fake_lab(made("Ingress", "demo-streams")), "There is no Deployment client-streams-silent"),
    ],
)
def test_what_is_wrong_is_said_without_waiting(where: Any, says: str) -> None:
    assert verdict(where).right is False
    assert says in verdict(where).sentence
