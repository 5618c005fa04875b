"""The greeter's pods, and pods that run one command and end."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from helpers.deploy import pod_status
from helpers.deploy.manifests import GREETER, containers, load
from helpers.lab.errors import LabError, refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import OURS, PART_OF, REQUEST_TIMEOUT, Object, name_of
from helpers.lab.rbac import Rule, denied
from helpers.observe.pod_log import Position

RUN_SECONDS = 120.0
LOOK_SECONDS = 5
# How soon a log that broke off is read again.
BREATH_SECONDS = 0.5
# What a run takes over from the greeter's own pods, so that it is as restricted as they are.
POD_FIELDS = ("securityContext", "automountServiceAccountToken", "enableServiceLinks")
CONTAINER_FIELDS = ("image", "imagePullPolicy", "securityContext", "resources")


def server_pods(lab: Lab) -> list[str]:
    """Return the names, sorted, of the greeter's pods that are ready (built in 00-setup, section 0.3)."""
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=GREETER))
    return sorted(name_of(pod) for pod in pods if pod_status.is_ready(pod))


def run_once(
    lab: Lab, args: Sequence[str], env: Mapping[str, str] | None = None, *, timeout: float = RUN_SECONDS
) -> str:
    """Run the greeter's image once as a pod, and return its log.

    Args:
        lab: Where.
        args: The command line: ``["client", TARGET, ...]`` or ``["resolve", NAME]``.
        env: Further environment variables.
        timeout: Seconds until it must have ended.

    Returns:
        What it wrote, whatever its exit code was.

    Raises:
        LabError: The pod could not be started or did not end in time.
    """
    return run_to_end(lab, run_pod(lab, args, env or {}), timeout=timeout)


def run_to_end(lab: Lab, pod: Object, *, timeout: float = RUN_SECONDS) -> str:
    """Make a pod, wait until it has ended, delete it, and return its log; raises as ``run_once`` does."""
    with _made(lab, pod) as name:
        _wait_for(lab, name, pod_status.is_over, time.monotonic() + timeout)
        return read_log(lab, name)


def follow_to_end(lab: Lab, pod: Object, say: Callable[[str], None], *, timeout: float = RUN_SECONDS) -> int:
    """Make a pod, pass on the lines of its log as they come, and delete it once it has ended.

    The pod is deleted as well when an exception or an interrupt ends the call.

    Args:
        lab: Where.
        pod: The pod, with one container.
        say: Takes each line, without its newline.
        timeout: Seconds until it must have ended.

    Returns:
        The exit status of its container.

    Raises:
        LabError: The pod could not be started, did not end in time, or its log may not be read.
    """
    deadline = time.monotonic() + timeout
    position, ended = Position(), False
    with _made(lab, pod) as name:
        _wait_for(lab, name, _has_started, deadline)
        while not ended and time.monotonic() < deadline:
            # A log that was opened after the end is whole; one that broke off before is opened again.
            ended = _is_over(lab, name, min(deadline, time.monotonic() + BREATH_SECONDS))
            for line in _new_lines(lab, name, position, deadline):
                say(line)
        if position.piece:
            say(position.piece.partition(" ")[2])
        return _exit_status(_wait_for(lab, name, pod_status.is_over, deadline))


@contextlib.contextmanager
def _made(lab: Lab, pod: Object) -> Iterator[str]:
    """Make a pod for the time of a ``with`` block."""
    name = name_of(pod)
    try:
        lab.objects.create(pod, lab.namespace)
    except ApiException as error:
        raise LabError(f"Pod {name} in namespace {lab.namespace} was refused: {refusal(error)}") from error
    try:
        yield name
    finally:
        lab.objects.delete("Pod", lab.namespace, name, propagation="Background")


def run_pod(lab: Lab, args: Sequence[str], env: Mapping[str, str]) -> Object:
    """Return the pod of one run: the greeter's image and restrictions, another command line."""
    objects = load("greeter", namespace=lab.namespace, image_prefix=lab.image_prefix, image_tag=lab.image_tag)
    template = next(item for item in objects if item["kind"] == "Deployment")
    like: dict[str, Any] = template["spec"]["template"]["spec"]
    container = {
        field: value for field, value in containers(template)[0].items() if field in CONTAINER_FIELDS
    }
    variables = [{"name": key, "value": value} for key, value in env.items()]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"run-{secrets.token_hex(4)}",
            "namespace": lab.namespace,
            "labels": {"app": "run-once", PART_OF: OURS},
        },
        "spec": {
            **{field: value for field, value in like.items() if field in POD_FIELDS},
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "greeter", **container, "args": list(args), "env": variables}],
        },
    }


