"""The exercise of production/04-streams: the chance of what the reader's own run showed."""

from __future__ import annotations

import itertools
from collections import Counter

import pandas as pd
import pytest

from helpers.lesson.exercises import luck
from helpers.lesson.exercises.streams import at_least


def table(**ways: list[tuple[int, int, int]]) -> pd.DataFrame:
    rows = {
        (way, f"{way}-{place}"): row for way, several in ways.items() for place, row in enumerate(several)
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["way", "client"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["a", "b", "c"])


SIX = table(dice=[(4, 3, 3), (6, 1, 3), (2, 5, 3)])
BOTH = table(dice=[(6, 1, 3)], policy=[(10, 0, 0)])


def counted(most: int, total: int, pods: int) -> float:
    """The same chance by looking at each throw there is."""
    throws = [max(Counter(throw).values()) for throw in itertools.product(range(pods), repeat=total)]
    return sum(busiest >= most for busiest in throws) / len(throws)


@pytest.mark.parametrize(
    ("most", "total", "pods"), [(6, 10, 3), (5, 10, 3), (10, 10, 3), (4, 10, 3), (3, 6, 4)]
)
def test_the_exact_chance(most: int, total: int, pods: int) -> None:
    assert at_least(most, total, pods) == pytest.approx(counted(most, total, pods))


@pytest.mark.parametrize("chance", [0.2297, 0.22, 0.24])
def test_a_simulated_chance_is_right(chance: float) -> None:
    verdict = luck(SIX, {"dice": chance})
    assert verdict.right
    assert "dice: 6 of 10, as in 23 % of all throws." in verdict.sentence


def test_what_dice_hardly_do_is_no_luck() -> None:
    verdict = luck(BOTH, {"dice": 0.23, "policy": 0.0})
    assert verdict.right
    assert "policy: 10 of 10, as in 0.0051 % of all throws, which is no luck" in verdict.sentence


@pytest.mark.parametrize(
    ("chance", "says"),
    [
        (0.059, "more than 6; 6 itself counts too"),
        (0.171, "exactly 6"),
        (0.0766, "one certain pod"),
        (0.77, "fewer than 6"),
        (0.543, "one of 3 clients"),
        (1.0, "That is for 4; the most uneven client has 6"),
        (0.35, "In which share of many throws has the busiest 6"),
        (23, "a chance between 0 and 1"),
        ("much", "of type str"),
    ],
)
def test_another_chance_is_named(chance: object, says: str) -> None:
    verdict = luck(SIX, {"dice": chance})
    assert verdict.right is False
    assert says in verdict.sentence


def test_each_way_needs_a_chance() -> None:
    assert "no chance for policy" in luck(BOTH, {"dice": 0.23}).sentence
    assert "has to be a dict" in luck(BOTH, 0.23).sentence
    assert luck(BOTH, ...).right is None


def test_the_number_is_of_the_run_and_not_of_the_lesson() -> None:
    assert luck(table(dice=[(5, 3, 2)]), {"dice": 0.23}).right is False
    assert luck(table(dice=[(5, 3, 2)]), {"dice": 0.627}).right
