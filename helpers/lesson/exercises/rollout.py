"""The exercise of production/02-rollout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiException

from helpers.lab.errors import refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import KINDS, Object
from helpers.lesson.exercises.numbers import number
from helpers.lesson.exercises.verdict import WrongAnswer, check

NAME, CONTAINER = "demo", "greeter"
# What the greeter's server does without the option: python -m greeter server --help.
OWN_GRACE = 5.0
REFUSED = (400, 422)


@dataclass(frozen=True)
class Ending:
    """How a pod ends, in seconds: sleep, then SIGTERM and the calls' grace; SIGKILL counts from the start."""

    sleep: float
    grace: float
    kill: float
    age_grace: float | None


@check("what changes of the pod template's spec, as helpers.roll_out takes it")
def nothing_cut(lab: Lab, ending: object, *, longest: float = 30, look_up: float = 5) -> str:
    """Check production/02-rollout, 2.9: pods that end in order, tried on the live Deployment as a dry run.

    Args:
        lab: Where.
        ending: The reader's change of the pod template's ``spec``.
        longest: Seconds that the longest call takes.
        look_up: Seconds after which the last one has heard that a pod has left the endpoints.

    Returns:
        The verdict.
    """
    found = _ending(_container_and_kill(lab, ending))
    if problem := _too_soon(found, look_up) or _cut(found, longest, ending):
        raise WrongAnswer(problem)
    return (
        f"SIGTERM after {found.sleep:g} s, when nobody is sent here any more; then up to {found.grace:g} s "
        f"for calls of {longest:g} s; SIGKILL after {found.kill:g} s. It was a dry run: nothing has changed."
    )


def _container_and_kill(lab: Lab, ending: object) -> tuple[Object, float]:
    """What the API server would make of the change: the greeter's container, and seconds until SIGKILL."""
    if not isinstance(ending, Mapping):
        raise WrongAnswer(
            f"This is of type {type(ending).__name__}, and the answer has to be a dict with what changes of "
            "the pod template's spec, as setting() returns one."
        )
    if ending.keys() & {"spec", "template", "metadata"}:
        raise WrongAnswer(
            "Leave out what is around it: only what changes of the pod template's spec, such as containers, "
            "as helpers.roll_out takes it."
        )
    spec = _tried(lab, dict(ending))["spec"]["template"]["spec"]
    container = next(one for one in spec["containers"] if one["name"] == CONTAINER)
    return container, float(spec["terminationGracePeriodSeconds"])


def _tried(lab: Lab, change: Object) -> Object:
    body = {"spec": {"template": {"spec": change}}}
    try:
        return lab.objects.request(
            "PATCH",
            KINDS["Deployment"].path(lab.namespace, NAME),
            query={"dryRun": "All", "fieldValidation": "Strict"},
            body=body,
            content_type="application/strategic-merge-patch+json",
        )
    except ApiException as error:
        if error.status in REFUSED:
            told = refusal(error).rstrip(".")
            raise WrongAnswer(f"The API server refuses it: {told}. Which field is meant?") from error
        raise


def _ending(tried: tuple[Object, float]) -> Ending:
    container, kill = tried
    args = [str(arg) for arg in container.get("args") or []]
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
    grace = _seconds(args, "--grace")
    # Without an age no connection is ended for being old; without its grace all calls may go on.
    aged = _seconds(args, "--max-connection-age") is not None
    age_grace = _seconds(args, "--max-connection-age-grace") if aged else None
    return Ending(sleep, OWN_GRACE if grace is None else grace, kill, age_grace)


def _seconds(args: Sequence[str], option: str) -> float | None:
    """The value of an option, written in either way; None without it."""
    pairs = zip(args, (*args[1:], ""), strict=True)
    values = [after for name, after in pairs if name == option]
    values += [arg.partition("=")[2] for arg in args if arg.startswith(f"{option}=")]
    return number(_float(values[-1]), least=0, unit=f"seconds after {option}") if values else None


def _float(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _too_soon(found: Ending, look_up: float) -> str | None:
    """Who is still sent to a pod that has closed its door."""
    if not found.sleep:
        return (
            "There is no preStop sleep, so SIGTERM comes at once, and for "
            f"{look_up:g} s somebody is sent to a closed door: give setting() a sleep."
        )
    if found.sleep <= look_up:
        return (
            f"After {found.sleep:g} s of sleep the door closes, and the slowest hears of it only after "
            f"{look_up:g} s: sleep longer than that."
        )
    return None


def _cut(found: Ending, longest: float, ending: object) -> str | None:
    """Which end comes before that of the longest call."""
    if found.grace <= longest:
        return (
            f"After SIGTERM calls have {found.grace:g} s, and one that has just begun needs {longest:g} s: "
            'give the server more with "--grace".'
        )
    if found.age_grace is not None and found.age_grace <= longest:
        return (
            f"A connection that is too old gives its calls {found.age_grace:g} s, so one of {longest:g} s "
            "dies even without a rollout: leave the maximum age out, or give it a longer grace."
        )
    left = found.kill - found.sleep
    if left > longest:
        return None
    own = isinstance(ending, Mapping) and "terminationGracePeriodSeconds" in ending
    whose = "your" if own else "the Deployment's own"
    return (
        f"The kubelet counts {whose} terminationGracePeriodSeconds, {found.kill:g}, from the deletion on, "
        f"the sleep included: SIGKILL leaves the calls {max(left, 0):g} s, and {longest:g} s are needed; set "
        "it higher."
    )