def python_pod(lab: Lab, source: str, env: Mapping[str, str], name: str | None = None) -> Object:
    """Return a pod that runs Python source with the greeter's image and under its restrictions.

    Args:
        lab: Where.
        source: The program.
        env: Further environment variables.
        name: The pod's name; one that is not taken when None.
    """
    # Without the variable Python keeps back what it prints until a buffer is full.
    pod = run_pod(lab, [], {"PYTHONUNBUFFERED": "1", **env})
    container = pod["spec"]["containers"][0]
    del container["args"]
    container["command"] = ["python", "-c", source]
    pod["metadata"]["name"] = name or pod["metadata"]["name"]
    return pod


def _wait_for(lab: Lab, name: str, condition: Callable[[Object], bool], deadline: float) -> Object:
    """Return a pod that fulfils a condition.

    Raises:
        LabError: It does not until the deadline; the message says what it is doing.
    """
    pods: list[Object] = []
    for pods in _states(lab, name, deadline):
        if not pods or pod_status.hopeless(pods):
            break
        if condition(pods[0]):
            return pods[0]
    doing = pod_status.describe(lab.objects, lab.namespace, pods) if pods else "somebody deleted it"
    raise LabError(f"Pod {name} in namespace {lab.namespace} did not end: {doing}.")


def _is_over(lab: Lab, name: str, deadline: float) -> bool:
    """Whether a pod ends before a deadline; True as well for one that is gone."""
    return any(all(map(pod_status.is_over, pods)) for pods in _states(lab, name, deadline))


def _states(lab: Lab, name: str, deadline: float) -> Iterator[list[Object]]:
    return lab.objects.follow(
        "Pod", lab.namespace, fields=f"metadata.name={name}", deadline=deadline, window=LOOK_SECONDS
    )


def _has_started(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") == "Running" or pod_status.is_over(pod)


def _exit_status(pod: Object) -> int:
    states = [status.get("state") or {} for status in pod["status"].get("containerStatuses") or []]
    return next((int(state["terminated"]["exitCode"]) for state in states if "terminated" in state), 0)


def _new_lines(lab: Lab, name: str, position: Position, deadline: float) -> Iterator[str]:
    """Yield what a pod's log has beyond a position, until it ends or breaks off."""
    try:
        patience = (REQUEST_TIMEOUT[0], max(1.0, deadline - time.monotonic()))
        response = _open_log(lab, name, follow=True, timestamps=True, _request_timeout=patience)
    except ApiException as error:
        if error.status in {400, 404}:
            return  # it has not started, or is gone; what is waited for next says so
        raise
    with contextlib.closing(response), contextlib.suppress(HTTPError):
        chunks = response.stream(amt=None, decode_content=False)
        yield from (line.partition(" ")[2] for line in position.new(position.whole(chunks)))


def log_rule(lab: Lab) -> Rule:
    """Return the right to read the logs of a lab's pods."""
    return Rule("get", "pods/log", namespace=lab.namespace)


def read_log(
    lab: Lab, name: str, *, tail: int | None = None, container: str | None = None, timestamps: bool = False
) -> str:
    """Return a pod's log, or its last lines; a pod with a sidecar needs the container's name.

    Args:
        lab: Where.
        name: The pod's name.
        tail: How many lines at most.
        container: The container's name; its only one when None.
        timestamps: Whether each line begins with the API's own time stamp.

    Raises:
        LabError: It may not be read.
    """
    response = _open_log(lab, name, container=container, tail_lines=tail, timestamps=timestamps)
    return bytes(response.data).decode("utf-8", "replace")


def _open_log(lab: Lab, name: str, **options: Any) -> Any:
    """Ask for a pod's log, undecoded; a right that is missing is named."""
    try:
        return lab.core.read_namespaced_pod_log(name, lab.namespace, _preload_content=False, **options)
    except ApiException as error:
        if refused := denied(error, log_rule(lab)):
            raise refused from error
        raise


def stamped_log(lab: Lab, name: str) -> str:
    """Return a pod's log with the API's time stamps; nothing while its container has not started.

    Raises:
        LabError: It may not be read.
    """
    try:
        return read_log(lab, name, timestamps=True)
    except ApiException as error:
        if error.status == 400:
            return ""
        raise
