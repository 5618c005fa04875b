"""The exercise of production/07-xds."""

from __future__ import annotations

import math
from collections.abc import Mapping

from helpers.deploy import pod_status
from helpers.lab.lab import Lab
from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

# The localities of listener `greeter-zones`, by their Services, and the label of each one's pods.
LOCALITIES = {"demo-xds": "demo", "demo-xds-far": "demo-far"}


@check("a dict from the two Services' names to whole numbers")
def fair_weights(lab: Lab, weights: object) -> str:
    """Check production/07-xds, 7.8: weights of localities with which every pod has the same share.

    Args:
        lab: Where; how many pods there are is read from it.
        weights: The reader's weight of each Service.

    Returns:
        The verdict.
    """
    if not isinstance(weights, Mapping) or {*weights} != {*LOCALITIES}:
        raise WrongAnswer(
            f"The answer has to be a dict with a weight for {' and for '.join(LOCALITIES)}, and no other."
        )
    given = {name: _whole(weights[name]) for name in LOCALITIES}
    pods = {name: _ready(lab, app) for name, app in LOCALITIES.items()}
    if missing := [name for name, count in pods.items() if not count]:
        raise WrongAnswer(f"No pod of {missing[0]} is ready, so it has no share; apply what it is made of.")
    total = sum(given.values())
    each = {name: given[name] / total / pods[name] for name in LOCALITIES}
    told = ", ".join(f"a pod of {name} has {share:.0%}" for name, share in each.items())
    if math.isclose(*each.values(), rel_tol=1e-9):
        return f"With {sum(pods.values())} pods, {told}: a locality's weight has to follow its pods."
    if len({*given.values()}) == 1:
        raise WrongAnswer(f"Then both localities have a half, and {told}.")
    raise WrongAnswer(f"With these weights {told}. How many pods share what their locality has?")


def _whole(weight: object) -> int:
    value = number(weight, least=1, unit="a whole number from 1 on")
    if value != int(value):
        raise WrongAnswer(f"{value:g} cannot be it: xDS has whole numbers for weights (UInt32Value).")
    return int(value)


def _ready(lab: Lab, app: str) -> int:
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=f"app={app}"))
    return sum(pod_status.is_ready(pod) for pod in pods)
