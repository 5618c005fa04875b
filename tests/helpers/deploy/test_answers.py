"""The first answered greeting of each client: what is waited for, and what ends the wait without one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from kubernetes.client import ApiException

from helpers.deploy.answers import wait_answered
from helpers.lab.objects import Object
from tests.helpers.fakes import fake_lab, made, pod, refused
from tests.patience import PATIENCE

REFUSED = "2026/11/24 10:00:00 Error: UNAVAILABLE: Connection refused\n"
ANSWERED = '2026/11/24 10:00:01 Greeting: "demo-1" says: Hello world\n'


class Log:
    """A log as the API streams it."""

    def __init__(self, *lines: str, then: Callable[[], object] = lambda: None) -> None:
        self.lines: Iterable[str] = lines
        self.then, self.closed = then, False

    def stream(self, **_options: object) -> Iterator[bytes]:
        for line in self.lines:
            yield line.encode()
        self.then()

    def close(self) -> None:
        self.closed = True


class Logs:
    """The logs of pods, one after the other for each."""

    def __init__(self, **logs: list[Log | ApiException]) -> None:
        self.logs, self.asked = logs, list[tuple[str, bool]]()

    def read_namespaced_pod_log(self, name: str, _: str, *, follow: bool, **_options: object) -> Log:
        self.asked.append((name, follow))
        found = self.logs[name].pop(0)
        if isinstance(found, ApiException):
            raise found
        return found


def client(name: str) -> Object:
    return made("Deployment", f"client-{name}", spec={"selector": {"matchLabels": {"app": name}}})


def place_of(logs: Logs, *pods: str) -> Any:
    return fake_lab(*(pod(name, labels={"app": name[0]}) for name in pods), core=logs)


def soon() -> float:
    return time.monotonic() + PATIENCE


def test_each_client_is_followed_until_its_first_answer() -> None:
    logs = [Log(REFUSED, REFUSED, ANSWERED, then=lambda: pytest.fail("read on")) for _ in range(3)]
    told = Logs(a1=[logs[0]], a2=[logs[1]], b1=[logs[2]])
    place = place_of(told, "a1", "a2", "b1")
    assert wait_answered(place, [client("a"), made("Deployment", "demo"), client("b")], soon()) == []
    assert told.asked == [("a1", True), ("a2", True), ("b1", True)]
    assert all(log.closed for log in logs)


def test_a_log_that_broke_off_is_read_again() -> None:
    told = Logs(a1=[ApiException(status=400), Log(REFUSED), Log(ANSWERED)])
    place = place_of(told, "a1")
    place.objects.meanwhile = [lambda: None, lambda: None]
    assert wait_answered(place, [client("a")], soon()) == []
    assert told.logs["a1"] == []


def test_at_the_deadline_each_is_looked_at_once_and_the_silent_are_named() -> None:
    told = Logs(a1=[Log(REFUSED)], a2=[Log(ANSWERED)], b1=[ApiException(status=404)])
    place = place_of(told, "a1", "a2", "b1")
    assert wait_answered(place, [client("a"), client("b")], time.monotonic() - 1) == ["a1", "b1"]
    assert told.asked == [("a1", False), ("a2", False), ("b1", False)]


def test_a_client_that_fails_all_the_while_ends_the_wait_at_the_deadline() -> None:
    deadline = time.monotonic() + 0.2

    def failing() -> Iterator[str]:
        while True:
            yield REFUSED

    log = Log()
    log.lines = failing()
    assert wait_answered(place_of(Logs(a1=[log]), "a1"), [client("a")], deadline) == ["a1"]
    assert time.monotonic() >= deadline


def test_without_the_right_to_read_logs_the_lesson_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    told = Logs(a1=[refused(403, 'User \\"u\\" cannot get resource \\"pods/log\\" in API group')])
    assert wait_answered(place_of(told, "a1"), [client("a")], soon()) == []
    said = capsys.readouterr().out
    assert "Whether the clients are answered is not known" in said
    assert 'resources: ["pods/log"]' in said
