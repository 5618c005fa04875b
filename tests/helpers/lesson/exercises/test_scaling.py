"""The exercise of production/01-scaling: clients that use a new pod in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from helpers.lesson.exercises import new_pod_used, scaling
from helpers.observe.arrivals import Records
from tests.helpers.fakes import fake_lab, made
from tests.helpers.observe.test_arrivals import ARRIVED, records

AGED = ("server", "--max-connection-age=3")
LATE = pd.Timedelta(seconds=20)


def lab(*server: str, client: tuple[str, ...] = ()) -> Any:
    def deployment(name: str, *args: str) -> Any:
        return made(
            "Deployment",
            name,
            spec={"replicas": 4, "template": {"spec": {"containers": [{"args": list(args)}]}}},
        )

    return fake_lab(deployment("demo", *server), deployment("client-scaling", "client", *client))


@pytest.fixture
def scaled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the check scales, to how many; its clock has seconds that pass at once."""
    found: list[tuple[str, int]] = []
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(scaling, "wait_ready", lambda *_: None)

    def scale(_: Any, name: str, replicas: int) -> Any:
        found.append((name, replicas))
        return ARRIVED

    monkeypatch.setattr(scaling, "scale", scale)
    return found


def logged(monkeypatch: pytest.MonkeyPatch, change: Callable[[Records], Records]) -> None:
    monkeypatch.setattr(scaling, "read_records", lambda *_: change(records()))


def only_the_first(found: Records) -> Records:
    return Records(found.greetings.query("client == 'c1'"), found.queries)


def test_clients_that_use_the_new_pod_in_time_are_right(
    scaled: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(monkeypatch, only_the_first)
    verdict = new_pod_used(lab(*AGED), "demo", "scaling", within=10)
    assert verdict.right
    assert "1 clients used it after 1.5 to 1.5 s" in verdict.sentence
    assert scaled == [("demo", 5)]


@pytest.mark.parametrize(
    ("client", "says"),
    [((), "may ask DNS only once in 30 s"), (("--resolution-interval", "20"), "let a client wait together")],
)
def test_a_client_that_has_not_is_said_with_what_it_waits_for(
    client: tuple[str, ...], says: str, scaled: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(monkeypatch, lambda found: found)
    verdict = new_pod_used(lab(*AGED, client=client), "demo", "scaling", within=10)
    assert verdict.right is False
    assert "1 of 2 clients have not used the new pod 10 s after it listened" in verdict.sentence
    assert says in verdict.sentence
    assert scaled


def test_a_new_pod_that_was_used_too_late_is_not_in_time(
    scaled: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(monkeypatch, only_the_first)
    assert new_pod_used(lab(*AGED), "demo", "scaling", within=1).right is False
    assert scaled


def later(found: Records) -> Records:
    greetings = only_the_first(found).greetings
    after = greetings["time"] > ARRIVED.started
    return Records(
        greetings.assign(time=greetings["time"].where(~after, greetings["time"] + LATE)), found.queries
    )


@pytest.mark.parametrize(("interval", "right"), [("1", True), ("20", False), ("soon", False)])
def test_quick_settings_have_the_time_that_a_caching_dns_server_takes(
    interval: str, right: bool, scaled: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(monkeypatch, later)
    options = ("--resolution-interval", interval)
    verdict = new_pod_used(lab(*AGED, client=options), "demo", "scaling", within=10)
    assert verdict.right is right
    assert ("cache of the cluster's DNS server" in verdict.sentence) is right
    assert scaled


def test_a_server_without_an_age_is_said_before_anything_is_scaled(scaled: list[tuple[str, int]]) -> None:
    verdict = new_pod_used(lab("server"), "demo", "scaling", within=10)
    assert verdict.right is False
    assert "have no --max-connection-age" in verdict.sentence
    assert scaled == []
