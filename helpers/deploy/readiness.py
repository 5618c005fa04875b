"""Whether a Deployment's pods are ready, and what they are doing while they are not."""

from __future__ import annotations

from collections.abc import Iterable

from kubernetes.client import ApiException

from helpers.deploy import pod_status
from helpers.deploy.manifests import IMAGES
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lab.progress import bar

READY_SECONDS = 120.0
# How often pods are looked at beside the Deployment's own changes: an image that is not there changes
# nothing.
LOOK_SECONDS = 2
# The Deployment controller numbers a Deployment and its ReplicaSets with it; the newest has its Deployment's
# (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment).
REVISION = "deployment.kubernetes.io/revision"
NAME_THE_IMAGE = (
    ". If the image has another name, set its prefix: --image-prefix registry.example/me/tlsdemo on the "
    'command line, connect(image_prefix="registry.example/me/tlsdemo") in a notebook. python -m helpers '
    "build makes the image"
)
STILL_STARTING = ". A node may still be pulling its image: apply again to wait longer"


def wait_deployments(lab: Lab, items: Iterable[Object], deadline: float) -> None:
    """Wait until each Deployment has all its pods ready, as many as it asks for now.

    Args:
        lab: Where.
        items: Deployments.
        deadline: When to give up, as ``time.monotonic()`` counts.

    Raises:
        LabError: One is not there or not ready; the message says what its pods are doing.
    """
    for item in items:
        _wait_deployment(lab, name_of(item), deadline)


def _wait_deployment(lab: Lab, name: str, deadline: float) -> None:
    """Wait for one Deployment; give up early when its pods' image is not there."""
    found: list[Object] = []
    with bar(_replicas(lab, name), f"{name} ready", "pods") as reached:
        for found in lab.objects.follow(
            "Deployment",
            lab.namespace,
            fields=f"metadata.name={name}",
            deadline=deadline,
            window=LOOK_SECONDS,
        ):
            if not found:
                break
            reached(int(found[0].get("status", {}).get("readyReplicas") or 0))
            if is_rolled_out(found[0]):
                return
            if pod_status.hopeless(_pods_of(lab, found[0])):
                break
    if not found:
        raise LabError(
            f"There is no Deployment {name} in namespace {lab.namespace}; apply it: helpers.apply."
        )
    pods = _pods_of(lab, found[0])
    hint = STILL_STARTING if pod_status.waits_for(pods, {"ContainerCreating"}) else ""
    if pod_status.waits_for(pods, pod_status.NO_IMAGE, IMAGES):
        hint = NAME_THE_IMAGE
    # A pod that cannot even be made (a quota, a policy) leaves its words in the Deployment's conditions only.
    failures = [] if pods else _failures(found[0])
    doing = "; ".join([pod_status.describe(lab.objects, lab.namespace, pods, [name]), *failures])
    raise LabError(f"Deployment {name} in namespace {lab.namespace} is not ready: {doing.rstrip('.')}{hint}.")


def _replicas(lab: Lab, name: str) -> int:
    found = lab.objects.get("Deployment", lab.namespace, name)
    return int(found["spec"].get("replicas", 1)) if found else 0


def is_rolled_out(deployment: Object) -> bool:
    """Whether as many pods of the newest specification as it asks for are ready, and no others are left."""
    status = deployment.get("status", {})
    wanted = int(deployment["spec"].get("replicas", 1))
    counts = (status.get(field) or 0 for field in ("replicas", "updatedReplicas", "readyReplicas"))
    return _is_observed(deployment) and all(int(count) == wanted for count in counts)


def _pods_of(lab: Lab, deployment: Object) -> list[Object]:
    """The live pods of its newest ReplicaSet: an older one's may wait for ever for what has been corrected.

    None while its controller has not read the specification; all where ReplicaSets may not be listed.
    """
    if not _is_observed(deployment):
        return []
    labels = deployment["spec"]["selector"]["matchLabels"]
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=selector))
    try:
        sets = lab.objects.select("ReplicaSet", lab.namespace, labels=selector)
    except ApiException as error:
        if error.status != 403:
            raise
        return pods
    newest = {name_of(item) for item in sets if _revision(item) == _revision(deployment)}
    return [pod for pod in pods if {owner["name"] for owner in _owners(pod)} & newest]


def _revision(item: Object) -> str:
    return str((item["metadata"].get("annotations") or {}).get(REVISION, ""))


def _owners(item: Object) -> list[Object]:
    return list(item["metadata"].get("ownerReferences") or [])


def _is_observed(deployment: Object) -> bool:
    """Whether the Deployment's controller has read the specification as it is now."""
    seen = int(deployment.get("status", {}).get("observedGeneration") or 0)
    return seen >= int(deployment["metadata"].get("generation") or 0)


def _failures(deployment: Object) -> list[str]:
    conditions = deployment.get("status", {}).get("conditions") or []
    return [str(item.get("message")) for item in conditions if item["type"] == "ReplicaFailure"]
