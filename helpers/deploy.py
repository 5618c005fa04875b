"""Bring a variant to the cluster, wait until it is ready, take it away again."""

from __future__ import annotations

import base64
import math
import os
import time
from collections.abc import Iterable, Sequence

from kubernetes.client import ApiException

from helpers import certificates, gateways, ingress, ownership, serving, states
from helpers.errors import LabError
from helpers.lab import GONE_SECONDS, Lab, created_by_lab, wait_namespace_gone
from helpers.manifests import containers, load
from helpers.objects import OURS, PART_OF, SELECT_OURS, Object, is_ours, name_of
from helpers.pods import CLIENT_PREFIX
from helpers.progress import bar
from helpers.rights import DeniedError, note, say

READY_SECONDS = 120.0
# Long enough for a controller that is there, short enough where `wait=False` says not to.
ADDRESS_SECONDS = 10.0
# How often pods are looked at beside the Deployment's own changes: an image that is not there changes
# nothing.
LOOK_SECONDS = 2
PACE = "GREETER_INTERVAL"
# Deployments first: their pods must not outlive what they are configured by.
DEPLOYED = ("Deployment", "Pod", "Ingress", "GRPCRoute", "Gateway", "Service", "ConfigMap", "Secret")
DELETED = (
    *DEPLOYED,
    # What pods are and may: taken away after the pods.
    *("RoleBinding", "Role", "ServiceAccount"),
)


def apply(lab: Lab, variant: str, *, wait: bool = True) -> None:
    """Do what ``kubectl apply -k manifests/<variant>`` does, then wait until its pods are ready.

    Objects are applied on the server under the field manager ``grpc-lab`` and without force. For an Ingress
    this also makes what only a run can know: the TLS Secret and the ConfigMap ``ingress-address``.

    Args:
        lab: Where.
        variant: A folder of ``manifests/``.
        wait: Whether to wait until its Deployments are ready.

    Raises:
        LabError: An object is another owner's, the server refuses one, or the pods do not get ready.
    """
    whole = _objects(lab, variant)
    objects = _planned(lab, whole)
    ownership.check(lab, objects)
    deployments = [item for item in objects if item["kind"] == "Deployment"]
    for item in objects:
        _ensure_certificates(lab, item)
        if item["kind"] != "Deployment":
            ownership.apply(lab, item)
    for item in gateways.left_out(objects, whole):
        _ensure_certificates(lab, item)
    _publish_addresses(lab, objects, required=wait)
    gateways.publish(lab, objects, whole, time.monotonic() + gateways.READY_SECONDS)
    deadline = time.monotonic() + READY_SECONDS
    # A client that is there before its proxy is refused and then waits longer and longer between its tries:
    # its first greetings would all fail (https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md).
    clients = [item for item in deployments if name_of(item).startswith(CLIENT_PREFIX)]
    for group in ([item for item in deployments if item not in clients], clients):
        for item in group:
            ownership.apply(lab, item)
        if wait:
            _wait_deployments(lab, group, deadline)


def wait_ready(lab: Lab, variant: str, *, timeout: float = READY_SECONDS) -> None:
    """Wait until every Deployment of a variant has all its pods ready, as many as it asks for now.

    Args:
        lab: Where.
        variant: A folder of ``manifests/``.
        timeout: Seconds.

    Raises:
        LabError: They are not; the message says what the pods are doing.
    """
    deadline = time.monotonic() + timeout
    objects = _objects(lab, variant)
    _publish_addresses(lab, objects, required=True, seconds=timeout)
    _wait_deployments(lab, [item for item in objects if item["kind"] == "Deployment"], deadline)


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
    return _planned(lab, _objects(lab, variant))


def _planned(lab: Lab, whole: Sequence[Object]) -> list[Object]:
    objects = gateways.settle(lab, whole)
    for item in objects:
        _set_pace(item)
    return objects


