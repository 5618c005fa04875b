"""The exercises of the second course: the right answer, and what is said about each likely wrong one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from helpers.lab.objects import Object
from helpers.lesson.exercises import fair_weights, xds
from tests.helpers.fakes import fake_lab, made, pod

NEAR, FAR = "demo-xds", "demo-xds-far"
PODS = (
    *(pod(f"demo-{number}") for number in range(4)),
    pod("late", ready=False),
    pod("demo-far-1", labels={"app": "demo-far"}),
)


def plane(listener: str, *pods: Object) -> Any:
    args = ["xds", "--listener", "greeter=demo-xds", "--listener", listener]
    template = {"spec": {"containers": [{"name": "xds", "args": args}]}}
    return fake_lab(*pods, made("Deployment", "xds", spec={"template": template}))


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many of 400 calls reach the far pod."""
    counts = [80]

    def measured(_: object, variant: str, *, count: int) -> pd.DataFrame:
        assert (variant, count) == ("xds-localities", 400)
        servers = ["demo-far-1"] * counts[0] + ["demo-1"] * (count - counts[0])
        return pd.DataFrame({"server": servers, "ok": True})

    monkeypatch.setattr(xds, "measure_greetings", measured)
    return counts


@pytest.mark.parametrize("times", [1, 25])
@pytest.mark.usefixtures("far")
def test_weights_like_the_numbers_of_ready_pods_are_fair(times: int) -> None:
    verdict = fair_weights(plane(f"greeter-zones={NEAR}:{4 * times},{FAR}:{times}", *PODS))
    assert verdict.right
    assert "a pod of demo-xds has 20%, a pod of demo-xds-far has 20%; 20% of 400" in verdict.sentence


@pytest.mark.parametrize(
    ("listener", "says"),
    [
        (f"greeter-zones={NEAR}:1,{FAR}:3", "a pod of demo-xds has 6%, a pod of demo-xds-far has 75%"),
        (f"greeter-zones={NEAR}:1,{FAR}:1", "a pod of demo-xds has 12%, a pod of demo-xds-far has 50%"),
        (f"greeter-zones={NEAR}:4", "no --listener greeter-zones with a whole number"),
        (f"greeter-zones={NEAR}:0.8,{FAR}:0.2", "no --listener greeter-zones with a whole number"),
        ("greeter-two=demo-xds:1", "no such listener"),
    ],
)
@pytest.mark.usefixtures("far")
def test_an_unfair_weight_is_told_what_it_does(listener: str, says: str) -> None:
    verdict = fair_weights(plane(listener, *PODS))
    assert verdict.right is False
    assert says in verdict.sentence


def test_weights_that_clients_do_not_follow_yet_are_not_enough(far: list[int]) -> None:
    far[0] = 300
    verdict = fair_weights(plane(f"greeter-zones={NEAR}:4,{FAR}:1", *PODS))
    assert verdict.right is False
    assert "But 75% of 400 calls reached demo-xds-far; is the control plane's rollout" in verdict.sentence


@pytest.mark.usefixtures("far")
def test_a_locality_without_pods_has_no_share() -> None:
    verdict = fair_weights(plane(f"greeter-zones={NEAR}:1,{FAR}:1", pod("demo-1")))
    assert "No pod of demo-xds-far is ready" in verdict.sentence
