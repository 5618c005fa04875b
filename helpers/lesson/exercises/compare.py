"""The exercises of 05-compare and of appendix/measures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from helpers.lab.lab import Lab
from helpers.lab.objects import is_headless
from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.reading import settled
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.pods import server_pods
from helpers.observe.stats import effective_pods, failure_codes, jain

PODS = 3
# Of twelve calls of a client that cycles through three pods, each pod has four, or three and five.
ENOUGH, NEARLY_ALL = 24, 0.9
CLIENTS = (1, 2, 5, 10, 30, 100)
# Of 300 draws the mean is off by a hundredth or two; a sum of two clients spreads most.
NEAR = 0.12
FIRST, SECOND = (0.5, 0.5, 0.0), (0.7, 0.2, 0.1)


@check("a dictionary from a number of clients to a mean")
def pinned_sum(means: Mapping[int, object]) -> str:
    """Check appendix/measures: over how many pods the sum of pinned clients seems to be spread.

    Args:
        means: Number of clients to the mean effective number of pods of their sum.

    Returns:
        The verdict.
    """
    if missing := [count for count in CLIENTS if count not in means]:
        raise WrongAnswer(f"There is no mean for {', '.join(map(str, missing))} clients.")
    for count in CLIENTS:
        given = number(means[count], least=0, unit="an effective number of pods")
        right = _mean(count)
        if abs(given - right) > NEAR:
            raise WrongAnswer(f"{given:.2f} for {count} clients is not it. {_hint(given, count)}")
    return f"{_mean(2):.2f} pods for 2 clients and {_mean(30):.2f} of {PODS} for 30, and each has only one."


def _hint(given: float, count: int) -> str:
    if abs(given - 1) <= NEAR and count > 1:
        return "That is one client; the question is about the sum of all of them."
    if given < 1 or given > PODS:
        return f"The sum of greetings over {PODS} pods has between 1 and {PODS} effective pods."
    return (
        "Draw a pod for each client, count the clients per pod, and take helpers.effective_pods of the "
        "counts; the mean is over many such draws."
    )


def _mean(clients: int) -> float:
    """The exact mean: each way to place the clients, with its probability."""
    total: float = sum(
        math.factorial(clients) / math.prod(map(math.factorial, placed)) / PODS**clients
        * _effective(placed)
        for placed in _placements(clients)
    )  # fmt: skip
    return total


def _effective(placed: tuple[int, ...]) -> float:
    """As ``effective_pods``, for thousands of small counts."""
    shares = [count / sum(placed) for count in placed if count]
    return math.exp(-sum(share * math.log(share) for share in shares))


def _placements(clients: int) -> Iterator[tuple[int, int, int]]:
    for first in range(clients + 1):
        for second in range(clients - first + 1):
            yield first, second, clients - first - second


@check('"first" or "second", twice')
def more_even(by_effective_pods: object, by_jain: object) -> str:
    """Check appendix/measures: which of two systems each measure calls more even.

    Args:
        by_effective_pods: ``"first"`` or ``"second"``.
        by_jain: The same, asked of Jain's index.

    Returns:
        The verdict.
    """
    first, second = pd.Series(FIRST), pd.Series(SECOND)
    for given, measure, name in (
        (by_effective_pods, effective_pods, "effective number of pods"),
        (by_jain, jain, "Jain's index"),
    ):
        if given not in {"first", "second"}:
            raise WrongAnswer(f'{given!r} is neither "first" nor "second".')
        if (given == "first") != (measure(first) > measure(second)):
            raise WrongAnswer(
                f"The {name} of the first is {measure(first):.2f} and of the second {measure(second):.2f}: "
                "the larger is the more even."
            )
    return "They disagree: one minds the idle pod more, the other the pod with the large share."


@check("a changed client")
def client_fixed(lab: Lab, variant: str) -> str:
    """Check 05-compare, 5.7: each client of a variant reaches all pods, through the Service as it was.

    Args:
        lab: Where.
        variant: Whose clients.

    Returns:
        The verdict.
    """
    service = lab.objects.get("Service", lab.namespace, f"demo-{variant}")
    if service is None or not is_headless(service):
        raise WrongAnswer(f"Service demo-{variant} is to stay as it was: there, and headless.")
    greetings = settled(lab, variant, ENOUGH)
    if failed := sum(failure_codes(greetings).values()):
        raise WrongAnswer(f"{failed} of {len(greetings)} calls failed; read kubectl logs of a client.")
    pods = server_pods(lab)
    worst = min(effective_pods(part) for _, part in greetings.groupby("client", observed=True))
    if worst < NEARLY_ALL * len(pods):
        raise WrongAnswer(
            f"A client uses {worst:.1f} effective pods of {len(pods)}. Which of the four switches of "
            "notebook 2 is off in its args?"
        )
    return f"Each client uses {worst:.1f} or more effective pods of {len(pods)}."