def made_on_the_way(items: Iterable[Object]) -> list[tuple[str, str]]:
    """Return kind and name of what ``apply`` makes beside these objects, for their Ingresses and Gateways."""
    found = list(items)
    secrets = [("Secret", secret) for item in found for secret, _ in certified(item)]
    addresses = {"Ingress": ingress.ADDRESS, "Gateway": gateways.ADDRESS}
    kinds = {str(item["kind"]) for item in found}
    return [*secrets, *(("ConfigMap", name) for kind, name in addresses.items() if kind in kinds)]


def certified(item: Object) -> list[tuple[str, str]]:
    """Return the Secrets with certificates that an object names, each with the host it is for."""
    if item["kind"] == "Ingress":
        return [(str(one["secretName"]), str(one["hosts"][0])) for one in item["spec"].get("tls") or []]
    if item["kind"] != "Gateway":
        return []
    return [
        (str(reference["name"]), str(listener["hostname"]))
        for listener in item["spec"]["listeners"]
        for reference in (listener.get("tls") or {}).get("certificateRefs") or []
    ]


def _objects(lab: Lab, variant: str) -> list[Object]:
    return load(variant, namespace=lab.namespace, image_prefix=lab.image_prefix, image_tag=lab.image_tag)


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


def _ensure_certificates(lab: Lab, item: Object) -> None:
    for secret, host in certified(item):
        _ensure_certificate(lab, secret, host)


def _ensure_certificate(lab: Lab, name: str, host: str) -> None:
    """Make a Secret with a certificate, unless the one that is there serves the host."""
    metadata = {"name": name, "namespace": lab.namespace, "labels": {PART_OF: OURS}}
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls"}
    ownership.check(lab, [secret])
    found = lab.objects.get("Secret", lab.namespace, name)
    if found and certificates.fits(found.get("data") or {}, host):
        return
    texts = certificates.issue(host)
    secret["data"] = {file: base64.b64encode(text.encode()).decode() for file, text in texts.items()}
    ownership.apply(lab, secret)


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
            serving.wait_served(lab, item, time.monotonic() + seconds)


# --- wait ---------------------------------------------------------------------------------------------------


def _wait_deployments(lab: Lab, items: Iterable[Object], deadline: float) -> None:
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
            if states.hopeless(_pods_of(lab, found[0])):
                break
    if not found:
        raise LabError(
            f"There is no Deployment {name} in namespace {lab.namespace}; apply it: helpers.apply."
        )
    pods = _pods_of(lab, found[0])
    # A pod that cannot even be made (a quota, a policy) leaves its words in the Deployment's conditions only.
    failures = [] if pods else _failures(found[0])
    doing = "; ".join([states.describe(lab.objects, lab.namespace, pods, [name]), *failures])
    raise LabError(f"Deployment {name} in namespace {lab.namespace} is not ready: {doing}.")


def _replicas(lab: Lab, name: str) -> int:
    found = lab.objects.get("Deployment", lab.namespace, name)
    return int(found["spec"].get("replicas", 1)) if found else 0


def is_rolled_out(deployment: Object) -> bool:
    """Whether as many pods of the newest specification as it asks for are ready, and no others are left."""
    status = deployment.get("status", {})
    wanted = int(deployment["spec"].get("replicas", 1))
    seen = int(status.get("observedGeneration") or 0) >= int(deployment["metadata"].get("generation") or 0)
    counts = (status.get(field) or 0 for field in ("replicas", "updatedReplicas", "readyReplicas"))
    return seen and all(int(count) == wanted for count in counts)


def _pods_of(lab: Lab, deployment: Object) -> list[Object]:
    labels = deployment["spec"]["selector"]["matchLabels"]
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return states.live(lab.objects.select("Pod", lab.namespace, labels=selector))


def _failures(deployment: Object) -> list[str]:
    conditions = deployment.get("status", {}).get("conditions") or []
    return [str(item.get("message")) for item in conditions if item["type"] == "ReplicaFailure"]


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
