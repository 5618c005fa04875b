"""The exercise of production/06-gateway-api: a right answer, and what is said about each likely wrong one."""

from __future__ import annotations

import pytest

from helpers.lab.objects import Object
from helpers.lesson.exercises import routed_by_header
from tests.helpers.fakes import fake_lab, pod


def log(*servers: str, each: int = 15) -> str:
    return "".join(
        f'2026/11/25 15:47:02 Greeting: "{server}" says: Hello world\n'
        for server in servers
        for _ in range(each)
    )


def track(name: str) -> Object:
    return pod(name, labels={"track": name})


LAB = fake_lab(track("stable"), track("canary"))


def test_one_user_to_the_canary_and_the_others_to_both() -> None:
    verdict = routed_by_header(LAB, log("canary", each=30), log("stable", "canary"))
    assert verdict.right
    assert "All 30" in verdict.sentence
    assert "15 of 30 others" in verdict.sentence


@pytest.mark.parametrize(
    ("chosen", "others", "says"),
    [
        (
            log("canary", "stable"),
            log("stable", each=30),
            "15 of 30 greetings with the header went elsewhere",
        ),
        (log("canary", each=30), log("canary", each=30), "Everybody else went to the canary, too"),
        (log("canary", each=3), log("stable", each=30), "In the first log only 3"),
        (log("canary", each=30), log("stable", each=3), "In the second log only 3"),
        (7, log("stable", each=30), "of type int"),
    ],
)
def test_a_wrong_answer_is_told_why(chosen: object, others: object, says: str) -> None:
    verdict = routed_by_header(LAB, chosen, others)
    assert verdict.right is False
    assert says in verdict.sentence


def test_no_answer_yet() -> None:
    assert routed_by_header(LAB, ..., ...).right is None
