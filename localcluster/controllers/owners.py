"""Owner references, and how a controller comes by its objects (`k8s.io/kubernetes/pkg/controller`)."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.controllers.loop import Key
from localcluster.objects import selectors
from localcluster.storage.registry import Registry
from localcluster.types import Change, Object


def references(obj: Object) -> list[Object]:
    """All owner references of an object."""
    return list(obj["metadata"].get("ownerReferences") or [])


def controller_of(obj: Object) -> Object | None:
    """The reference to the one owner that manages the object."""
    return next((ref for ref in references(obj) if ref.get("controller")), None)


def controlled_by(obj: Object, owner: Object) -> bool:
    """Whether exactly this owner (not an earlier one of the same name) manages the object."""
    ref = controller_of(obj)
    return ref is not None and ref.get("uid") == owner["metadata"]["uid"]


def reference(owner: Object) -> Object:
    """The reference by which an owner manages an object and is held until it is gone."""
    meta = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def without(obj: Object, uids: Iterable[str]) -> None:
    """Take the references to some owners away, in place."""
    gone = set(uids)
    kept = [ref for ref in references(obj) if ref.get("uid") not in gone]
    if kept:
        obj["metadata"]["ownerReferences"] = kept
    else:
        obj["metadata"].pop("ownerReferences", None)


def is_deleting(obj: Object) -> bool:
    """Whether the object's deletion has begun."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def in_leaving_namespace(registry: Registry, obj: Object) -> bool:
    """Whether nothing new may be created beside the object any more."""
    namespace = registry.find("Namespace", None, obj["metadata"]["namespace"])
    return namespace is None or is_deleting(namespace)


def claim(registry: Registry, owner: Object, candidates: Iterable[Object]) -> list[Object]:
    """Those candidates that are the owner's, after adopting orphans and releasing what it no longer selects.

    Args:
        registry: Where both live.
        owner: A Deployment or a ReplicaSet.
        candidates: Objects of one kind, of the owner's namespace.
    """
    selector = selectors.from_object(owner["spec"].get("selector"))
    mine = []
    for obj in candidates:
        selected = selector.matches(obj["metadata"].get("labels"))
        if controlled_by(obj, owner):
            if selected:
                mine.append(obj)
            elif not is_deleting(owner):
                _release(registry, owner, obj)
        elif selected and controller_of(obj) is None and not (is_deleting(owner) or is_deleting(obj)):
            mine.append(_adopt(registry, owner, obj))
    return mine


def owner_keys(registry: Registry, kind: str, change: Change) -> set[Key]:
    """The owners of a kind that a change of a dependent concerns.

    They are the one that manages it, the one that did before, and for an orphan those that could adopt it.
    """
    namespace = change.record.namespace
    versions = [record.view for record in (change.record, change.old_record) if record]
    refs = [ref for version in versions if (ref := controller_of(version))]
    found: set[Key] = {(namespace, ref["name"]) for ref in refs if ref["kind"] == kind}
    if change.type != "DELETED" and controller_of(versions[0]) is None:
        labels = versions[0]["metadata"].get("labels")
        for record in registry.store.records(kind, namespace):
            selector = record.view["spec"].get("selector")
            if selector and selectors.from_object(selector).matches(labels):
                found.add((namespace, record.name))
    return found


def _adopt(registry: Registry, owner: Object, obj: Object) -> Object:
    obj["metadata"]["ownerReferences"] = [*references(obj), reference(owner)]
    return registry.update(obj["kind"], obj)


def _release(registry: Registry, owner: Object, obj: Object) -> None:
    without(obj, [owner["metadata"]["uid"]])
    registry.update(obj["kind"], obj)
