"""A pod that misbehaves by a script, and what each client lost by which fault."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from helpers.experiments.faults import failures_by_fault, play_faults, seconds_to_reuse
from helpers.lab.errors import LabError
from tests.helpers.fakes import fake_lab, pod

LOG = (
    "2026-11-24T10:00:03.5Z 2026/11/24 10:00:03 Fault: hang begins\n"
    "2026-11-24T10:00:07.5Z 2026/11/24 10:00:07 Fault: hang ends\n"
    "2026-11-24T10:00:09.5Z 2026/11/24 10:00:09 Fault: crash begins\n"
)


def faulty_pod(name: str, restarts: int) -> Any:
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-24T10:00:11Z"}
    status = {"conditions": [ready], "containerStatuses": [{"restartCount": restarts}]}
    return pod(name, labels={"pod": "faulty"}, status=status)


class Logs:
    """Has a log of the container's run before."""

    def read_namespaced_pod_log(self, name: str, namespace: str, *, timestamps: bool, previous: bool) -> str:
        assert (name, namespace, timestamps, previous) == ("demo-faulty-1", "me", True, True)
        return LOG


@pytest.fixture
def cues(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was run to give the cue."""
    said: list[list[str]] = []
    monkeypatch.setattr("helpers.experiments.faults.run_once", lambda _, args: said.append(args))
    return said


def test_after_the_cue_the_log_of_the_run_before_is_the_table(cues: list[list[str]]) -> None:
    lab = fake_lab(faulty_pod("demo-faulty-1", 0), core=Logs())
    lab.objects.meanwhile.append(lambda: lab.objects.put(faulty_pod("demo-faulty-1", 1)))
    table = play_faults(lab)
    (args,) = cues
    assert args[:2] == ["client", "dns:///demo-failure-pods.me.svc.cluster.local:50051"]
    assert args[args.index("--name") + 1] == "curtain"
    assert list(table["fault"]) == ["hang", "crash"]
    assert (table["ends"] - table["begins"]).dt.total_seconds().to_list() == [4.0, 2.5]


def test_played_again_it_waits_for_another_crash(cues: list[list[str]]) -> None:
    lab = fake_lab(faulty_pod("demo-faulty-1", 1), core=Logs())
    with pytest.raises(LabError, match="did not come back"):
        play_faults(lab)
    lab.objects.meanwhile.append(lambda: lab.objects.put(faulty_pod("demo-faulty-1", 2)))
    assert list(play_faults(lab)["fault"]) == ["hang", "crash"]
    assert len(cues) == 2


def test_a_pod_that_does_not_come_back_is_told(cues: list[list[str]]) -> None:
    with pytest.raises(LabError, match=r"demo-faulty.* did not come back"):
        play_faults(fake_lab(faulty_pod("demo-faulty-1", 0), core=Logs()))
    assert cues


def test_without_the_variant_it_says_what_to_apply(cues: list[list[str]]) -> None:
    with pytest.raises(LabError, match=r'helpers\.apply\(lab, "failure"\)'):
        play_faults(fake_lab())
    assert not cues


def test_failures_belong_to_the_fault_in_which_they_happened() -> None:
    at = pd.to_datetime([f"2026-11-24T10:00:{second:02}Z" for second in (1, 4, 6, 8, 20)], utc=True)
    ok = [False, False, True, False, False]
    greetings = pd.DataFrame({"time": at, "variant": "v", "client": "c", "ok": ok})
    faults = pd.DataFrame(
        {
            "fault": ["hang"],
            "begins": pd.to_datetime(["2026-11-24T10:00:03Z"], utc=True),
            "ends": pd.to_datetime(["2026-11-24T10:00:07Z"], utc=True),
        }
    )
    assert failures_by_fault(greetings, faults).to_dict("records") == [
        {"variant": "v", "client": "c", "fault": "hang", "greetings": 3, "failed": 2, "seconds": 5.0}
    ]


def test_a_crashed_pod_is_used_again_when_it_answers_after_its_crash() -> None:
    crash = pd.Timestamp("2026-11-24T10:00:09.5Z")
    seen = [("a", -1.0, "demo-faulty-1"), ("a", 0.1, "demo-faulty-1"), ("a", 2.5, "demo-faulty-1")]
    seen += [("a", 3.5, "demo-faulty-1"), ("b", 0.1, "demo-faulty-1"), ("b", 2.0, "demo-x")]
    greetings = pd.DataFrame(
        [("v", client, crash + pd.Timedelta(seconds=after), server) for client, after, server in seen],
        columns=["variant", "client", "time", "server"],
    )
    faults = pd.DataFrame({"fault": ["hang", "crash"], "begins": [crash - pd.Timedelta(seconds=6), crash]})
    found = seconds_to_reuse(greetings, faults)
    # What was on its way when it crashed is no use of it again.
    assert found["client"].to_list() == ["a", "b"]
    assert found["seconds"].fillna(-1).to_list() == [2.5, -1]
