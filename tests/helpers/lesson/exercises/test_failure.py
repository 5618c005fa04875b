"""The exercise of production/03-failure: what was measured, and what it may be at most."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from helpers.lesson.exercises import left_out
from tests.helpers.fakes import fake_lab, made

COUNTS = pd.DataFrame(
    [
        ("failure-outlier", "a", "hang", 5, 1.4),
        ("failure-outlier", "b", "hang", 6, 1.6),
        ("failure-outlier", "c", "hang", 6, 2.0),
        ("failure-outlier", "a", "slow", 9, 2.4),
        ("failure-round-robin", "d", "hang", 12, 3.9),
    ],
    columns=["variant", "client", "fault", "failed", "seconds"],
)


def lab(interval: str = "1s", deadline: str = "0.5") -> Any:
    policy = {"outlier_detection_experimental": {"interval": interval}}
    config = json.dumps({"loadBalancingConfig": [policy]})
    args = ["client", "x", "--service-config", config, "--deadline", deadline]
    spec = {"template": {"spec": {"containers": [{"args": args}]}}}
    return fake_lab(made("Deployment", "client-failure-outlier", spec=spec))


@pytest.mark.parametrize("slowest", [2.0, 1.96])
def test_two_intervals_and_a_deadline(slowest: float) -> None:
    verdict = left_out(lab(), COUNTS, slowest, 2.5)
    assert verdict.right
    assert "Your slowest needed 2.0 s" in verdict.sentence


def test_interval_and_deadline_are_those_of_the_live_client() -> None:
    assert left_out(lab("10s", "3"), COUNTS, 2.0, 23).right
    assert left_out(lab("10s", "3"), COUNTS, 2.0, 2.5).right is False


@pytest.mark.parametrize(
    ("slowest", "says"),
    [
        (1.4, "the quickest of the three"),
        (1.67, "the mean of the three"),
        (1.6, "in the middle"),
        (6, "how many greetings failed"),
        (3.9, "failure-round-robin during hang"),
        (2.4, "failure-outlier during slow"),
        (0.7, "Which rows of counts"),
        ("2.0", "of type str"),
    ],
)
def test_another_measurement_is_named(slowest: object, says: str) -> None:
    verdict = left_out(lab(), COUNTS, slowest, 2.5)
    assert verdict.right is False
    assert says in verdict.sentence


@pytest.mark.parametrize(
    ("at_most", "says"),
    [
        (1.5, "Your own slowest client had a failure after 2.0 s"),
        (2.0, "Two things count"),
        (2.2, "in the middle of an interval"),
        (4, "It is safe, and more than is needed"),
        (-1, "cannot be it"),
    ],
)
def test_another_bound_is_told_what_it_forgets(at_most: object, says: str) -> None:
    verdict = left_out(lab(), COUNTS, 2.0, at_most)
    assert verdict.right is False
    assert says in verdict.sentence


def test_without_the_clients_or_an_answer_there_is_no_verdict() -> None:
    assert left_out(fake_lab(), COUNTS, 2.0, 2.5).right is None
    assert left_out(lab(), COUNTS, 2.0, ...).right is None
