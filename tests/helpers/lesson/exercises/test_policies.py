"""The exercise of production/05-envoy-policies: the right number, and the likely wrong ones."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.lesson.exercises import weighted_share

HOSTS = pd.DataFrame(
    {
        "cluster": ["weighted"] * 3 + ["other"],
        "server": ["demo-quick-a", "demo-quick-b", "demo-slow-c", "demo-slow-c"],
        "weight": [3, 3, 1, 1],
    }
)


def test_the_part_of_the_sum_is_right() -> None:
    assert weighted_share(HOSTS, 1 / 7).right


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (1 / 4, "every host that DNS lists"),
        (6 / 7, "all the others"),
        (0.5, "How many parts"),
        (7, "a share"),
    ],
)
def test_a_wrong_share_is_told_why(answer: object, says: str) -> None:
    verdict = weighted_share(HOSTS, answer)
    assert verdict.right is False
    assert says in verdict.sentence


def test_without_weights_it_would_be_a_third() -> None:
    assert "without weights" in weighted_share(HOSTS, 1 / 3).sentence
