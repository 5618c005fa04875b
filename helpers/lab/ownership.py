"""Whose objects are whose: what the course did not make is never changed or deleted.

Ours is what has the label ``app.kubernetes.io/part-of: grpc-lab``. Fields of ours that somebody else has
changed since (an autoscaler, ``kubectl edit``) belong to them: server-side apply without force reports a
conflict (https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
"""

from __future__ import annotations

from collections.abc import Iterable

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from helpers.lab.errors import LabError, refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import OURS, PART_OF, Object, is_ours, name_of

# ConfigMaps that Kubernetes, OpenShift and Istio keep in each namespace, for pods to know their certificates.
IN_EVERY_NAMESPACE = {"kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"}
# How ingress-nginx refuses a host that is taken, in its webhook; the local cluster says so in an event.
HOST_TAKEN = "is already defined in ingress"
GIVE_WAY = "Delete the other Ingress, or use another namespace: connect(namespace=...)."
SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type


def check(lab: Lab, items: Iterable[Object]) -> None:
    """Make sure that none of the names is taken by an object of another owner.

    Raises:
        LabError: One is; nothing was changed.
    """
    for item in items:
        found = _get(lab, item)
        if found is not None and not is_ours(found):
            raise LabError(
                f"{_title(item)} in namespace {lab.namespace} belongs to somebody else (no label "
                f"{PART_OF}: {OURS}), "
                "so nothing was changed; use another namespace: connect(namespace=...)."
            )


def apply(lab: Lab, item: Object, *, dry_run: bool = False) -> Object:
    """Apply one object, or let the server try, after checking that its name is not another owner's.

    Raises:
        LabError: It is, or the server refuses.
    """
    check(lab, [item])
    try:
        return lab.objects.apply(item, lab.namespace, dry_run=dry_run)
    except ApiException as error:
        raise LabError(_refused(lab, item, error)) from error
    except HTTPError as error:
        raise LabError(
            f"The API server {lab.server} does not answer any more; is the cluster running?"
        ) from error


def foreign(items: Iterable[Object]) -> list[Object]:
    """Return those objects that somebody else put there: not ours, and not made by a controller.

    What a controller makes names its owner (and goes with it), or is in every namespace of such a cluster.
    """
    return [
        item
        for item in items
        if not is_ours(item)
        and not item["metadata"].get("ownerReferences")
        and name_of(item) not in IN_EVERY_NAMESPACE
        and item.get("type") != SERVICE_ACCOUNT_TOKEN
    ]


def _get(lab: Lab, item: Object) -> Object | None:
    try:
        return lab.objects.get(str(item["kind"]), lab.namespace, name_of(item))
    except ApiException as error:
        raise LabError(
            f"{_title(item)} cannot be read in namespace {lab.namespace}: {refusal(error)}"
        ) from error
    except HTTPError as error:
        raise LabError(
            f"The API server {lab.server} does not answer any more; is the cluster running?"
        ) from error


def _refused(lab: Lab, item: Object, error: ApiException) -> str:
    where = f"{_title(item)} in namespace {lab.namespace}"
    if error.status == 409:
        return (
            f"{where} was changed by others since it was applied ({refusal(error)}); to start "
            "again, delete it first: helpers.delete(lab)."
        )
    if error.status == 404:
        return f"Namespace {lab.namespace} is gone; make it again: lab = helpers.connect()."
    advice = f". {GIVE_WAY}" if HOST_TAKEN in refusal(error) else ""
    return f"{where} was refused by the API server ({error.status}): {refusal(error)}{advice}"


def _title(item: Object) -> str:
    return f"{item['kind']} {name_of(item)}"
