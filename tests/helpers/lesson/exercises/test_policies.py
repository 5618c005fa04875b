"""The exercise of production/05-envoy-policies: a repaired Envoy, and what is said about one that is not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from helpers.lesson.exercises import failing_pod_ejected, policies
from tests.helpers.fakes import fake_lab, made, pod


def release(*args: str, replicas: int = 1) -> Any:
    template = {"spec": {"containers": [{"name": "greeter", "args": list(args)}]}}
    return fake_lab(made("Deployment", "demo-slow", spec={"replicas": replicas, "template": template}))


FAILING = ("server", "--fault", "fail@0")


@pytest.mark.parametrize(
    ("failed", "right", "says"),
    [
        ((9, 0), True, "9 of the first 150 calls failed, and none of the next 150"),
        ((80, 75), False, "80 of the first 150 calls failed, and 75 of the next 150"),
    ],
)
def test_the_next_calls_decide(
    failed: tuple[int, int], right: bool, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = iter(failed)

    def measured(_: object, variant: str, *, count: int) -> pd.DataFrame:
        assert variant == "envoy-policies-least-request"
        lost = next(runs)
        return pd.DataFrame({"ok": [False] * lost + [True] * (count - lost)})

    lab, waited = release(*FAILING), []
    lab.objects.put(pod("envoy-1", labels={"app": "envoy-policies"}))
    monkeypatch.setattr(policies, "proxy_hosts", lambda _, name, *, at_least: waited.append((name, at_least)))
    monkeypatch.setattr(policies, "measure_greetings", measured)
    verdict = failing_pod_ejected(lab)
    assert waited == [("envoy-1", 3)]
    assert verdict.right is right
    assert says in verdict.sentence


@pytest.mark.parametrize("lab", [release("server"), release(*FAILING, replicas=0), fake_lab()])
def test_the_pod_that_fails_has_to_stay(lab: Any) -> None:
    verdict = failing_pod_ejected(lab)
    assert verdict.right is False
    assert "Leave it as it is" in verdict.sentence
