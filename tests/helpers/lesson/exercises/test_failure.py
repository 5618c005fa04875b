"""The exercise of production/03-failure: clients that lose few calls although a pod hangs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from helpers.lesson.exercises import failure, hang_avoided, reading
from tests.helpers.fakes import fake_lab, made
from tests.helpers.observe.test_stats import greetings

EVEN, MANY_LOST = greetings("ab" * 45), greetings("ab" * 30, failed=30)


def lab(*args: str) -> Any:
    spec = {"template": {"spec": {"containers": [{"args": ["server", *args]}]}}}
    return fake_lab(made("Deployment", "demo-faulty", spec=spec))


HANGING = lab("--fault", "hang@0+3600")


def collected(monkeypatch: pytest.MonkeyPatch, *tables: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Hand out these tables, one for each look; what is left of them is returned."""
    left = iter(tables)
    monkeypatch.setattr(failure, "wait_ready", lambda *_: None)
    monkeypatch.setattr(reading, "collect_greetings", lambda *_, **__: next(left))
    return left


def test_few_failures_and_two_pods_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    collected(monkeypatch, greetings("ab" * 42, failed=6))
    verdict = hang_avoided(HANGING, "failure-round-robin")
    assert verdict.right
    assert "7% of 90 calls failed, and the clients use 2 pods" in verdict.sentence


def test_an_ejected_pod_that_is_tried_again_gets_another_look(monkeypatch: pytest.MonkeyPatch) -> None:
    left = collected(monkeypatch, MANY_LOST, EVEN, EVEN)
    assert hang_avoided(HANGING, "failure-round-robin").right
    assert len(list(left)) == 1


def test_clients_that_go_on_failing_are_named_with_their_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    collected(monkeypatch, *[MANY_LOST] * failure.TRIES)
    verdict = hang_avoided(HANGING, "failure-round-robin")
    assert verdict.right is False
    assert "33% of 90 calls failed (UNAVAILABLE)" in verdict.sentence


def test_one_pod_is_no_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    collected(monkeypatch, greetings("a" * 90))
    assert "The clients use 1 pod" in hang_avoided(HANGING, "failure-round-robin").sentence


@pytest.mark.parametrize(
    ("where", "says"),
    [(lab("--work", "0.05"), "does not hang any more"), (fake_lab(), "There is no Deployment demo-faulty")],
)
def test_a_fault_that_was_taken_away_is_no_repair(where: Any, says: str) -> None:
    verdict = hang_avoided(where, "failure-round-robin")
    assert verdict.right is False
    assert says in verdict.sentence
