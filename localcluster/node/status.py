"""A pod's status from the states of its containers: pure, no clock but the one handed in.

The rules are those of the kubelet: ``getPhase`` in ``pkg/kubelet/kubelet_pods.go`` and
``pkg/kubelet/status/generate.go``.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from localcluster.types import Object

STARTING: Object = {"waiting": {"reason": "ContainerCreating"}}
OURS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
_ENDED = ("Succeeded", "Failed")


@dataclass(slots=True)
class Report:
    """What is known of one container: the content of its ``containerStatuses`` entry.

    A state is a `ContainerState` of the API: one key of ``waiting``, ``running`` and ``terminated``.
    """

    name: str
    image: str
    state: Object = field(default_factory=lambda: STARTING)
    last_state: Object = field(default_factory=dict)
    restarts: int = 0
    ready: bool = False
    started: bool = False
    container_id: str = ""
    image_id: str = ""

    @classmethod
    def read(cls, status: Object) -> Self:
        """Take up an entry that was written earlier."""
        return cls(
            name=status["name"],
            image=status.get("image", ""),
            state=status.get("state") or STARTING,
            last_state=status.get("lastState") or {},
            restarts=status.get("restartCount", 0),
            container_id=status.get("containerID", ""),
            image_id=status.get("imageID", ""),
        )

    def entry(self) -> Object:
        """The entry as the API shows it."""
        found: Object = {
            "name": self.name,
            "image": self.image,
            "imageID": self.image_id,
            "state": self.state,
            "lastState": self.last_state,
            "restartCount": self.restarts,
            "ready": self.ready,
            "started": self.started,
        }
        return found | ({"containerID": self.container_id} if self.container_id else {})

    def begin(self, image: str, run: int, now: str) -> None:
        """It runs, for the first time (0) or again; who watches it says whether it is ready."""
        self.keep_last()
        self.restarts = run
        self.image, self.image_id = image, f"local://{image}"
        self.container_id = f"local://{uuid.uuid4().hex}"
        self.state = {"running": {"startedAt": now}}

    def end(self, code: int, now: str, message: str = "") -> None:
        """It has ended with a code, and with these last words."""
        ended = {
            "exitCode": code,
            "reason": "Error" if code else "Completed",
            "startedAt": self.state["running"]["startedAt"],
            "finishedAt": now,
            "containerID": self.container_id,
        }
        self.state = {"terminated": ended | ({"message": message} if message else {})}
        self.ready = self.started = False

    def keep_last(self) -> None:
        """Before another state takes its place, remember how it ended."""
        if "terminated" in self.state:
            self.last_state = self.state

    @property
    def has_ended(self) -> bool:
        """Whether it ran and does not run now, be it that it waits for its next start."""
        return "terminated" in self.state or ("waiting" in self.state and "terminated" in self.last_state)

    @property
    def succeeded(self) -> bool:
        """Whether its last run ended well."""
        ended = self.state.get("terminated") or self.last_state.get("terminated") or {}
        return self.has_ended and ended.get("exitCode") == 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pod is: its own address ("" before it has one) and the node's."""

    pod: str
    host: str


def phase(reports: Sequence[Report], restart_policy: str, *, over: bool = False) -> str:
    """A pod's phase.

    Args:
        reports: its containers.
        restart_policy: ``Always``, ``OnFailure`` or ``Never``.
        over: no container will be started again, whatever the policy says.
    """
    if any("waiting" in one.state and not one.has_ended for one in reports):
        return "Pending"
    if any("running" in one.state for one in reports):
        return "Running"
    well = all(one.succeeded for one in reports)
    if over or restart_policy == "Never":
        return "Succeeded" if well else "Failed"
    return "Succeeded" if well and restart_policy == "OnFailure" else "Running"


