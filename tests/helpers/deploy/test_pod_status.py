from __future__ import annotations

import pytest

from helpers.deploy import pod_status
from helpers.lab.objects import Object
from tests.helpers.fakes import FakeObjects, made, pod, waiting


def warning(about: str, message: str, moment: str = "2026-11-24T10:00:00Z") -> Object:
    return made(
        "Event",
        f"{about}-{moment}",
        type="Warning",
        reason="Failed",
        message=message,
        lastTimestamp=moment,
        involvedObject={"name": about},
    )


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            pod("p", ready=False, status=waiting("ErrImageNeverPull")),
            "p ErrImageNeverPull: image demo/greeter:dev",
        ),
        (
            pod("p", ready=False, status=waiting("CreateContainerConfigError", 'configmap "x" not found')),
            'p CreateContainerConfigError: configmap "x" not found',
        ),
        (pod("p", ready=False), "p runs but is not ready"),
        (pod("p"), "p is running"),
        (pod("p", phase="Pending", ready=False), "p is pending"),
        (pod("p", metadata={"deletionTimestamp": "2026-11-24T10:00:00Z"}), "p is ending"),
        (
            pod(
                "p",
                phase="Pending",
                status={
                    "conditions": [{"type": "PodScheduled", "status": "False", "message": "Insufficient cpu"}]
                },
            ),
            "p not scheduled: Insufficient cpu",
        ),
        (
            pod(
                "p",
                ready=False,
                status={
                    "containerStatuses": [
                        {"restartCount": 4, "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
                    ]
                },
            ),
            "p OOMKilled: exit code 137, 4 restarts",
        ),
    ],
)
def test_a_pod_in_words(item: Object, words: str) -> None:
    assert pod_status.pod_in_words(item) == words


@pytest.mark.parametrize(
    ("reason", "hopeless"),
    [("ErrImageNeverPull", True), ("ContainerCreating", False), ("CrashLoopBackOff", False)],
)
def test_only_a_missing_image_is_hopeless(reason: str, hopeless: bool) -> None:
    assert pod_status.hopeless([pod("a"), pod("b", status=waiting(reason))]) is hopeless


def test_a_description_ends_with_the_newest_warnings_about_these_pods() -> None:
    bad = pod("demo-1", ready=False, status=waiting("ErrImageNeverPull"))
    objects = FakeObjects(
        warning("demo-1", "old words", "2026-11-24T09:00:00Z"),
        warning("demo-1", "new\nwords", "2026-11-24T11:00:00Z"),
        warning("somebody-else", "not ours"),
    )
    told = pod_status.describe(objects, "me", [pod("demo-0"), bad])
    assert told.split("; ") == [
        "demo-1 ErrImageNeverPull: image demo/greeter:dev",
        "event Failed: new words",
        "event Failed: old words",
    ]


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull"])
def test_an_image_that_cannot_be_pulled_is_said_once(reason: str) -> None:
    bad = pod("demo-1", ready=False, status=waiting(reason))
    assert pod_status.waits_for([bad], pod_status.NO_IMAGE, ("greeter",))
    assert not pod_status.waits_for([bad], pod_status.NO_IMAGE, ("controlplane",))
    objects = FakeObjects(
        warning("demo-1", 'Failed to pull image "greeter": no such host', "2026-11-24T11:00:02Z"),
        warning("demo-1", "Error: ErrImagePull", "2026-11-24T11:00:01Z"),
        warning("demo-1", "Error: ImagePullBackOff", "2026-11-24T11:00:03Z"),
    )
    assert pod_status.describe(objects, "me", [bad]) == f"demo-1 {reason}: image demo/greeter:dev"
    # Another pod's trouble with something else is not hidden by it.
    objects = FakeObjects(warning("demo-1", "exceeded quota"))
    assert pod_status.describe(objects, "me", [bad]).endswith("; event Failed: exceeded quota")


def test_what_several_pods_do_is_said_once() -> None:
    bad = [pod(f"demo-{number}", ready=False, status=waiting("ErrImagePull")) for number in (1, 2, 3)]
    other = pod("demo-4", ready=False)
    assert pod_status.describe(FakeObjects(), "me", [*bad, other]).split("; ") == [
        "demo-1 ErrImagePull: image demo/greeter:dev (demo-2, demo-3 too)",
        "demo-4 runs but is not ready",
    ]


def test_warnings_of_a_deployment_and_its_replica_set_matter() -> None:
    member = pod("demo-1-x", labels={"pod-template-hash": "1"})
    events = [warning("demo-1", "exceeded quota"), warning("demo", "no progress", "2026-11-24T09:00:00Z")]
    assert pod_status.last_warnings(events, [member], ["demo"]) == [
        "event Failed: exceeded quota",
        "event Failed: no progress",
    ]


def test_no_pods_is_said() -> None:
    assert pod_status.describe(FakeObjects(), "me", []) == "there are no pods"


def test_live_pods_are_neither_ended_nor_ending() -> None:
    ending = pod("b", metadata={"deletionTimestamp": "2026-11-24T10:00:00Z"})
    assert pod_status.live([pod("a"), ending, pod("c", phase="Succeeded"), pod("d", phase="Failed")]) == [
        pod("a")
    ]
