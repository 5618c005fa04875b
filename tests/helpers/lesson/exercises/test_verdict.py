from __future__ import annotations

import pytest

from helpers.lab.errors import LabError
from helpers.lesson.exercises.verdict import Verdict, WrongAnswer, check
from tests.helpers.fakes import refused


@check("a number")
def half(answer: object) -> str:
    number = float(str(answer))
    if number == 0:
        raise LabError("There is no lab.")
    if number < 0:
        raise refused(403, "not you")
    if number != 0.5:
        raise WrongAnswer(f"{number:g} is not half.")
    return "Half <it is>."


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (..., None, "in the place of the dots"),
        (0.5, True, "Half"),
        (2, False, "2 is not half."),
        ("x", False, "has to be a number; this one cannot be read so (ValueError: could not convert"),
        (None, False, "has to be a number"),
        (0, None, "could not be asked: There is no lab."),
        (-1, None, "could not be asked: not you."),
    ],
)
def test_every_answer_gets_a_sentence(answer: object, right: bool | None, said: str) -> None:
    verdict = half(answer)
    assert verdict.right is right
    assert said in verdict.sentence


def test_dots_are_found_among_named_arguments() -> None:
    assert half(answer=...).right is None


def test_a_verdict_reads_the_same_as_text_and_as_html() -> None:
    verdict = half(0.5)
    assert repr(verdict) == "✓ Right. Half <it is>."
    assert verdict._repr_html_() == "<p><strong>✓ Right.</strong> Half &lt;it is&gt;.</p>"
    assert repr(Verdict(False, "No.")).startswith("✗ Not yet.")
