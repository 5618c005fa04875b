"""The exercise of production/03-failure."""

from __future__ import annotations

import pandas as pd

from helpers.deploy.variants import wait_ready
from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import args_of, collect_until, deployment
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.stats import failure_codes

FAULTY, HANGS = "demo-faulty", "hang@"
# Calls at a time: three seconds of three clients, of which a client that cycles through three pods loses 30.
ENOUGH, ALLOWED = 90, 0.1
# An ejected pod is tried again after some seconds, so one look may meet it.
TRIES = 4


@check("a changed client")
def hang_avoided(lab: Lab, variant: str) -> str:
    """Check production/03-failure, 3.6: the clients of a variant lose few calls although a pod hangs.

    Args:
        lab: Where; the Deployment ``demo-faulty`` has a pod that hangs.
        variant: Whose clients.

    Returns:
        The verdict.
    """
    if not any(arg.startswith(HANGS) for arg in args_of(deployment(lab, FAULTY))):
        raise WrongAnswer(
            f"The pod of Deployment {FAULTY} does not hang any more, so there is nothing for the clients to "
            f"avoid. Its args were: server --work 0.05 --fault {HANGS}0+3600."
        )
    # Clients that were changed are replaced one after the other; those that leave log no more calls.
    wait_ready(lab, "failure")
    greetings = collect_until(lab, variant, ENOUGH, lambda table: _lost(table) < ALLOWED, tries=TRIES)
    lost = _lost(greetings)
    if lost >= ALLOWED:
        codes = sorted(failure_codes(greetings))
        raise WrongAnswer(
            f"{lost:.0%} of {len(greetings)} calls failed ({', '.join(codes)}). Does the policy act with "
            "three addresses, and with as few calls as these clients make?"
        )
    pods = greetings["server"].dropna().nunique()
    if pods < 2:
        raise WrongAnswer(f"The clients use {pods} pod. Two of the three are sound; balance over both.")
    return f"{lost:.0%} of {len(greetings)} calls failed, and the clients use {pods} pods."


def _lost(greetings: pd.DataFrame) -> float:
    """The share of greetings that failed."""
    return sum(failure_codes(greetings).values()) / len(greetings)
