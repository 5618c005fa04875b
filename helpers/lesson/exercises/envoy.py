"""The exercise of 04-envoy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

SLOW = 0.99
# A number may be given as it was printed, with two digits; and quantiles have more than one definition.
NEAR, RELATIVE = 0.006, 0.02


@check("a number")
def own_time(timed: Sequence[Mapping[str, object]], slow: object) -> str:
    """Check 04-envoy, 4.7: the 99th percentile of the time in Envoy itself, in milliseconds.

    Args:
        timed: The lines of Envoy's log.
        slow: The reader's number.

    Returns:
        The verdict.
    """
    given = number(slow, least=0, unit="a number of milliseconds")
    clocks = pd.DataFrame(list(timed))[["duration_us", "upstream_us"]].astype(float) / 1000
    whole, pod = clocks["duration_us"], clocks["upstream_us"]
    right = float((whole - pod).quantile(SLOW))
    if _near(given, right):
        return f"{right:.2f} ms: one greeting in a hundred was held that long or longer by Envoy itself."
    mistakes = {
        1000 * right: "These are microseconds; the answer is to be in milliseconds.",
        float(whole.quantile(SLOW) - pod.quantile(SLOW)): "That is the difference of two percentiles, which "
        "belong to two different greetings. Subtract for each greeting, then take the percentile.",
        float(whole.quantile(SLOW)): "That is Envoy's whole clock, and the pod's time is in it.",
        float(pod.quantile(SLOW)): "That is what Envoy waited for the pod.",
        float((whole - pod).median()): "That is the median; the question is about the slowest hundredth.",
        float((whole - pod).max()): "That is the slowest greeting of all.",
    }
    found = [words for value, words in mistakes.items() if _near(given, value)]
    raise WrongAnswer(
        found[0]
        if found
        else f"{given:g} ms is not it. What is duration_us less upstream_us, for each line of the log?"
    )


def _near(given: float, value: float) -> bool:
    return abs(given - value) <= max(NEAR, RELATIVE * abs(value))
