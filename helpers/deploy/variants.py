"""A variant: brought to the cluster, waited for, taken away again."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Sequence

from kubernetes.client import ApiException

from helpers.deploy import certificates, gateways, ingress, ingress_readiness
from helpers.deploy.answers import ANSWER_SECONDS, is_client, wait_answered
from helpers.deploy.manifests import containers, load, set_hosts
from helpers.deploy.readiness import READY_SECONDS, wait_deployments
from helpers.lab import ownership
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.namespace import GONE_SECONDS, created_by_lab, wait_namespace_gone
from helpers.lab.objects import SELECT_OURS, Object, is_ours, name_of
from helpers.lab.progress import bar
from helpers.lab.rbac import DeniedError, note, say

# Long enough for a controller that is there, short enough where `wait=False` says not to.
ADDRESS_SECONDS = 10.0
PACE = "GREETER_INTERVAL"
# Deployments first: their pods must not outlive what they are configured by.
DEPLOYED = ("Deployment", "Pod", "Ingress", "GRPCRoute", "Gateway", "Service", "ConfigMap", "Secret")
DELETED = (
    *DEPLOYED,
    # What pods are and may: taken away after the pods.
    *("RoleBinding", "Role", "ServiceAccount"),
)


def apply(lab: Lab, variant: str, *, wait: bool = True, patience: float | None = None) -> None:
    """Do what ``kubectl apply -k manifests/<variant>`` does, then wait until its clients are answered.

    Objects are applied on the server under the field manager ``grpc-lab`` and without force. For an Ingress
    this also makes what only a run can know: the TLS Secret and the ConfigMap ``ingress-address``. Clients
    that need an IngressClass which the cluster does not have are left out, which is said once.

    Args:
        lab: Where.
        variant: A folder of ``manifests/``.
        wait: Whether to wait until its Deployments are ready, and then until each client has logged its first
            answered greeting.
        patience: Seconds for the latter, where no answer may be what the lesson shows; when they are over,
            nothing is said. When None, ``ANSWER_SECONDS``, and then the clients without an answer are named.

    Raises:
        LabError: An object is another owner's, the server refuses one, or the pods do not get ready.
        MissingError: The cluster lacks what the variant is about, such as the Gateway API.
    """
    objects = planned(lab, variant)
    ownership.check(lab, objects)
    deployments = [item for item in objects if item["kind"] == "Deployment"]
    for item in objects:
        certificates.ensure_certificates(lab, item)
        if item["kind"] != "Deployment":
            ownership.apply(lab, item)
    _publish_addresses(lab, objects, required=wait)
    gateways.publish(lab, objects, time.monotonic() + gateways.READY_SECONDS)
    deadline = time.monotonic() + READY_SECONDS
    # A client that is there before its proxy is refused and then waits longer and longer between its tries:
    # its first greetings would all fail (https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md).
    clients = list(filter(is_client, deployments))
    for group in ([item for item in deployments if item not in clients], clients):
        for item in group:
            ownership.apply(lab, item)
        if wait:
            wait_deployments(lab, group, deadline)
    if wait:
        _wait_answered(lab, clients, patience)


def wait_ready(lab: Lab, variant: str, *, timeout: float = READY_SECONDS) -> None:
    """Wait until every Deployment of a variant has all its pods ready, and its clients are answered.

    As many pods as it asks for now. Clients without an answer after ``ANSWER_SECONDS`` are named.

    Args:
        lab: Where.
        variant: A folder of ``manifests/``.
        timeout: Seconds.

    Raises:
        LabError: They are not; the message says what the pods are doing.
        MissingError: The cluster lacks what the variant is about.
    """
    deadline = time.monotonic() + timeout
    objects = planned(lab, variant)
    _publish_addresses(lab, objects, required=True, seconds=timeout)
    deployments = [item for item in objects if item["kind"] == "Deployment"]
    wait_deployments(lab, deployments, deadline)
    _wait_answered(lab, deployments, None)


def delete(lab: Lab, variant: str | None = None) -> None:
    """Take away a variant, or all that the course made in the namespace, and wait until it is gone.

    The namespace itself goes only if the lab made it and nobody else keeps anything in it. Objects of other
    owners stay.

    Args:
        lab: Where.
        variant: A folder of ``manifests/``; everything when None.

    Raises:
        LabError: Something is still there after a while.
    """
    deadline = time.monotonic() + GONE_SECONDS
    if variant is None and created_by_lab(lab) and not _kept_by_others(lab):
        try:
            lab.objects.delete("Namespace", "", lab.namespace)
        except DeniedError as error:
            note(f"Namespace {lab.namespace} stays, empty", error)
        else:
            wait_namespace_gone(lab, deadline)
            return
    _remove(lab, _everything(lab) if variant is None else _existing(lab, variant), deadline)


def clear(lab: Lab) -> None:
    """Take away all that the course made in the namespace, and leave the namespace itself.

    Raises:
        LabError: Something is still there after a while.
    """
    _remove(lab, _everything(lab), time.monotonic() + GONE_SECONDS)


# --- apply --------------------------------------------------------------------------------------------------


def planned(lab: Lab, variant: str) -> list[Object]:
    """Return the objects that ``apply`` sends for a variant, but for those that only a run can know."""
    objects = gateways.settle(lab, ingress.settle(lab, _objects(lab, variant)))
    for item in objects:
        _set_pace(item)
    return objects


def made_on_the_way(items: Iterable[Object]) -> list[tuple[str, str]]:
    """Return kind and name of what ``apply`` makes beside these objects, for their Ingresses and Gateways."""
    found = list(items)
    secrets = [("Secret", secret) for item in found for secret, _ in certificates.certified(item)]
    addresses = {"Ingress": ingress.ADDRESS, "Gateway": gateways.ADDRESS}
    kinds = {str(item["kind"]) for item in found}
    return [*secrets, *(("ConfigMap", name) for kind, name in addresses.items() if kind in kinds)]


def _objects(lab: Lab, variant: str) -> list[Object]:
    found = load(variant, namespace=lab.namespace, image_prefix=lab.image_prefix, image_tag=lab.image_tag)
    return [set_hosts(item, lab.namespace) for item in found]


def _set_pace(item: Object) -> None:
    """Let the clients greet at the pace of this run; the manifests say once a second."""
    for container in containers(item):
        for variable in container.get("env") or []:
            if variable["name"] == PACE:
                variable["value"] = f"{1 / pace():g}"


def pace() -> float:
    """Return the greetings per second of each client: ``$LAB_PACE``, else one.

    Raises:
        LabError: It is not a number above zero.
    """
    told = os.environ.get("LAB_PACE") or "1"
    try:
        chosen = float(told)
    except ValueError:
        chosen = math.nan
    if not (math.isfinite(chosen) and chosen > 0):
        raise LabError(f'LAB_PACE is "{told}"; write the greetings per second of each client, such as 20.')
    return chosen


def _wait_answered(lab: Lab, deployments: Sequence[Object], patience: float | None) -> None:
    seconds = ANSWER_SECONDS if patience is None else patience
    silent = wait_answered(lab, deployments, time.monotonic() + seconds)
    if silent and patience is None:
        others = f" and {len(silent) - 1} more of the clients" if len(silent) > 1 else ""
        say(
            f"No greeting of {silent[0]}{others} in namespace {lab.namespace} was answered within "
            f"{seconds:.0f} seconds; the log says why: kubectl -n {lab.namespace} logs {silent[0]} --tail=5"
        )


def _publish_addresses(
    lab: Lab, objects: Sequence[Object], *, required: bool, seconds: float = READY_SECONDS
) -> None:
    """Write where pods reach the controllers of these objects' Ingresses.

    With ``required``, also wait until the controllers serve them; without, a cluster that does not (yet)
    tell is no error.
    """
    for item in objects:
        if item["kind"] != "Ingress":
            continue
        ingress_class = str(item["spec"]["ingressClassName"])
        patience = seconds if required else ADDRESS_SECONDS
        try:
            endpoint = ingress.wait_endpoint(
                lab, ingress_class, time.monotonic() + patience, name=name_of(item)
            )
        except LabError:
            if required:
                raise
        else:
            ingress.publish(lab, ingress_class, endpoint)
        if required:
            ingress_readiness.wait_served(lab, item, time.monotonic() + seconds)


# --- delete -------------------------------------------------------------------------------------------------


def _everything(lab: Lab) -> list[Object]:
    return [item for kind in DELETED for item in _of_kind(lab, kind)]


def _kept_by_others(lab: Lab) -> bool:
    """Whether somebody else's objects are in the namespace; then say which, and how to be rid of them."""
    found = [
        f"{kind} {name_of(item)}" for kind in DEPLOYED for item in ownership.foreign(_of_kind(lab, kind, ""))
    ]
    if found:
        say(
            f"Namespace {lab.namespace} stays, for it holds what is not the course's: {', '.join(found)}; "
            f"kubectl delete namespace {lab.namespace} takes it away, and all that is in it."
        )
    return bool(found)


