"""How checks read numbers."""

from __future__ import annotations

import math
from typing import SupportsFloat

from helpers.lesson.exercises.verdict import WrongAnswer


def number(
    answer: object, *, least: float = -math.inf, most: float = math.inf, unit: str = "a number"
) -> float:
    """Return an answer as a number.

    Args:
        answer: What the reader gave.
        least: The smallest that makes sense.
        most: The largest that makes sense.
        unit: What it is, for the sentence when it does not.

    Raises:
        WrongAnswer: It is no number, or makes no sense.
    """
    if isinstance(answer, str) or not isinstance(answer, SupportsFloat):
        raise WrongAnswer(f"This is of type {type(answer).__name__}, and the answer has to be {unit}.")
    value = float(answer)
    if not least <= value <= most:
        raise WrongAnswer(f"{value:g} cannot be it: the answer has to be {unit}.")
    return value
