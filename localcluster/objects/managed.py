"""Who owns which field: server-side apply, and the book that is kept of every other write.

After `k8s.io/apimachinery/pkg/util/managedfields` and `structured-merge-diff/merge/update.go`. Each writer is
one entry of `metadata.managedFields`, told apart by name, operation and subresource. The cluster's own
parts have no entry: they take a field from its owner when they change it, and claim nothing themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from localcluster.errors import Conflict
from localcluster.objects import clock, fieldsets, strategy, typed
from localcluster.objects.fieldsets import FieldSet, Path
from localcluster.objects.typed import Changes, Place
from localcluster.storage.resources import Resource
from localcluster.types import Object

# Who owns an object's replicas is told at its scale as the owner of the Scale's.
_SCALE_VERSION = "autoscaling/v1"
# Fields that nobody owns: they name the object, or belong to the server (`managedfields/stripmeta.go`).
_UNOWNED_METADATA = (
    *("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation"),
    *("managedFields", "resourceVersion"),
)
_UNOWNED: FieldSet = frozenset(
    {
        *((f"f:{name}",) for name in ("apiVersion", "kind", "metadata")),
        *(("f:metadata", f"f:{name}") for name in _UNOWNED_METADATA),
    }
)


@dataclass(frozen=True)
class Entry:
    """One manager and the fields it owns."""

    manager: str
    operation: str
    api_version: str
    subresource: str
    time: str
    fields: FieldSet

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells entries apart; an applier is the same in every version."""
        version = "" if self.operation == "Apply" else self.api_version
        return (self.manager, self.operation, version, self.subresource)

    def without(self, paths: Iterable[Path]) -> Entry:
        """The entry with less fields; unchanged when it has none of them."""
        left = self.fields.difference(paths)
        return self if left == self.fields else replace(self, fields=left, time=clock.now())

    def described(self, subresource: str) -> str:
        """The manager as conflicts over a write to a subresource name it."""
        version = _SCALE_VERSION if subresource == "scale" else self.api_version
        words = f'"{self.manager}"'
        if self.subresource:
            words += f' with subresource "{self.subresource}"'
        return words if self.operation == "Apply" else f"{words} using {version}"

    def encoded(self) -> Object:
        """The entry as `managedFields` carries it."""
        found: Object = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fieldsets.encode(self.fields),
        }
        return {**found, "subresource": self.subresource} if self.subresource else found


def read(obj: Object) -> list[Entry]:
    """The entries of an object; what cannot be understood is left out."""
    found = []
    for one in obj["metadata"].get("managedFields") or []:
        try:
            fields = fieldsets.decode(one.get("fieldsV1") or {})
        except ValueError:
            continue
        if one.get("manager") and one.get("operation") in ("Apply", "Update"):
            version, subresource, time = (one.get(key) or "" for key in ("apiVersion", "subresource", "time"))
            found.append(Entry(one["manager"], one["operation"], version, subresource, time, fields))
    return found


def write(obj: Object, entries: Iterable[Entry]) -> None:
    """Replace the entries of an object, in place; those that own nothing any more are dropped."""
    kept = sorted(
        (entry for entry in entries if entry.fields),
        key=lambda entry: (entry.operation, entry.time, entry.manager, entry.api_version, entry.subresource),
    )
    meta = obj["metadata"]
    if kept:
        meta["managedFields"] = [entry.encoded() for entry in kept]
    else:
        meta.pop("managedFields", None)


def track(resource: Resource, old: Object | None, new: Object, manager: str | None, subresource: str) -> None:
    """Keep the book of a create or an update, in `new`.

    Args:
        resource: The kind.
        old: The object before; None when it is created.
        new: The object after, defaulted.
        manager: Who writes; None for the cluster itself.
        subresource: What is written.
    """
    before = (old or {"metadata": {}})["metadata"].get("managedFields")
    meta = new["metadata"]
    if not meta.get("managedFields") and before:
        meta["managedFields"] = before
    if old is None:
        meta.pop("managedFields", None)
    if manager is None and not _concerned(meta.get("managedFields"), subresource):
        return
    changes = _compare(resource, old or {}, new, subresource)
    entries = _updated(read(new), changes, manager, resource.api_version, subresource)
    write(new, entries)


def _concerned(raw: list[Object] | None, subresource: str) -> bool:
    """Whether somebody may own what the cluster itself writes."""
    if not raw:
        return False
    return subresource != "status" or any(entry.get("subresource") == "status" for entry in raw)


