"""The exercise of production/03-failure."""

from __future__ import annotations

import json

import pandas as pd

from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

VARIANT, FAULT = "failure-outlier", "hang"
POLICY = "outlier_detection_experimental"
# The reader may have rounded to a tenth of a second.
NEAR, EXACT = 0.051, 0.001


@check("two numbers of seconds")
def left_out(lab: Lab, counts: pd.DataFrame, slowest: object, at_most: object) -> str:
    """Check production/03-failure, 3.5: when a hanging pod is left out, as measured and at the latest.

    Args:
        lab: Where; interval and deadline are read from the live Deployment.
        counts: What ``failures_by_fault`` returned.
        slowest: Seconds from the beginning of the hang to the last failure, of the slowest client.
        at_most: Seconds after which no such client may have a failure any more, whenever the hang begins.

    Returns:
        The verdict.
    """
    measured = _measured(counts, number(slowest, least=0, unit="seconds"))
    interval, deadline = _told(lab)
    given = number(at_most, least=0, unit="seconds")
    right = 2 * interval + deadline
    if abs(given - right) > EXACT:
        raise WrongAnswer(f"{given:g} s at most is not it. {_hint(given, interval, deadline, measured)}")
    return (
        f"{right:g} s at most: the first interval may have too many answers from before, the second has only "
        f"failures, and what is under way then waits for its deadline. Your slowest needed {measured:.1f} s."
    )


def _measured(counts: pd.DataFrame, given: float) -> float:
    """The slowest client of the run, if that was what the reader found."""
    mine = counts[(counts["variant"] == VARIANT) & (counts["fault"] == FAULT)]
    right = float(mine["seconds"].max())
    if abs(given - right) <= NEAR:
        return right
    others = counts.groupby(["variant", "fault"], observed=True)["seconds"].max().reset_index()
    mistakes = [
        (float(mine["seconds"].min()), "That is the quickest of the three, and you can promise the slowest."),
        (float(mine["seconds"].mean()), "That is the mean of the three, and one of them took longer."),
        (float(mine["seconds"].median()), "That is the one in the middle, and one of them took longer."),
        (float(mine["failed"].max()), "That is how many greetings failed; look at the column seconds."),
        *(
            (float(value), f"That is {variant} during {fault}.")
            for variant, fault, value in others.itertuples(index=False)
        ),
    ]
    found = [words for value, words in mistakes if abs(given - value) <= NEAR]
    hint = found[0] if found else "Which rows of counts are these clients during this fault?"
    raise WrongAnswer(f"{given:.2f} s is not the slowest client of {VARIANT} during {FAULT}. {hint}")


def _hint(given: float, interval: float, deadline: float, measured: float) -> str:
    if given > 2 * interval + deadline:
        return "It is safe, and more than is needed: which interval is the first that has failures only?"
    if given < measured - NEAR:
        return f"Your own slowest client had a failure after {measured:.1f} s."
    both = {2 * interval, interval + 2 * deadline}
    if any(abs(given - value) <= EXACT for value in both):
        return (
            "Two things count: the interval in which the hang begins has answers from before, and calls that "
            "are under way when the address is left out fail later."
        )
    return (
        "The hang may begin in the middle of an interval, which then has answers from before too; how long "
        "until one has failures only, and until the last call of that one has failed?"
    )


def _told(lab: Lab) -> tuple[float, float]:
    """Seconds of the interval and of the deadline, from the client's own command line."""
    deployment = lab.objects.get("Deployment", lab.namespace, f"client-{VARIANT}")
    if deployment is None:
        raise LabError(f'There is no Deployment client-{VARIANT}; make it with helpers.apply(lab, "failure")')
    args = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    config = json.loads(args[args.index("--service-config") + 1])
    policies = {name: told for one in config["loadBalancingConfig"] for name, told in one.items()}
    return float(policies[POLICY]["interval"].removesuffix("s")), float(args[args.index("--deadline") + 1])
