"""Each namespace has a ServiceAccount `default` (`k8s.io/kubernetes/pkg/controller/serviceaccount`)."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.controllers import owners
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.types import Change

NAME = "default"


class ServiceAccountController(OfRegistry):
    """Makes the ServiceAccount that pods use when they name none."""

    name = "serviceaccount"
    kinds: tuple[str, ...] = ("Namespace", "ServiceAccount")

    def keys(self, change: Change) -> Iterable[Key]:
        """The namespace; also when its ServiceAccount is deleted."""
        if change.kind == "Namespace":
            return [(change.record.name,)]
        return [(change.record.namespace,)] if change.type == "DELETED" else []

    def reconcile(self, key: Key) -> None:
        """Make the ServiceAccount unless it is there."""
        namespace = self._registry.find("Namespace", None, *key)
        if namespace is None or owners.is_deleting(namespace):
            return
        if self._registry.find("ServiceAccount", key[0], NAME) is None:
            wanted = {"metadata": {"name": NAME, "namespace": key[0]}}
            self._registry.create("ServiceAccount", wanted)