def _compare(resource: Resource, old: Object, new: Object, subresource: str) -> Changes:
    place = typed.root(resource.model)
    before, after = (_anonymous(_scope(resource, obj, subresource)) for obj in (old, new))
    found = typed.compare(before, after, place)
    return Changes(found.added - _UNOWNED, found.modified - _UNOWNED, found.removed - _UNOWNED)


def _scope(resource: Resource, obj: Object, subresource: str) -> Object:
    """What of an object a write to a subresource can own."""
    if subresource == "status":
        return strategy.changed_through_status(resource, obj)
    if subresource == "scale":
        return {"spec": {key: value for key, value in (obj.get("spec") or {}).items() if key == "replicas"}}
    return typed.without(obj, "status") if resource.has_status else obj


def _anonymous(obj: Object) -> Object:
    """An object without the metadata that nobody owns."""
    if "metadata" not in obj:
        return obj
    return {**obj, "metadata": typed.without(obj["metadata"], *_UNOWNED_METADATA)}


def _updated(
    entries: list[Entry], changes: Changes, manager: str | None, version: str, subresource: str
) -> list[Entry]:
    """The entries after an update: who writes owns what he changed, and nobody else does."""
    taken = changes.added | changes.modified
    mine = Entry(manager or "", "Update", version, subresource, clock.now(), frozenset())
    found = []
    for entry in entries:
        if manager is not None and entry.identity == mine.identity:
            mine = entry
        else:
            found.append(entry.without(changes.modified | changes.removed | changes.added))
    if manager is None:
        return found
    fields = (mine.fields - changes.removed) | taken
    return [*found, mine if fields == mine.fields else replace(mine, fields=fields, time=clock.now())]


def apply(
    resource: Resource, live: Object | None, config: Object, *, manager: str, subresource: str, force: bool
) -> Object:
    """What `live` becomes when a manager applies a configuration, `managedFields` included.

    Fields the manager applied before and does not any more are removed unless somebody else owns them.

    Args:
        resource: The kind.
        live: The object as it is; None when there is none.
        config: The applied configuration, which fits its schema.
        manager: Who applies.
        subresource: What is applied.
        force: Take over what others own.

    Raises:
        Conflict: It would change what others own, without force.
    """
    place = typed.root(resource.model)
    scoped = _scope(resource, config, subresource)
    fields = typed.fields_of(_anonymous(scoped), place) - _UNOWNED
    start = live or {"metadata": {}}
    entries = read(start)
    new_entry = Entry(manager, "Apply", resource.api_version, subresource, clock.now(), fields)
    last = next((entry for entry in entries if entry.identity == new_entry.identity), None)
    others = [entry for entry in entries if entry is not last]
    merged: Object = typed.merge(start, scoped, place)
    if last:
        merged = _pruned(merged, place, last.fields, [*others, new_entry])
        new_entry = last if last.fields == fields else new_entry
    changes = _compare(resource, start, merged, subresource)
    if not force:
        _check_conflicts(others, changes, subresource)
    lost = changes.added | changes.modified | changes.removed
    write(merged, [*(entry.without(lost) for entry in others), new_entry])
    return merged


def _pruned(merged: Object, place: Place, last: FieldSet, entries: list[Entry]) -> Object:
    owned = fieldsets.with_ancestors(frozenset().union(*(entry.fields for entry in entries)))
    doomed = fieldsets.with_named_ancestors(last) - owned - _UNOWNED
    return typed.remove(merged, place, doomed) or {}


def _check_conflicts(others: list[Entry], changes: Changes, subresource: str) -> None:
    found: list[tuple[str, str]] = []
    for entry in sorted(others, key=lambda entry: entry.identity):
        paths = sorted(entry.fields & (changes.modified | changes.added), key=fieldsets.order)
        found.extend((entry.described(subresource), fieldsets.text(path)) for path in paths)
    if not found:
        return
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": path}
        for who, path in found
    ]
    raise Conflict(_conflict_text(found), {"causes": causes})


def _conflict_text(found: list[tuple[str, str]]) -> str:
    if len(found) == 1:
        [(who, path)] = found
        return f"Apply failed with 1 conflict: conflict with {who}: {path}"
    lines = []
    for described in dict.fromkeys(who for who, _ in found):
        lines.append(f"conflicts with {described}:")
        lines += [f"- {path}" for who, path in found if who == described]
    return f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)
