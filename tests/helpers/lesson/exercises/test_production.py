"""The exercises of the second course: the right answer, and what is said about each likely wrong one."""

from __future__ import annotations

import pytest

from helpers.lesson.exercises import fair_weights
from tests.helpers.fakes import fake_lab, pod

NEAR, FAR = "demo-xds", "demo-xds-far"
PLACES = fake_lab(
    *(pod(f"demo-{number}") for number in range(4)),
    pod("late", ready=False),
    pod("demo-far-1", labels={"app": "demo-far"}),
)


@pytest.mark.parametrize("times", [1, 25])
def test_weights_like_the_numbers_of_ready_pods_are_fair(times: int) -> None:
    verdict = fair_weights(PLACES, {NEAR: 4 * times, FAR: times})
    assert verdict.right
    assert "With 5 pods, a pod of demo-xds has 20%, a pod of demo-xds-far has 20%" in verdict.sentence


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({NEAR: 1, FAR: 1}, "both localities have a half, and a pod of demo-xds has 12%"),
        ({NEAR: 1, FAR: 4}, "a pod of demo-xds-far has 80%. How many pods share"),
        ({NEAR: 4}, "and no other"),
        ({NEAR: 4, FAR: 0}, "a whole number from 1 on"),
        ({NEAR: 0.8, FAR: 0.2}, "a whole number from 1 on"),
        ({NEAR: 2.5, FAR: 1}, "xDS has whole numbers"),
        ((4, 1), "has to be a dict"),
    ],
)
def test_an_unfair_weight_is_told_what_it_does(answer: object, says: str) -> None:
    verdict = fair_weights(PLACES, answer)
    assert verdict.right is False
    assert says in verdict.sentence


def test_a_locality_without_pods_has_no_share() -> None:
    verdict = fair_weights(fake_lab(pod("demo-1")), {NEAR: 1, FAR: 1})
    assert "No pod of demo-xds-far is ready" in verdict.sentence
