"""How pods and their owners are summed up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcluster.api import tables
from localcluster.api.tables.workloads import pod_status
from localcluster.storage.resources import BY_KIND
from tests.localcluster.api.conftest import deployment, pod

RUNNING: dict[str, Any] = {"ready": True, "state": {"running": {}}}


def status(*containers: dict[str, Any], phase: str = "Running", **more: Any) -> dict[str, Any]:
    listed = [{"name": f"c{number}", **one} for number, one in enumerate(containers)]
    return {**pod(), "status": {"phase": phase, "containerStatuses": listed, **more}}


def ended(**how: Any) -> dict[str, Any]:
    return {"state": {"terminated": how}}


@pytest.mark.parametrize(
    ("obj", "word"),
    [
        (status(phase="Pending"), "Pending"),
        (status(RUNNING), "Running"),
        (status(phase="Failed", reason="Evicted"), "Evicted"),
        (status({"state": {"waiting": {"reason": "CrashLoopBackOff"}}}), "CrashLoopBackOff"),
        (status({"state": {"waiting": {}}}), "Running"),
        (status(ended(reason="Error", exitCode=1)), "Error"),
        (status(ended(exitCode=3)), "ExitCode:3"),
        (status(ended(signal=9, exitCode=137)), "Signal:9"),
        (status(ended(reason="Completed"), RUNNING), "NotReady"),
        (
            status(ended(reason="Completed"), RUNNING, conditions=[{"type": "Ready", "status": "True"}]),
            "Running",
        ),
        (
            status(phase="Pending", conditions=[{"type": "PodScheduled", "reason": "SchedulingGated"}]),
            "SchedulingGated",
        ),
    ],
)
def test_the_word_for_a_pod(obj: dict[str, Any], word: str) -> None:
    assert pod_status(obj) == word


@pytest.mark.parametrize(
    ("phase", "reason", "word"),
    [("Running", "", "Terminating"), ("Running", "NodeLost", "Unknown"), ("Succeeded", "", "Succeeded")],
)
def test_the_word_for_a_pod_that_goes(phase: str, reason: str, word: str) -> None:
    obj = status(phase=phase, **({"reason": reason} if reason else {}))
    obj["metadata"]["deletionTimestamp"] = "2026-11-24T10:00:00Z"
    assert pod_status(obj) == word


def cells(kind: str, obj: dict[str, Any]) -> dict[str, Any]:
    table = tables.table(BY_KIND[kind], [obj], {}, "None")
    names = [column["name"] for column in table["columnDefinitions"]]
    return dict(zip(names, table["rows"][0]["cells"], strict=True))


def test_a_pod_in_a_row() -> None:
    moment = (datetime.now(UTC) - timedelta(hours=5, minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    restarted = {**RUNNING, "restartCount": 2, "lastState": {"terminated": {"finishedAt": moment}}}
    obj = status(restarted, podIP="127.0.0.9")
    obj["spec"]["nodeName"] = "local-node"
    row = cells("Pod", obj)
    assert (row["Ready"], row["Status"], row["Restarts"]) == ("1/1", "Running", "2 (5h30m ago)")
    assert (row["IP"], row["Node"], row["Nominated Node"]) == ("127.0.0.9", "local-node", "<none>")
    assert row["Age"] == "<unknown>"


def test_an_ended_pod_is_marked() -> None:
    row = tables.table(BY_KIND["Pod"], [status(phase="Succeeded")], {}, "None")["rows"][0]
    assert [(one["type"], one["reason"]) for one in row["conditions"]] == [("Completed", "Succeeded")]


def test_a_deployment_in_a_row() -> None:
    obj = {**deployment(), "status": {"readyReplicas": 1, "updatedReplicas": 2}}
    row = cells("Deployment", obj)
    assert (row["Ready"], row["Up-to-date"], row["Available"]) == ("1/2", 2, 0)
    assert (row["Containers"], row["Images"], row["Selector"]) == ("greeter", "demo/greeter:dev", "app=demo")
    assert cells("ReplicaSet", obj)["Desired"] == 2


def test_every_kind_has_a_row_for_an_empty_object() -> None:
    for kind, resource in BY_KIND.items():
        table = tables.table(resource, [{"metadata": {"name": "demo"}}], {}, "Metadata")
        assert len(table["rows"][0]["cells"]) == len(table["columnDefinitions"]), kind
