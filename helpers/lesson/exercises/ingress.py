"""The exercise of 03-ingress."""

from __future__ import annotations

import pandas as pd

from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.reading import greetings_of
from helpers.lesson.exercises.verdict import WrongAnswer, check

NEAR = 0.005


@check("a number")
def turn_by_turn(greetings: pd.DataFrame, smallest: object) -> str:
    """Check 03-ingress, 3.8: how often the pod changes from one greeting of a client to its next.

    Args:
        greetings: The table the reader counted in.
        smallest: The smallest of the clients' shares of steps at which the pod changed.

    Returns:
        The verdict.
    """
    share = number(smallest, least=0, most=1, unit="a share, from 0 to 1")
    table = greetings_of(greetings)
    answered = table[table["ok"].astype(bool)].sort_values("time", kind="stable")
    each = [_changes(frame) for _, frame in answered.groupby(answered["client"].astype(str))]
    if not each:
        raise WrongAnswer("No greeting in `greetings` was answered, so there is no step to count.")
    right = min(changed / steps for changed, steps in each)
    if abs(share - right) <= NEAR:
        turns = "in turn for each client" if right > 1 - NEAR else "in a turn that all clients share"
        return f"{right:.0%} of the steps at least: nginx takes the pods {turns}."
    raise WrongAnswer(_explained(share, answered, each))


def _changes(frame: pd.DataFrame) -> tuple[int, int]:
    pods = frame["server"].astype(str)
    return int((pods != pods.shift()).iloc[1:].sum()), max(len(pods) - 1, 1)


def _explained(share: float, answered: pd.DataFrame, each: list[tuple[int, int]]) -> str:
    mistakes = {
        max(changed / steps for changed, steps in each): "That is the largest share; which is the smallest?",
        min(
            (changed + 1) / (steps + 1) for changed, steps in each
        ): "The first greeting of a client counts as "
        "a change here, and it has none before it: leave the first row out.",
        min(1 - changed / steps for changed, steps in each): "That is the share of steps at which the pod "
        "stayed.",
        _changes(answered)[0]
        / _changes(answered)[1]: "Clients are mixed here: the greeting before is another "
        "client's. Group by client first.",
    }
    found = [words for value, words in mistakes.items() if abs(share - value) <= NEAR]
    return (
        found[0]
        if found
        else (
            f"{share:.2f} is not it. For each client by itself, in the order of time: at how many of its "
            "steps is the pod another one, divided by the number of steps?"
        )
    )
