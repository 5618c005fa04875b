"""What many clients logged since a mark, and who was the bottleneck."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from helpers.lab.errors import LabError
from helpers.observe.recording import Heard, hear, mark
from helpers.observe.stats import failures_by_client
from tests.helpers.fakes import fake_lab, pod

STAMP = "2026-11-24T10:00:{:02}.000000000Z 2026/11/24 10:00:{:02} "


def logged(*words: str) -> str:
    """A log of one line a second, as the API gives it."""
    return "".join(f"{STAMP.format(second, second)}{text}\n" for second, text in enumerate(words))


GOOD, BAD = 'Greeting: "demo-1" says: Hello world', "Error: UNAVAILABLE: Cancelling all calls"
ON_TIME = "Pace: 10 begun, 0 of them late, the latest by 1.5 ms, 2 held back"
LATE = "Pace: 10 begun, 4 of them late, the latest by 350.0 ms, 0 held back"


class Lab:
    """A lab whose clients' logs are given; the label selector of the clients is a set of values."""

    def __init__(self, logs: Mapping[str, str]) -> None:
        self.logs = logs
        labels = {"app": "client-rollout"}
        self.lab = fake_lab(*(pod(name, labels=labels) for name in logs), core=self)
        self.lab.objects.select = self._select

    def _select(self, kind: str, namespace: str, labels: str = "") -> list[Any]:
        del namespace
        found = [item for (of, _, _), item in self.lab.objects.known.items() if of == kind]
        return found if labels == "app in (client-rollout)" else []

    def read_namespaced_pod_log(
        self,
        name: str,
        namespace: str,
        *,
        container: str,
        timestamps: bool,
        tail_lines: int | None,
        **_: bool,
    ) -> SimpleNamespace:
        # A client pod may have a sidecar, and then the API wants to know which container is meant.
        assert container == "client"
        assert timestamps
        assert namespace == "me"
        lines = self.logs[name].splitlines(keepends=True)
        return SimpleNamespace(data="".join(lines[-tail_lines:] if tail_lines else lines).encode())


def test_only_what_came_after_the_mark_is_heard() -> None:
    clients = {"c-1": logged(GOOD, BAD), "c-2": ""}
    since = mark(Lab(clients).lab, ["rollout"])
    assert since == {"c-1": "2026-11-24T10:00:01.000000000Z", "c-2": ""}
    later = {"c-1": logged(GOOD, BAD, GOOD, BAD), "c-2": logged(GOOD)}
    heard = hear(Lab(later).lab, ["rollout"], since)
    assert failures_by_client(heard.greetings).to_dict("list") == {
        "variant": ["rollout"] * 2,
        "client": ["c-1", "c-2"],
        "greetings": [2, 1],
        "failed": [1, 0],
        "codes": ["UNAVAILABLE x 1", ""],
    }


def test_paces_are_added_up_for_each_client() -> None:
    heard = hear(Lab({"c-1": logged(GOOD, ON_TIME, LATE), "c-2": logged(GOOD)}).lab, ["rollout"], {})
    assert heard.pace.to_dict("records") == [
        {
            "variant": "rollout",
            "client": "c-1",
            "begun": 20,
            "late": 4,
            "latest_ms": 350.0,
            "held_back": 2,
        },
        {"variant": "rollout", "client": "c-2", "begun": 0, "late": 0, "latest_ms": 0.0, "held_back": 0},
    ]


def test_nobody_who_greets_is_an_error_with_a_remedy() -> None:
    with pytest.raises(LabError, match=r"No client of rollout has greeted.*are its pods running\?"):
        hear(Lab({"c-1": logged("something else")}).lab, ["rollout"], {})


@pytest.mark.parametrize(("late", "slow"), [(10, []), (11, ["c-1"])])
def test_a_client_that_is_late_too_often_is_the_bottleneck_and_then_nothing_is_claimed(
    late: int, slow: list[str]
) -> None:
    pace = pd.DataFrame([SimpleNamespace(client="c-1", begun=100, late=late).__dict__])
    heard = Heard(pd.DataFrame(), pace)
    assert heard.bottleneck == slow
    assert heard.verdict().startswith(f"{late} of 100 greetings of 1 clients began late; ")
    assert ("says nothing about servers" in heard.verdict()) is bool(slow)
