"""The exercise of production/04-streams."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

# Ten thousand throws are off by half a hundredth at most, two times in three; five times that.
NEAR = 0.025
# So rare that it is not taken for luck.
RARE = 0.01


@check("a dict with a number for each way")
def luck(streams: pd.DataFrame, chances: object) -> str:
    """Check production/04-streams, 4.8: how often dice are as uneven as the most uneven client of each way.

    Args:
        streams: How many streams each pod has: a row per client, with the level ``way`` in its index, and a
            column per pod.
        chances: The reader's chance for each way, between 0 and 1.

    Returns:
        The verdict.
    """
    if not isinstance(chances, Mapping):
        raise WrongAnswer(
            f"This is of type {type(chances).__name__}, and the answer has to be a dict from a way to its "
            "chance."
        )
    found = []
    for way, rows in streams.groupby(level="way", sort=False):
        if way not in chances:
            raise WrongAnswer(f"There is no chance for {way}; each way of busiest needs one.")
        found.append(_way(str(way), rows, chances[way]))
    return f"{'; '.join(found)}."


def _way(way: str, rows: pd.DataFrame, answer: object) -> str:
    """What is right about one way."""
    draws = [int(draw) for draw in rows.max(axis="columns")]
    total, pods, most = int(rows.iloc[0].sum()), rows.shape[1], max(draws)
    given = number(answer, least=0, most=1, unit="a chance between 0 and 1")
    right = at_least(most, total, pods)
    if abs(given - right) > NEAR:
        raise WrongAnswer(f"{given:.3f} for {way} is not it. {_hint(given, draws, total, pods)}")
    rare = ", which is no luck" if right < RARE else ""
    return f"{way}: {most} of {total}, as in {100 * right:.2g} % of all throws{rare}"


def _hint(given: float, draws: list[int], total: int, pods: int) -> str:
    most = max(draws)
    right, more = at_least(most, total, pods), at_least(most + 1, total, pods)
    one = sum(_binomial(count, total, pods) for count in range(most, total + 1))
    mistakes = [
        (more, f"That is the chance of more than {most}; {most} itself counts too."),
        (right - more, f"That is the chance of exactly {most}; what is more uneven counts as well."),
        (one, "That is the chance of one certain pod; any of them may be the busiest."),
        (1 - right, f"That is the chance of fewer than {most}."),
        (
            1 - (1 - right) ** len(draws),
            f"That is the chance that one of {len(draws)} clients has it; here it is about one throw.",
        ),
        (at_least(min(draws), total, pods), f"That is for {min(draws)}; the most uneven client has {most}."),
    ]
    off, words = min((abs(given - value), words) for value, words in mistakes)
    return words if off <= NEAR else f"In which share of many throws has the busiest {most} or more?"


def at_least(most: int, total: int, pods: int) -> float:
    """Return the chance that the busiest pod has ``most`` or more of ``total`` streams thrown at ``pods``."""
    return 1 - _all_below(most, total, pods) / float(pods) ** total


def _all_below(most: int, total: int, pods: int) -> int:
    """In how many ways streams can be given to pods so that each has fewer than ``most``."""
    if not pods:
        return int(not total)
    return sum(
        math.comb(total, count) * _all_below(most, total - count, pods - 1)
        for count in range(min(most, total + 1))
    )


def _binomial(count: int, total: int, pods: int) -> float:
    ways: int = math.comb(total, count) * (pods - 1) ** (total - count)
    return ways / float(pods) ** total
