"""The greeter's pods, and pods that run one command and end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kubernetes.client import ApiException

from helpers.deploy import pod_status
from helpers.deploy.manifests import GREETER, containers, load
from helpers.lab.errors import LabError, refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import OURS, PART_OF, Object, name_of
from helpers.lab.rbac import Rule, denied

RUN_SECONDS = 120.0
LOOK_SECONDS = 5
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
    name = name_of(pod)
    try:
        lab.objects.create(pod, lab.namespace)
    except ApiException as error:
        raise LabError(f"Pod {name} in namespace {lab.namespace} was refused: {refusal(error)}") from error
    try:
        _wait_over(lab, name, time.monotonic() + timeout)
        return read_log(lab, name)
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
    variables = [*_own_facts(), *({"name": key, "value": value} for key, value in env.items())]
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


def _own_facts() -> Iterator[Object]:
    for name, path in {"POD_NAMESPACE": "metadata.namespace", "POD_IP": "status.podIP"}.items():
        yield {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _wait_over(lab: Lab, name: str, deadline: float) -> None:
    pods: list[Object] = []
    for pods in lab.objects.follow(
        "Pod", lab.namespace, fields=f"metadata.name={name}", deadline=deadline, window=LOOK_SECONDS
    ):
        if not pods or pod_status.hopeless(pods):
            break
        if pod_status.is_over(pods[0]):
            return
    doing = pod_status.describe(lab.objects, lab.namespace, pods) if pods else "somebody deleted it"
    raise LabError(f"Pod {name} in namespace {lab.namespace} did not end: {doing}.")


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
    try:
        response: Any = lab.core.read_namespaced_pod_log(
            name,
            lab.namespace,
            container=container,
            tail_lines=tail,
            timestamps=timestamps,
            _preload_content=False,
        )
    except ApiException as error:
        if refused := denied(error, log_rule(lab)):
            raise refused from error
        raise
    return bytes(response.data).decode("utf-8", "replace")


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
