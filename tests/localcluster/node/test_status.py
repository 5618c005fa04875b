"""From containers' states to a pod's status, by example."""

from typing import Any

import pytest

from localcluster.node.status import Place, Report, interrupted, phase, pod_status, unschedulable

Object = dict[str, Any]

WAITING = {"waiting": {"reason": "ContainerCreating"}}
RUNNING = {"running": {"startedAt": "T0"}}
GOOD = {"terminated": {"exitCode": 0}}
BAD = {"terminated": {"exitCode": 1}}
PLACE = Place("127.70.64.1", "127.70.0.1")


def one(state: Object, *, ready: bool = False, last: Object | None = None, name: str = "c") -> Report:
    return Report(name, "image", state, last or {}, ready=ready)


def pod(**spec: Any) -> Object:
    return {
        "metadata": {"generation": 3},
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }


def conditions(status: Object) -> dict[str, str]:
    return {found["type"]: found["status"] for found in status["conditions"]}


RESTARTING: Object = {"waiting": {"reason": "CrashLoopBackOff"}}


@pytest.mark.parametrize(
    ("states", "policy", "expected"),
    [
        ([WAITING], "Always", "Pending"),
        ([WAITING, RUNNING], "Always", "Pending"),
        ([RUNNING, BAD], "Never", "Running"),
        ([BAD], "Always", "Running"),
        ([BAD], "OnFailure", "Running"),
        ([RESTARTING], "Always", "Running"),
        ([GOOD], "OnFailure", "Succeeded"),
        ([GOOD], "Always", "Running"),
        ([GOOD], "over", "Succeeded"),
        ([BAD], "over", "Failed"),
        ([GOOD], "Never", "Succeeded"),
        ([GOOD, BAD], "Never", "Failed"),
    ],
)
def test_phase(states: list[Object], policy: str, expected: str) -> None:
    reports = [one(state, last=BAD if state is RESTARTING else None) for state in states]
    assert phase(reports, policy, over=policy == "over") == expected


def test_a_ready_pod() -> None:
    status = pod_status(pod(), [one(RUNNING, ready=True)], PLACE, "T1")
    assert status["phase"] == "Running"
    assert status["podIPs"] == [{"ip": "127.70.64.1"}]
    assert status["hostIPs"] == [{"ip": "127.70.0.1"}]
    assert status["startTime"] == "T1"
    assert status["qosClass"] == "BestEffort"
    assert status["observedGeneration"] == 3
    assert set(conditions(status).values()) == {"True"}
    assert [found["type"] for found in status["conditions"]] == [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]


def test_an_unready_container_is_named() -> None:
    status = pod_status(pod(), [one(RUNNING, ready=True), one(RUNNING, name="slow")], PLACE, "T1")
    ready = next(found for found in status["conditions"] if found["type"] == "Ready")
    assert ready["reason"] == "ContainersNotReady"
    assert ready["message"] == "containers with unready status: [slow]"


@pytest.mark.parametrize(
    ("state", "reason", "initialized"), [(BAD, "PodFailed", None), (GOOD, "PodCompleted", "PodCompleted")]
)
def test_an_ended_pod(state: Object, reason: str, initialized: str | None) -> None:
    status = pod_status(pod(restartPolicy="Never"), [one(state)], PLACE, "T1")
    found = {entry["type"]: entry for entry in status["conditions"]}
    assert found["Ready"]["reason"] == found["ContainersReady"]["reason"] == reason
    assert found["Initialized"].get("reason") == initialized
    assert found["PodReadyToStartContainers"]["status"] == "False"


def test_a_condition_keeps_its_time_until_it_changes() -> None:
    before = pod()
    before["status"] = pod_status(before, [one(RUNNING)], PLACE, "T1")
    same = pod_status(before, [one(RUNNING)], PLACE, "T2")
    assert same == before["status"]
    changed = pod_status(before, [one(RUNNING, ready=True)], PLACE, "T2")
    times = {found["type"]: found["lastTransitionTime"] for found in changed["conditions"]}
    assert times["Ready"] == "T2"
    assert times["Initialized"] == "T1"
    assert changed["startTime"] == "T1"


def test_readiness_gates_must_open() -> None:
    gated = pod(readinessGates=[{"conditionType": "example.com/wired"}])
    closed = pod_status(gated, [one(RUNNING, ready=True)], PLACE, "T1")
    assert conditions(closed)["Ready"] == "False"
    assert conditions(closed)["ContainersReady"] == "True"
    gated["status"] = {"conditions": [{"type": "example.com/wired", "status": "True"}]}
    opened = pod_status(gated, [one(RUNNING, ready=True)], PLACE, "T1")
    assert conditions(opened)["Ready"] == "True"
    assert conditions(opened)["example.com/wired"] == "True"


def test_a_pod_without_a_node() -> None:
    status = unschedulable(pod(), "no node", "T1")
    assert status["phase"] == "Pending"
    (found,) = status["conditions"]
    assert (found["status"], found["reason"], found["message"]) == ("False", "Unschedulable", "no node")


def test_an_entry_is_read_as_it_was_written() -> None:
    report = Report("c", "i", RUNNING, BAD, 4, container_id="local://x", image_id="local://i")
    assert Report.read(report.entry()) == report
    assert "containerID" not in one(WAITING).entry()


def test_an_outage_ends_what_ran() -> None:
    report = interrupted(Report("c", "i", RUNNING, container_id="local://x", ready=True), "T9")
    assert report.state["terminated"] == {
        "exitCode": 255,
        "reason": "Unknown",
        "startedAt": "T0",
        "finishedAt": "T9",
        "containerID": "local://x",
    }
    assert not report.ready
    assert interrupted(one(WAITING), "T9").state == WAITING
