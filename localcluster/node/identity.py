"""What a pod shows the API: the files that a real pod finds in /var/run/secrets/kubernetes.io/serviceaccount.

There is no mount here, so they lie in the container's own folder, which only the pod's user can read, and
the image catalogue tells the program where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localcluster.access.tokens import POD_SECONDS, Tokens
from localcluster.storage.registry import Registry
from localcluster.types import Object

Identity = Callable[[Object], Mapping[str, str]]
"""Gives the files of a pod: `token`, `ca.crt` and `namespace`, or none."""


def of_nobody(_pod: Object) -> Mapping[str, str]:
    """For a node that has no tokens to give."""
    return {}


def giver(registry: Registry, tokens: Tokens, authority: str) -> Identity:
    """What gives pods of this cluster their identity.

    Args:
        registry: Where their ServiceAccounts are.
        tokens: Makes a token, bound to the pod.
        authority: The certificate (PEM) that the API's is signed with.
    """

    def files(pod: Object) -> Mapping[str, str]:
        meta, name = pod["metadata"], pod["spec"].get("serviceAccountName") or "default"
        account = registry.find("ServiceAccount", meta["namespace"], name)
        if account is None or not _wanted(pod, account):
            return {}
        token = tokens.issue(account, POD_SECONDS, {**pod, "kind": "Pod"}).text
        return {"token": token, "ca.crt": authority, "namespace": meta["namespace"]}

    return files


def _wanted(pod: Object, account: Object) -> bool:
    """The pod's word counts before its account's."""
    field = "automountServiceAccountToken"
    return bool(pod["spec"].get(field, account.get(field, True)))
