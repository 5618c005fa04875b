"""Change a Deployment and wait until nothing of the old is left."""

from __future__ import annotations

import time

from helpers.deploy import pod_status
from helpers.deploy.readiness import LOOK_SECONDS, READY_SECONDS, is_rolled_out
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lab.progress import bar


def roll_out(lab: Lab, change: Object, *, name: str = "demo", timeout: float = READY_SECONDS) -> float:
    """Patch a Deployment's pods and wait for the end (used in production/02-rollout, section 2.2).

    The end is later than ``kubectl rollout status`` says: pods that are still ending count as well, because
    a client may still be connected to one.

    Args:
        lab: Where.
        change: What changes of its pod template's ``spec``, as a strategic merge patch.
        name: The Deployment.
        timeout: Seconds.

    Returns:
        How many seconds it took.

    Raises:
        LabError: It was not over in time; the message says what the pods are doing.
    """
    begun = time.monotonic()
    before = {name_of(pod) for pod in _pods(lab, name)}
    lab.apps.patch_namespaced_deployment(name, lab.namespace, {"spec": {"template": {"spec": change}}})
    left = before
    with bar(len(before), f"pods of {name} replaced", "pods") as reached:
        for pods in lab.objects.follow(
            "Pod",
            lab.namespace,
            labels=f"app={name}",
            deadline=begun + timeout,
            window=LOOK_SECONDS,
        ):
            left = before & {name_of(pod) for pod in pods if not pod_status.is_over(pod)}
            reached(len(before) - len(left))
            deployment = lab.objects.get("Deployment", lab.namespace, name) if not left else None
            if deployment and is_rolled_out(deployment):
                return time.monotonic() - begun
    doing = pod_status.describe(lab.objects, lab.namespace, _pods(lab, name), [name])
    raise LabError(
        f"{len(left)} old pods of Deployment {name} in namespace {lab.namespace} are left after "
        f"{timeout:.0f} seconds: {doing}."
    )


def _pods(lab: Lab, name: str) -> list[Object]:
    return lab.objects.select("Pod", lab.namespace, labels=f"app={name}")
