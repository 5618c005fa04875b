"""The exercise of production/02-rollout: pods that end in order, and the ways in which they do not."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.lesson.exercises import nothing_cut
from tests.helpers.fakes import fake_lab, made


def ending(
    *options: str, sleep: float = 0, kill: int | None = 20, server: str = "server", **hook: Any
) -> Any:
    """A lab whose pods end in some way."""
    before = {"sleep": {"seconds": sleep}} if sleep else hook
    container = {"name": "greeter", "args": [server, *options], "lifecycle": {"preStop": before}}
    spec: dict[str, Any] = {"containers": [container]}
    if kill is not None:
        spec["terminationGracePeriodSeconds"] = kill
    return fake_lab(made("Deployment", "demo", spec={"template": {"spec": spec}}))


GRACE = ("--grace", "32")


@pytest.mark.parametrize(
    "lab",
    [
        ending(*GRACE, sleep=6, kill=45),
        ending("--grace=32", sleep=6, kill=45),
        # The grace is longer than the kubelet gives, and no call needs all of it.
        ending("--grace", "60", sleep=6, kill=37),
        ending(*GRACE, "--max-connection-age", "60", sleep=6, kill=45),
        ending(*GRACE, "--max-connection-age", "60", "--max-connection-age-grace", "31", sleep=6, kill=45),
    ],
)
def test_sleep_grace_and_time_for_both_cut_nothing(lab: Any) -> None:
    verdict = nothing_cut(lab)
    assert verdict.right
    assert "SIGTERM after 6 s" in verdict.sentence


@pytest.mark.parametrize(
    ("lab", "says"),
    [
        (ending(*GRACE, kill=45), "no preStop sleep, so SIGTERM comes at once"),
        (ending(*GRACE, sleep=5, kill=45), "stops listening after 5 s of sleep"),
        (
            ending("--grace", "0", sleep=6, kill=45),
            "one that has just started needs 30 s",
        ),
        (ending(sleep=6, kill=45), "calls have 5 s"),
        (ending(*GRACE, sleep=6), "terminationGracePeriodSeconds, 20, from the deletion on"),
        (ending(*GRACE, sleep=6, kill=None), "terminationGracePeriodSeconds, 30, from the deletion on"),
        (ending(*GRACE, sleep=6, kill=5), "leaves the calls 0 s"),
        (
            ending(*GRACE, "--max-connection-age", "1", "--max-connection-age-grace", "1", sleep=6, kill=45),
            "gives its calls 1 s, so one of 30 s is cut even without a rollout",
        ),
        (ending(*GRACE, sleep=6, kill=45, server="client"), 'it has to begin with "server"'),
        (ending("--grace", "long", sleep=6, kill=45), "has to be seconds after --grace"),
        (ending(*GRACE, kill=45, exec={"command": ["sleep"]}), "runs a program of the image"),
        (fake_lab(), "There is no Deployment demo in namespace me"),
    ],
)
def test_what_would_be_cut_is_named(lab: Any, says: str) -> None:
    verdict = nothing_cut(lab)
    assert verdict.right is False
    assert says in verdict.sentence


def test_other_calls_need_other_times() -> None:
    lab = ending("--grace", "5", sleep=3)
    assert nothing_cut(lab).right is False
    assert nothing_cut(lab, longest=4, look_up=1).right