def pod_status(
    pod: Object, reports: Sequence[Report], place: Place, now: str, *, over: bool = False
) -> Object:
    """The status to write.

    Args:
        pod: the pod as it is stored; what others wrote in its status is kept.
        reports: its containers.
        place: its addresses.
        now: this moment, for what changed.
        over: no container will be started again.
    """
    status: Object = dict(pod.get("status") or {})
    status["phase"] = phase(reports, pod["spec"].get("restartPolicy", "Always"), over=over)
    status["hostIP"] = place.host
    status["hostIPs"] = [{"ip": place.host}]
    if place.pod:
        status["podIP"] = place.pod
        status["podIPs"] = [{"ip": place.pod}]
    status.setdefault("startTime", now)
    status["containerStatuses"] = [one.entry() for one in sorted(reports, key=lambda one: one.name)]
    generation = pod["metadata"].get("generation", 1)
    status["observedGeneration"] = generation
    old = {one["type"]: one for one in status.get("conditions") or []}
    fresh = _conditions(pod, status, reports, old)
    dated = [_dated(one, old.get(one["type"]), generation, now) for one in fresh]
    status["conditions"] = dated + [one for kind, one in old.items() if kind not in OURS]
    return status


def unschedulable(pod: Object, message: str, now: str, reason: str = "Unschedulable") -> Object:
    """The status of a pod that no node takes."""
    status: Object = dict(pod.get("status") or {})
    old = {one["type"]: one for one in status.get("conditions") or []}
    fresh = {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}
    generation = pod["metadata"].get("generation", 1)
    others = [one for kind, one in old.items() if kind != "PodScheduled"]
    status["conditions"] = [*others, _dated(fresh, old.get("PodScheduled"), generation, now)]
    return status


def _conditions(
    pod: Object, status: Object, reports: Sequence[Report], old: dict[str, Object]
) -> list[Object]:
    ended = status["phase"] in _ENDED
    sandbox = _condition("PodReadyToStartContainers", bool(status.get("podIP")) and not ended)
    initialized = _condition("Initialized", True)
    if status["phase"] == "Succeeded":
        initialized["reason"] = "PodCompleted"
    containers = _containers_ready(status["phase"], reports)
    ready = _ready(pod, containers, old)
    return [sandbox, initialized, ready, containers, _condition("PodScheduled", True)]


def _containers_ready(of: str, reports: Sequence[Report]) -> Object:
    if of in _ENDED:
        return _condition("ContainersReady", False, "PodCompleted" if of == "Succeeded" else "PodFailed")
    unready = [one.name for one in reports if not one.ready]
    if unready:
        text = f"containers with unready status: [{' '.join(unready)}]"
        return _condition("ContainersReady", False, "ContainersNotReady", text)
    return _condition("ContainersReady", True)


def _ready(pod: Object, containers: Object, old: dict[str, Object]) -> Object:
    """``Ready``: all containers are, and so says everyone named in ``readinessGates``."""
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or []]
    closed = [name for name in gates if old.get(name, {}).get("status") != "True"]
    if containers["status"] != "True" or not closed:
        return {**containers, "type": "Ready"}
    text = ", ".join(
        f'the status of pod readiness gate "{name}" is not "True", but {old[name].get("status")}'
        if name in old
        else f'corresponding condition of pod readiness gate "{name}" does not exist.'
        for name in closed
    )
    return _condition("Ready", False, "ReadinessGatesNotReady", text)


def _condition(kind: str, holds: bool, reason: str = "", message: str = "") -> Object:
    found: Object = {"type": kind, "status": "True" if holds else "False"}
    found |= {"reason": reason} if reason else {}
    return found | ({"message": message} if message else {})


def _dated(fresh: Object, old: Object | None, generation: int, now: str) -> Object:
    """A condition with the time since when it is as it is."""
    same = old is not None and old["status"] == fresh["status"]
    since = old.get("lastTransitionTime", now) if old and same else now
    return {**fresh, "lastProbeTime": None, "lastTransitionTime": since, "observedGeneration": generation}


def interrupted(report: Report, now: str) -> Report:
    """What is left of a container when its node was away: nothing runs, and nobody saw how it ended.

    A runtime that comes back after a reboot says so with exit code 255 and reason ``Unknown``.
    """
    if "running" in report.state:
        ended = {
            "exitCode": 255,
            "reason": "Unknown",
            "startedAt": report.state["running"].get("startedAt", now),
            "finishedAt": now,
            "containerID": report.container_id,
        }
        report.state = {"terminated": ended}
    report.ready = report.started = False
    return report
