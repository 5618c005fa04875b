"""A lab's namespace: made when it is missing, deleted only when the lab made it."""

from __future__ import annotations

import time

from kubernetes.client import ApiException

from helpers.lab.errors import LabError, refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import OURS, PART_OF, Object

# Marks a namespace that the lab made, and so may delete.
CREATED = "grpc-lab/created"
GONE_SECONDS = 120.0


def ensure_namespace(lab: Lab) -> None:
    """Make the lab's namespace unless there is one; one that is being deleted is waited for."""
    try:
        found = lab.objects.get("Namespace", "", lab.namespace)
    except ApiException as error:
        if error.status == 403:
            return  # may be used without being read; if it is not there, the first apply will tell
        raise LabError(f"Namespace {lab.namespace} cannot be read: {refusal(error)}") from error
    if found and found.get("status", {}).get("phase") == "Terminating":
        wait_namespace_gone(lab, time.monotonic() + GONE_SECONDS)
        found = None
    if found is None:
        _create_namespace(lab)


def _create_namespace(lab: Lab) -> None:
    try:
        lab.objects.create(_namespace(lab.namespace), "")
    except ApiException as error:
        if error.status == 409:
            return  # somebody was quicker
        raise LabError(
            f"There is no namespace {lab.namespace}, and it cannot be made ({refusal(error)}); "
            "name one that you may use: connect(namespace=...)."
        ) from error


def _namespace(name: str) -> Object:
    metadata = {"name": name, "labels": {PART_OF: OURS}, "annotations": {CREATED: "true"}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def created_by_lab(lab: Lab) -> bool:
    """Whether the lab made its namespace, and so may delete it."""
    try:
        found = lab.objects.get("Namespace", "", lab.namespace)
    except ApiException:
        return False
    return found is not None and (found["metadata"].get("annotations") or {}).get(CREATED) == "true"


def wait_namespace_gone(lab: Lab, deadline: float) -> None:
    """Wait until the lab's namespace does not exist.

    Raises:
        LabError: It still does at the deadline; the message says what holds it.
    """
    states: list[Object] = []
    fields = f"metadata.name={lab.namespace}"
    for states in lab.objects.follow("Namespace", "", fields=fields, deadline=deadline):
        if not states:
            return
    conditions = states[0].get("status", {}).get("conditions") or [] if states else []
    held = "; ".join(str(item.get("message")) for item in conditions if item.get("status") == "True")
    raise LabError(
        f"Namespace {lab.namespace} is still being deleted ({held or 'the cluster gives no reason'}); "
        "wait and try again."
    )
