"""Objects go when their owners are gone (`k8s.io/kubernetes/pkg/controller/garbagecollector`).

Background: the owner goes at once, and whatever named it by uid follows. Foreground: the owner waits for
those that block it. Orphan: the owner first takes its name off its dependents.
"""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.controllers import owners
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.objects.deletion import FOREGROUND, ORPHAN
from localcluster.storage.resources import BY_KIND, RESOURCES
from localcluster.types import Change, Object, Record

# Events neither own nor are owned, and there are many of them.
_KINDS = tuple(resource.kind for resource in RESOURCES if resource.kind != "Event")


class GarbageCollector(OfRegistry):
    """Deletes dependents of what is gone, and lets go of owners that waited for theirs."""

    name = "garbage-collector"
    kinds: tuple[str, ...] = _KINDS

    def keys(self, change: Change) -> Iterable[Key]:
        """An object with owners or on its way out; then its dependents too, and owners that wait for it."""
        view = change.record.view
        leaving = change.type == "DELETED" or owners.is_deleting(view)
        if leaving or owners.references(view):
            yield _key(change.record)
        if leaving:
            for record in self._dependents(view["metadata"]["uid"]):
                yield _key(record)
        for ref in owners.references(change.old_record.view if change.old_record else view):
            owner = self._owner(ref, change.record.namespace)
            if owner and owners.is_deleting(owner.view):
                yield _key(owner)

    def reconcile(self, key: Key) -> None:
        """Do what an object's owners, or its own deletion, ask for."""
        kind, namespace, name = key
        obj = self._registry.find(kind, namespace, name)
        if obj is None:
            return
        finalizers = obj["metadata"].get("finalizers") or []
        if owners.is_deleting(obj) and ORPHAN in finalizers:
            self._orphan_dependents(obj)
        elif owners.is_deleting(obj) and FOREGROUND in finalizers:
            self._await_dependents(obj)
        elif owners.references(obj) and not owners.is_deleting(obj):
            self._follow_owners(obj)

    def _orphan_dependents(self, owner: Object) -> None:
        uid = owner["metadata"]["uid"]
        for record in self._dependents(uid):
            dependent = record.copy()
            owners.without(dependent, [uid])
            self._registry.update(record.kind, dependent)
        self._let_go(owner, ORPHAN)

    def _await_dependents(self, owner: Object) -> None:
        """Let the owner go once no dependent blocks it; they follow it by their own keys."""
        uid = owner["metadata"]["uid"]
        refs = (ref for record in self._dependents(uid) for ref in owners.references(record.view))
        if not any(ref.get("uid") == uid and ref.get("blockOwnerDeletion") for ref in refs):
            self._let_go(owner, FOREGROUND)

    def _follow_owners(self, obj: Object) -> None:
        refs = owners.references(obj)
        by_state: dict[str, list[Object]] = {"solid": [], "waiting": [], "absent": []}
        for ref in refs:
            by_state[self._state(ref, obj)].append(ref)
        given_up = [*by_state["waiting"], *by_state["absent"]]
        if not given_up:
            return
        if by_state["solid"]:
            # Somebody else still needs it.
            owners.without(obj, [ref["uid"] for ref in given_up])
            self._registry.update(obj["kind"], obj)
            return
        meta = obj["metadata"]
        policy = self._policy(obj, waiting=bool(by_state["waiting"]))
        self._registry.delete(
            obj["kind"], meta.get("namespace"), meta["name"], propagation=policy, uid=meta["uid"]
        )

    def _policy(self, obj: Object, *, waiting: bool) -> str:
        finalizers = obj["metadata"].get("finalizers") or []
        if waiting and any(self._dependents(obj["metadata"]["uid"])):
            return "Foreground"
        if ORPHAN in finalizers:
            return "Orphan"
        return "Foreground" if FOREGROUND in finalizers else "Background"

    def _state(self, ref: Object, dependent: Object) -> str:
        resource = BY_KIND.get(ref.get("kind", ""))
        if (
            resource is None
            or ref.get("apiVersion", "").partition("/")[0] != resource.api_version.partition("/")[0]
        ):
            return "solid"  # a kind that is not served here: nobody can tell that it is gone
        owner = self._owner(ref, dependent["metadata"].get("namespace") or "")
        if owner is None:
            return "absent"
        meta = owner.view["metadata"]
        waits = owners.is_deleting(owner.view) and FOREGROUND in (meta.get("finalizers") or [])
        return "waiting" if waits else "solid"

    def _owner(self, ref: Object, namespace: str) -> Record | None:
        resource = BY_KIND.get(ref.get("kind", ""))
        if resource is None:
            return None
        record = self._registry.store.get(
            resource.kind, namespace if resource.namespaced else "", ref["name"]
        )
        return record if record and record.view["metadata"]["uid"] == ref.get("uid") else None

    def _dependents(self, uid: str) -> Iterable[Record]:
        for kind in _KINDS:
            for record in self._registry.store.records(kind):
                # Most objects do not contain the uid at all: looking at the text spares parsing them.
                if uid in record.text and any(
                    ref.get("uid") == uid for ref in owners.references(record.view)
                ):
                    yield record

    def _let_go(self, obj: Object, finalizer: str) -> None:
        meta = obj["metadata"]
        meta["finalizers"] = [word for word in meta.get("finalizers") or [] if word != finalizer]
        if not meta["finalizers"]:
            del meta["finalizers"]
        self._registry.update(obj["kind"], obj)


def _key(record: Record) -> Key:
    return record.kind, record.namespace, record.name
