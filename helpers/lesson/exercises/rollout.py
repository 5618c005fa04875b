"""The exercise of production/02-rollout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.lab.lab import Lab
from helpers.lab.objects import Object
from helpers.lesson.exercises.numbers import seconds_of
from helpers.lesson.exercises.reading import args_of, deployment
from helpers.lesson.exercises.verdict import WrongAnswer, check

NAME = "demo"
# What the greeter's server does without the option: python -m greeter server --help.
OWN_GRACE = 5.0
# What a pod has without the field.
KUBERNETES_GRACE = 30.0


@dataclass(frozen=True)
class Ending:
    """How a pod ends, in seconds: sleep, then SIGTERM and the calls' grace; SIGKILL counts from the start."""

    sleep: float
    grace: float
    kill: float
    age_grace: float | None


@check("a changed Deployment")
def nothing_cut(lab: Lab, *, longest: float = 30, look_up: float = 5) -> str:
    """Check production/02-rollout, 2.7: the pods of the live Deployment ``demo`` end in order.

    Args:
        lab: Where.
        longest: Seconds that the longest call takes.
        look_up: Seconds until the slowest reader of endpoints knows that a pod is no longer ready.

    Returns:
        The verdict.
    """
    found = _ending(deployment(lab, NAME))
    if problem := _too_soon(found, look_up) or _cut(found, longest):
        raise WrongAnswer(problem)
    return (
        f"SIGTERM after {found.sleep:g} s, when no new connection comes any more; then up to {found.grace:g} "
        f"s for calls of {longest:g} s; SIGKILL after {found.kill:g} s."
    )


def _ending(item: Object) -> Ending:
    """How the pods of a Deployment end."""
    spec, args = item["spec"]["template"]["spec"], args_of(item)
    (container, *_) = spec["containers"]
    if args[:1] != ["server"]:
        raise WrongAnswer(
            'A new list of args takes the place of the old one, so it has to begin with "server"; '
            "setting() writes it whole."
        )
    hook: dict[str, Any] = (container.get("lifecycle") or {}).get("preStop") or {}
    if "exec" in hook:
        raise WrongAnswer(
            "This preStop runs a program of the image, and the greeter's may have no such program; "
            'preStop: {"sleep": {"seconds": ...}} needs none.'
        )
    sleep = float((hook.get("sleep") or {}).get("seconds", 0))
    grace = seconds_of(args, "--grace")
    # Without an age no connection is ended for being old; without its grace all calls may go on.
    aged = seconds_of(args, "--max-connection-age") is not None
    age_grace = seconds_of(args, "--max-connection-age-grace") if aged else None
    kill = float(spec.get("terminationGracePeriodSeconds", KUBERNETES_GRACE))
    return Ending(sleep, OWN_GRACE if grace is None else grace, kill, age_grace)


def _too_soon(found: Ending, look_up: float) -> str | None:
    """Which new connection reaches a pod that has stopped listening."""
    if not found.sleep:
        return (
            "There is no preStop sleep, so SIGTERM comes at once, and for "
            f"{look_up:g} s new connections reach a pod that no longer listens."
        )
    if found.sleep <= look_up:
        return (
            f"The pod stops listening after {found.sleep:g} s of sleep, and the slowest reader of endpoints "
            f"needs {look_up:g} s: sleep longer than that."
        )
    return None


def _cut(found: Ending, longest: float) -> str | None:
    """Which end comes before that of the longest call."""
    if found.grace <= longest:
        return (
            f"After SIGTERM calls have {found.grace:g} s, and one that has just started needs {longest:g} s: "
            'give the server more with "--grace".'
        )
    if found.age_grace is not None and found.age_grace <= longest:
        return (
            f"A connection that is too old gives its calls {found.age_grace:g} s, so one of {longest:g} s "
            "is cut even without a rollout: leave the maximum age out, or give it a longer grace."
        )
    left = found.kill - found.sleep
    if left > longest:
        return None
    return (
        f"The kubelet counts terminationGracePeriodSeconds, {found.kill:g}, from the deletion on, the sleep "
        f"included: SIGKILL leaves the calls {max(left, 0):g} s, and {longest:g} s are needed; set it higher."
    )
