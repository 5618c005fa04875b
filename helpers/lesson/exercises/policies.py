"""The exercise of production/05-envoy-policies."""

from __future__ import annotations

import pandas as pd

from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

NEAR = 0.005


@check("a number")
def weighted_share(hosts: pd.DataFrame, share: object) -> str:
    """Check production/05-envoy-policies, 5.5: the share of the slow pod, from the weights Envoy has.

    Args:
        hosts: What ``proxy_hosts`` returned.
        share: The reader's number, between 0 and 1.

    Returns:
        The verdict.
    """
    given = number(share, least=0, most=1, unit="a share between 0 and 1")
    weights = hosts[hosts["cluster"] == "weighted"].set_index("server")["weight"]
    slow = weights[weights.index.astype("str").str.startswith("demo-slow")].sum()
    right = float(slow / weights.sum())
    if abs(given - right) <= NEAR:
        return f"{right:.2f}: {slow} of {weights.sum()} parts, for every host has the weight of its name."
    mistakes = {
        float(
            slow / weights.drop_duplicates().sum()
        ): "That counts each name once; Envoy gives the weight to every host that DNS lists under the name.",
        1 / len(weights): "That is the share without weights.",
        1 - right: "That is the share of all the others.",
    }
    found = [words for value, words in mistakes.items() if abs(given - value) <= NEAR]
    raise WrongAnswer(found[0] if found else f"{given:g} is not it. How many parts are there in all?")