def _of_kind(lab: Lab, kind: str, labels: str = SELECT_OURS) -> list[Object]:
    """Return what there is of a kind with these labels; nothing where the cluster does not know the kind."""
    try:
        return lab.objects.select(kind, lab.namespace, labels=labels)
    except ApiException as error:
        if error.status == 404 and kind in gateways.OURS_KINDS:
            return []
        raise


def _existing(lab: Lab, variant: str) -> list[Object]:
    """Return what there is of a variant and is ours; the Secrets of its Ingresses too.

    The ConfigMap ``ingress-address`` is shared by all variants and stays.
    """
    objects = _objects(lab, variant)
    named = [(str(item["kind"]), name_of(item)) for item in objects]
    named += [(kind, name) for kind, name in made_on_the_way(objects) if kind == "Secret"]
    found = [
        {"kind": kind, **item} for kind, name in named if (item := lab.objects.get(kind, lab.namespace, name))
    ]
    return [item for item in found if is_ours(item)]


def _remove(lab: Lab, doomed: Sequence[Object], deadline: float) -> None:
    for item in doomed:
        lab.objects.delete(str(item["kind"]), lab.namespace, name_of(item))
    for kind in DELETED:
        _wait_gone(lab, kind, {name_of(item) for item in doomed if item["kind"] == kind}, deadline)


def _wait_gone(lab: Lab, kind: str, names: set[str], deadline: float) -> None:
    if not names:
        return
    left: set[str] = names
    with bar(len(names), f"{kind}s gone", "objects") as reached:
        for items in lab.objects.follow(kind, lab.namespace, deadline=deadline):
            left = names & {name_of(item) for item in items}
            reached(len(names) - len(left))
            if not left:
                return
    raise LabError(
        f"{kind} {', '.join(sorted(left))} in namespace {lab.namespace} is still being deleted; try again."
    )
