"""What pods are doing, in words, for when a wait was in vain. Pure functions on the API's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubernetes.client import ApiException

from helpers.deploy.manifests import split_image
from helpers.lab.errors import refusal
from helpers.lab.objects import Object, Objects, labels_of, name_of

# The kubelet tries these again for ever, but nothing changes without somebody's doing something.
HOPELESS = {"ErrImageNeverPull", "ImagePullBackOff", "InvalidImageName"}
# Between two tries a container's state says the first of these, which may yet be a registry's bad moment.
NO_IMAGE = {"ErrImagePull", *HOPELESS}
EVENTS_SHOWN = 3
ABOUT_IMAGES = ("Error: ErrImage", "Error: ImagePull", "Failed to pull image ", "Back-off pulling image ")


def is_terminating(pod: Object) -> bool:
    """Whether a pod is on its way out."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_ready(pod: Object) -> bool:
    """Whether a pod gets traffic."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def is_over(pod: Object) -> bool:
    """Whether a pod has ended for good."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def live(pods: Iterable[Object]) -> list[Object]:
    """Return the pods that are neither ended nor ending."""
    return [pod for pod in pods if not is_terminating(pod) and not is_over(pod)]


def troubles(pod: Object) -> list[tuple[str, str]]:
    """Return reason and words of each of a pod's containers that waits, or had to be started again."""
    found = []
    for status in pod.get("status", {}).get("containerStatuses") or []:
        state = status.get("state") or {}
        if waiting := state.get("waiting"):
            message = str(waiting.get("message") or f"image {status.get('image')}")
            found.append((str(waiting.get("reason")), message))
        elif ended := state.get("terminated"):
            found.append((str(ended.get("reason")), f"exit code {ended.get('exitCode')}"))
    return found


def hopeless(pods: Iterable[Object]) -> bool:
    """Whether waiting longer cannot help: an image that is not there."""
    return waits_for(pods, HOPELESS)


def waits_for(pods: Iterable[Object], reasons: set[str], images: tuple[str, ...] = ("",)) -> bool:
    """Whether a container of these pods waits for one of these reasons, of an image whose name ends so."""
    statuses = (one for pod in pods for one in pod.get("status", {}).get("containerStatuses") or [])
    return any(
        (one.get("state") or {}).get("waiting", {}).get("reason") in reasons
        and split_image(str(one.get("image")))[0].endswith(images)
        for one in statuses
    )


def pod_in_words(pod: Object) -> str:
    """Return which pod it is and what it is doing."""
    return f"{name_of(pod)} {_doing(pod)}"


def _doing(pod: Object) -> str:
    phase = str(pod.get("status", {}).get("phase") or "Pending")
    if is_terminating(pod):
        doing = "is ending"
    elif found := troubles(pod):
        doing = ", ".join(f"{reason}: {message}" for reason, message in found)
    elif unscheduled := _unscheduled(pod):
        doing = f"not scheduled: {unscheduled}"
    elif phase == "Running" and not is_ready(pod):
        doing = "runs but is not ready"
    else:
        doing = f"is {phase.lower()}"
    restarts = sum(s.get("restartCount") or 0 for s in pod.get("status", {}).get("containerStatuses") or [])
    return doing + (f", {restarts} restarts" if restarts else "")


def _unscheduled(pod: Object) -> str:
    conditions = pod.get("status", {}).get("conditions") or []
    scheduled: Object = next((item for item in conditions if item["type"] == "PodScheduled"), {})
    return str(scheduled.get("message") or "no node yet") if scheduled.get("status") == "False" else ""


def describe(objects: Objects, namespace: str, pods: Sequence[Object], owners: Sequence[str] = ()) -> str:
    """Return what pods are doing and the last warnings about them.

    Args:
        objects: Where the events are read.
        namespace: The pods' namespace.
        pods: The pods; those that serve as they should are left out while others do not.
        owners: Names of further objects (Deployments) whose warnings matter.
    """
    waiting = [pod for pod in pods if not is_ready(pod)] or pods
    doing = _alike(waiting)[:EVENTS_SHOWN] or ["there are no pods"]
    try:
        warnings = last_warnings(objects.select("Event", namespace, fields="type=Warning"), pods, owners)
    except ApiException as error:
        # What the pods themselves tell is worth more than nothing.
        return "; ".join([*doing, f"events cannot be listed: {refusal(error)}"])
    # The event of a container's state mostly repeats its words.
    warnings = [words for words in warnings if not _repeats(words.partition(": ")[2], doing)]
    return "; ".join([*doing, *warnings])


def _alike(pods: Iterable[Object]) -> list[str]:
    """What pods are doing, each thing once: pods of one Deployment mostly lack the same image."""
    names: dict[str, list[str]] = {}
    for pod in pods:
        names.setdefault(_doing(pod), []).append(name_of(pod))
    return [
        f"{first} {doing}" + (f" ({', '.join(others)} too)" if others else "")
        for doing, (first, *others) in names.items()
    ]


def _repeats(message: str, doing: Sequence[str]) -> bool:
    """Whether an event says what a pod's state says; the kubelet sends three of one missing image."""
    return any(message in said for said in doing) or (
        message.startswith(ABOUT_IMAGES) and any(reason in said for said in doing for reason in NO_IMAGE)
    )


def last_warnings(events: Iterable[Object], pods: Sequence[Object], owners: Sequence[str] = ()) -> list[str]:
    """Return the newest warnings about pods and their owners, each text once."""
    hashes = {labels_of(pod).get("pod-template-hash", "") for pod in pods}
    sets = {f"{owner}-{part}" for owner in owners for part in hashes}
    subjects = {name_of(pod) for pod in pods} | set(owners) | sets
    about = [event for event in events if event.get("involvedObject", {}).get("name") in subjects]
    about.sort(key=_moment, reverse=True)
    said = dict.fromkeys(f"event {event.get('reason')}: {_one_line(event)}" for event in about)
    return list(said)[:EVENTS_SHOWN]


def _moment(event: Object) -> str:
    return str(
        event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    )


def _one_line(event: Object) -> str:
    return " ".join(str(event.get("message")).split())
