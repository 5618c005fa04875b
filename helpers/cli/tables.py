"""What the command line shows of what runs: pods per Deployment, the clients' last lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubernetes.client import ApiException

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT, CLIENT_PREFIX, load
from helpers.lab.errors import refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import SELECT_OURS, Object, labels_of, name_of
from helpers.observe.pods import read_log

Say = Callable[[str], object]


def show_status(lab: Lab, variants: Sequence[str] | None, say: Say) -> None:
    """Say for each Deployment of the course how many pods are ready, and what each pod is doing.

    Args:
        lab: Where.
        variants: Whose Deployments; all when None.
        say: Takes each line.
    """
    say(f"Namespace {lab.namespace}, context {lab.context} at {lab.server}, Kubernetes {lab.server_version}")
    found = [item for item in _ours(lab, "Deployment") if _wanted(name_of(item), variants)]
    if not found:
        say("There is no Deployment of the course.")
        return
    pods = _pods(lab, say)
    for item in found:
        ready = item.get("status", {}).get("readyReplicas") or 0
        say(f"Deployment {name_of(item)}: {ready} of {item['spec'].get('replicas', 1)} pods ready")
        chosen = item["spec"]["selector"]["matchLabels"].items()
        for pod in pods:
            if chosen <= labels_of(pod).items():
                say(f"  {pod_status.pod_in_words(pod)}")


def show_logs(lab: Lab, variants: Sequence[str] | None, tail: int, say: Say, complain: Say) -> None:
    """Say the last lines of each client, with the client's name before each.

    Args:
        lab: Where.
        variants: Whose clients; all when None.
        tail: How many lines of each.
        say: Takes each line.
        complain: Takes a sentence for each client that has no log.
    """
    clients = [
        pod
        for pod in _ours(lab, "Pod")
        if labels_of(pod).get("app", "").startswith(CLIENT_PREFIX)
        and _wanted(labels_of(pod)["app"], variants)
    ]
    if not clients:
        complain(f"There are no clients of the course in namespace {lab.namespace}.")
    for pod in clients:
        try:
            lines = read_log(lab, name_of(pod), tail=tail, container=CLIENT).splitlines()
        except ApiException as error:
            if error.status not in {400, 404}:
                raise
            complain(f"{name_of(pod)} has no log: {refusal(error)}.")
        else:
            for line in lines:
                say(f"{name_of(pod)} | {line}")


def _ours(lab: Lab, kind: str) -> list[Object]:
    return sorted(lab.objects.select(kind, lab.namespace, labels=SELECT_OURS), key=name_of)


def _pods(lab: Lab, say: Say) -> list[Object]:
    try:
        return _ours(lab, "Pod")
    except ApiException as error:
        if error.status != 403:
            raise
        say(f"(The pods themselves cannot be listed: {refusal(error)}.)")
        return []


def _wanted(deployment: str, variants: Sequence[str] | None) -> bool:
    """Whether a Deployment is one that a variant's folder describes."""
    if variants is None:
        return True
    return any(
        item["kind"] == "Deployment" and name_of(item) == deployment
        for variant in variants
        for item in load(variant)
    )
