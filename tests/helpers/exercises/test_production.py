"""The exercises of the second course: the right answer, and what is said about each likely wrong one."""

from __future__ import annotations

import pytest

from helpers.exercises import longest_wait


@pytest.mark.parametrize("jitter", [1, 1.05, 1.1])
def test_the_longer_of_age_and_floor_is_the_longest_wait(jitter: float) -> None:
    assert longest_wait(lambda age, floor: max(jitter * age, floor)).right


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda age, floor: age + floor, "2 s and a floor of 1 s this says 3 s. The floor does not begin"),
        (lambda age, floor: 1.1 * age + floor, "both run at the same time"),
        (lambda *given: given[0], "floor of 30 s this says 2 s. After the age"),
        (lambda *given: given[1], "nobody wants to"),
        (min, "nobody wants to"),
        (lambda *_: 7, "What must have happened"),
        (lambda *_: -1, "has to be a function that returns a number of seconds"),
        (lambda age: age, "has to be a function of two numbers"),
        (30, "of type int"),
    ],
)
def test_a_wrong_longest_wait_is_told_why(answer: object, says: str) -> None:
    verdict = longest_wait(answer)
    assert verdict.right is False
    assert says in verdict.sentence


def test_no_answer_yet() -> None:
    assert longest_wait(...).right is None
