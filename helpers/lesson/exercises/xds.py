"""The exercise of production/07-xds."""

from __future__ import annotations

import re

from helpers.deploy import pod_status
from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import args_of
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.latency import measure_greetings

CONTROL_PLANE, LISTENER, VARIANT = "xds", "greeter-zones", "xds-localities"
# The localities of the listener, by their Services, and the label of each one's pods.
LOCALITIES = {"demo-xds": "demo", "demo-xds-far": "demo-far"}
# So many draws of one in six are further off than this once in ten million runs.
CALLS, OFF = 400, 0.1


@check("a control plane with other weights")
def fair_weights(lab: Lab) -> str:
    """Check production/07-xds, 7.7: the control plane's weights give every pod the same share.

    Args:
        lab: Where; how many pods there are is read from it.

    Returns:
        The verdict.
    """
    weights = _weights(lab)
    pods = {name: _ready(lab, app) for name, app in LOCALITIES.items()}
    if missing := [name for name, count in pods.items() if not count]:
        raise WrongAnswer(f"No pod of {missing[0]} is ready, so it has no share; apply {VARIANT}.")
    total = sum(weights.values()) or 1
    each = {name: weights[name] / total / pods[name] for name in LOCALITIES}
    said = ", ".join(f"a pod of {name} has {share:.0%}" for name, share in each.items())
    near, far = each.values()
    if abs(near - far) > 1e-9:
        raise WrongAnswer(f"With {_written(weights)}, {said}. How many pods share what their locality has?")
    measured = _far_share(lab)
    if abs(measured - far * pods["demo-xds-far"]) > OFF:
        raise WrongAnswer(
            f"With {_written(weights)}, {said}. But {measured:.0%} of {CALLS} calls reached demo-xds-far; is "
            "the control plane's rollout complete? (kubectl rollout status deployment/xds)"
        )
    return f"With {_written(weights)}, {said}; {measured:.0%} of {CALLS} calls reached demo-xds-far."


def _weights(lab: Lab) -> dict[str, int]:
    """The weights of the listener's localities, as the control plane's command line has them."""
    deployment = lab.objects.get("Deployment", lab.namespace, CONTROL_PLANE)
    args = args_of(deployment) if deployment else []
    listeners = [arg for arg in args if arg.startswith(f"{LISTENER}=")]
    found = re.findall(r"[=,]([^:,]+):(\d+)(?=,|$)", listeners[0]) if listeners else []
    weights = {service: int(weight) for service, weight in found}
    if {*weights} != {*LOCALITIES}:
        raise WrongAnswer(
            f"Deployment {CONTROL_PLANE} has no --listener {LISTENER} with a whole number for "
            f"{' and for '.join(LOCALITIES)}; it has {', '.join(listeners) or 'no such listener'}."
        )
    return weights


def _written(weights: dict[str, int]) -> str:
    return ", ".join(f"{name}:{weight}" for name, weight in weights.items())


def _ready(lab: Lab, app: str) -> int:
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=f"app={app}"))
    return sum(pod_status.is_ready(pod) for pod in pods)


def _far_share(lab: Lab) -> float:
    calls = measure_greetings(lab, VARIANT, count=CALLS)
    return float(calls.loc[calls["ok"], "server"].astype("str").str.startswith("demo-far").mean())
