"""Namespaces take everything in them along (`k8s.io/kubernetes/pkg/controller/namespace`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from localcluster.controllers import conditions, owners
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.storage.resources import BY_KIND, RESOURCES, Resource
from localcluster.types import Change, Object, Record

FINALIZER = "kubernetes"
# What makes other objects goes before them, so that nothing is made while it is cleared away.
_FIRST = ("Deployment", "ReplicaSet", "Service", "Ingress")
_LAST = ("Event",)


class NamespaceController(OfRegistry):
    """Empties namespaces that are being deleted, then lets them go."""

    name = "namespace"
    kinds: tuple[str, ...] = tuple(resource.kind for resource in RESOURCES)

    def keys(self, change: Change) -> Iterable[Key]:
        """A namespace itself, and one that is being deleted when something in it changes."""
        name = change.record.name if change.kind == "Namespace" else change.record.namespace
        record = self._registry.store.get("Namespace", "", name)
        return [(name,)] if record and owners.is_deleting(record.view) else []

    def reconcile(self, key: Key) -> None:
        """Delete what is in a namespace; once nothing is, take the finalizer that holds it."""
        namespace = self._registry.find("Namespace", None, *key)
        if namespace is None or not owners.is_deleting(namespace):
            return
        for resource in _in_order():
            for record in self._registry.store.records(resource.kind, key[0]):
                self._delete(record)
        left = {
            resource.kind: records
            for resource in _in_order()
            if (records := self._registry.store.records(resource.kind, key[0]))
        }
        if left:
            note_remaining(namespace, left)
            self._registry.update("Namespace", namespace, subresource="status")
            return
        spec = namespace.setdefault("spec", {})
        if FINALIZER in (spec.get("finalizers") or []):
            spec["finalizers"] = [word for word in spec["finalizers"] if word != FINALIZER]
            self._registry.update("Namespace", namespace, subresource="finalize")

    def _delete(self, record: Record) -> None:
        if not owners.is_deleting(record.view):
            uid = record.view["metadata"]["uid"]
            self._registry.delete(
                record.kind, record.namespace, record.name, propagation="Background", uid=uid
            )


def note_remaining(namespace: Object, left: Mapping[str, Sequence[Record]]) -> None:
    """Say in a namespace's status what it waits for, in place."""
    counts = (
        f"{BY_KIND[kind].qualified} has {len(records)} resource instances" for kind, records in left.items()
    )
    message = f"Some resources are remaining: {', '.join(counts)}"
    _note(namespace, "NamespaceContentRemaining", "True", "SomeResourcesRemain", message)
    held = Counter(
        word
        for records in left.values()
        for record in records
        for word in record.view["metadata"].get("finalizers") or []
    )
    kind = "NamespaceFinalizersRemaining"
    if held:
        parts = ", ".join(f"{word} in {count} resource instances" for word, count in sorted(held.items()))
        message = f"Some content in the namespace has finalizers remaining: {parts}"
        _note(namespace, kind, "True", "SomeFinalizersRemain", message)
    else:
        message = "All content-preserving finalizers finished"
        _note(namespace, kind, "False", "ContentHasNoFinalizers", message)


def _note(namespace: Object, kind: str, value: str, reason: str, message: str) -> None:
    status = namespace.setdefault("status", {})
    conditions.put(status, conditions.new(kind, value, reason, message), same=("status", "reason", "message"))


def _in_order() -> list[Resource]:
    inside = [resource for resource in RESOURCES if resource.namespaced]
    first = {kind: place for place, kind in enumerate(_FIRST)}
    return sorted(inside, key=lambda r: (r.kind in _LAST, first.get(r.kind, len(first)), r.kind))
