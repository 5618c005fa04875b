"""The exercise of production/01-scaling."""

from __future__ import annotations

from collections.abc import Callable

from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

# Seconds of age and floor: each decides alone, the second pair is the notebook's own.
CASES = ((2.0, 1.0), (2.0, 30.0), (300.0, 30.0))
# A server ends a connection up to a tenth later than its age says
# (https://github.com/grpc/proposal/blob/master/A9-server-side-conn-mgt.md).
JITTER = 1.1
NEAR = 0.001


@check("a function of two numbers, at_most(age, floor)")
def longest_wait(at_most: object) -> str:
    """Check production/01-scaling, 1.8: how long a new pod may have to wait for the next question to DNS.

    Args:
        at_most: Takes the servers' maximum connection age and the clients' floor, both in seconds, and
            returns seconds.

    Returns:
        The verdict.
    """
    if not callable(at_most):
        raise WrongAnswer(
            f"This is of type {type(at_most).__name__}, and the answer has to be a function: write "
            "def at_most(age, floor)."
        )
    for age, floor in CASES:
        _hold(at_most, age, floor)
    return "A connection has to end and the floor has to be over, at the same time: the longer one decides."


def _hold(at_most: Callable[[float, float], object], age: float, floor: float) -> None:
    given = number(at_most(age, floor), least=0, unit="a function that returns a number of seconds")
    least, most = max(age, floor), max(JITTER * age, floor)
    # Who leaves the tenth out has understood; who adds it has read the small print too.
    if least - NEAR <= given <= most + NEAR:
        return
    wrong = {
        age + floor: "The floor does not begin when a connection ends, but at the last answer: both run at "
        "the same time.",
        JITTER * age + floor: "The floor does not begin when a connection ends, but at the last answer: both "
        "run at the same time.",
        age: "After the age a connection ends, and DNS may still not be asked.",
        floor: "After the floor DNS may be asked, but nobody wants to as long as all connections work.",
    }
    found = [words for value, words in wrong.items() if abs(given - value) <= NEAR]
    case = f"With an age of {age:g} s and a floor of {floor:g} s this says {given:g} s."
    hint = found[0] if found else "What must have happened before the next question, and since when?"
    raise WrongAnswer(f"{case} {hint}")
