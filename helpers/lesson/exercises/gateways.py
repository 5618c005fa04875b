"""The exercise of production/06-gateway-api."""

from __future__ import annotations

import pandas as pd

from helpers.deploy.manifests import GREETER
from helpers.lab.lab import Lab
from helpers.lab.objects import labels_of, name_of
from helpers.lesson.exercises.reading import greetings_of
from helpers.lesson.exercises.verdict import WrongAnswer, check

CANARY = "canary"
# With a tenth for the canary, so many greetings all miss the stable pods once in 10^20 runs.
FEWEST = 20


@check("two logs of a client")
def routed_by_header(lab: Lab, chosen: object, others: object) -> str:
    """Check production/06-gateway-api: one user's greetings go to the canary, the rest to both tracks.

    Args:
        lab: Where.
        chosen: The log of the user with the header.
        others: The log of somebody without it.

    Returns:
        The verdict.
    """
    pods = lab.objects.select("Pod", lab.namespace, labels=GREETER)
    canaries = {name_of(pod) for pod in pods if labels_of(pod).get("track") == CANARY}
    with_header, without = _servers(chosen, "the first log"), _servers(others, "the second log")
    strays = int((~with_header.isin(canaries)).sum())
    if strays:
        raise WrongAnswer(
            f"{strays} of {len(with_header)} greetings with the header went elsewhere. Does a rule match the "
            "header, does it lead to the canary, and did the client send it (--metadata)?"
        )
    if without.isin(canaries).all():
        raise WrongAnswer(
            "Everybody else went to the canary, too. Is there a rule without a match, with both backends?"
        )
    share = int(without.isin(canaries).sum())
    return (
        f"All {len(with_header)} greetings with the header went to the canary, and {share} of {len(without)} "
        "others."
    )


def _servers(log: object, which: str) -> pd.Series[str]:
    greetings = greetings_of(log)
    answered = greetings[greetings["ok"].astype(bool)]
    if len(answered) < FEWEST:
        raise WrongAnswer(
            f"In {which} only {len(answered)} greetings were answered, which may be luck; greet "
            f"{FEWEST} times or more (--count)."
        )
    return answered["server"].astype("str")
