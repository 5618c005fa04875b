"""The ingress controller itself: which program it is, and what its log says.

It belongs to whoever runs the cluster, so an attendee may often not look at it. Then the missing right is
said once, and the lesson goes on.
"""

from __future__ import annotations

from typing import Any

from kubernetes.client import ApiException

from helpers.deploy.ingress import CONTROLLER_LABELS, CONTROLLER_NAMESPACE
from helpers.lab import rbac
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of

LINES = 2000


def controller_images(lab: Lab) -> list[str]:
    """Return the images of the cluster's ingress-nginx controllers, which name their version.

    Where their pods may not be listed, or there are none, says so once and returns none.
    """
    found = {
        str(container["image"]) for pod in _pods(lab) for container in pod["spec"].get("containers") or []
    }
    return sorted(found)


def controller_log(lab: Lab, containing: str = "", *, last: int = 3) -> list[str]:
    """Return the last lines of the controllers' logs that contain a text.

    Where they may not be read, or there is no controller, says so once and returns none.

    Args:
        lab: Where.
        containing: What a line has to contain; every line does by default.
        last: How many lines of each controller at most.

    Returns:
        The lines as the controller wrote them, oldest first.
    """
    lines: list[str] = []
    for pod in _pods(lab):
        text = _log(lab, name_of(pod))
        lines += [line for line in text.splitlines() if containing in line][-last:]
    return lines


def _pods(lab: Lab) -> list[Object]:
    try:
        pods = lab.objects.select("Pod", CONTROLLER_NAMESPACE, labels=CONTROLLER_LABELS)
    except ApiException as error:
        if error.status != 403:
            raise
        rbac.note(
            f"The ingress controller's pods in namespace {CONTROLLER_NAMESPACE} cannot be listed", error
        )
        return []
    if not pods:
        rbac.say(f"There is no ingress-nginx controller in namespace {CONTROLLER_NAMESPACE} to look at.")
    return [pod for pod in pods if pod.get("status", {}).get("phase") == "Running"]


def _log(lab: Lab, name: str) -> str:
    try:
        response: Any = lab.core.read_namespaced_pod_log(
            name, CONTROLLER_NAMESPACE, tail_lines=LINES, _preload_content=False
        )
    except ApiException as error:
        if error.status != 403:
            raise
        rule = rbac.Rule("get", "pods/log", namespace=CONTROLLER_NAMESPACE)
        rbac.note("The ingress controller's log cannot be read", rbac.denied(error, rule) or error)
        return ""
    return bytes(response.data).decode("utf-8", "replace")
