"""The exercises of appendix/measures: the right answer, and what is said about each likely wrong one."""

from __future__ import annotations

import pytest

from helpers.lesson.exercises import more_even, pinned_sum

RIGHT = {1: 1.0, 2: 1.67, 5: 2.33, 10: 2.69, 30: 2.9, 100: 2.97}


def test_means_are_held_against_the_exact_ones() -> None:
    assert pinned_sum(RIGHT).right


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({30: 1.0}, "That is one client"),
        ({10: 0.8}, "between 1 and 3"),
        ({100: 4}, "between 1 and 3"),
        ({5: 2.8}, "Draw a pod for each client"),
        ({5: "two"}, "of type str"),
    ],
)
def test_a_wrong_mean_is_named(change: dict[int, object], says: str) -> None:
    verdict = pinned_sum({**RIGHT, **change})
    assert verdict.right is False
    assert says in verdict.sentence


def test_a_missing_mean_is_named() -> None:
    assert "no mean for 30, 100 clients" in pinned_sum({1: 1, 2: 1.67, 5: 2.3, 10: 2.7}).sentence


@pytest.mark.parametrize(
    ("answers", "right", "says"),
    [
        (("second", "first"), True, "They disagree"),
        (("first", "first"), False, "effective number of pods of the first is 2.00 and of the second 2.23"),
        (("second", "second"), False, "Jain's index of the first is 0.67"),
        (("a", "b"), False, 'neither "first" nor "second"'),
    ],
)
def test_each_measure_is_asked(answers: tuple[str, str], right: bool, says: str) -> None:
    verdict = more_even(*answers)
    assert verdict.right is right
    assert says in verdict.sentence


def test_no_answer_yet() -> None:
    assert pinned_sum(...).right is None  # type: ignore[arg-type]
