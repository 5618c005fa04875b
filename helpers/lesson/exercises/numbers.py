"""How checks read numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
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


def seconds_of(args: Sequence[str], option: str) -> float | None:
    """Return the seconds after an option of a command line, written in either way; None without it.

    Raises:
        WrongAnswer: They are no number.
    """
    pairs = zip(args, (*args[1:], ""), strict=True)
    values = [after for name, after in pairs if name == option]
    values += [arg.partition("=")[2] for arg in args if arg.startswith(f"{option}=")]
    return seconds(values[-1], option) if values else None


def seconds(text: str, where: str) -> float:
    """Return a text of a manifest as seconds.

    Raises:
        WrongAnswer: It is no number, or less than none.
    """
    try:
        value: object = float(text)
    except ValueError:
        value = text
    return number(value, least=0, unit=f"seconds after {where}")
