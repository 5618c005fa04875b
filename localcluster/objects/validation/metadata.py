"""Rules of `metadata` (`k8s.io/apimachinery/pkg/api/validation/objectmeta.go`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcluster.errors import FieldError, forbidden, invalid, too_long
from localcluster.objects.validation import labels, words
from localcluster.storage.resources import Resource
from localcluster.types import Object, dump

_ANNOTATIONS_BYTES = 256 * 1024
_STANDARD_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")
IMMUTABLE = "field is immutable"

# A Service's name may begin with a digit since 1.36 (KEP 5311).
_NAMES: dict[str, words.Test] = {
    **dict.fromkeys(("Namespace", "Service"), words.dns_label),
    **dict.fromkeys(("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"), words.path_segment),
}


def of_new(resource: Resource, meta: Object) -> Iterator[FieldError]:
    """What is wrong with the metadata of a new object."""
    yield from of_name(resource.kind, meta)
    if meta.get("namespace") and not resource.namespaced:
        yield forbidden("metadata.namespace", "not allowed on this type")
    yield from _common(meta)


def of_name(kind: str, meta: Object) -> Iterator[FieldError]:
    """What is wrong with the name of a new object of a kind, and with what it was made from."""
    test = _NAMES.get(kind, words.dns_subdomain)
    base, name = meta.get("generateName"), meta.get("name") or ""
    if base:
        # A trailing dash is only one because the suffix is missing.
        complaints = test(base[:-1] + "a" if base.endswith("-") else base)
        yield from words.complain("metadata.generateName", base, complaints)
    yield from words.demand("metadata.name", name, test(name), "name or generateName is required")


def _common(meta: Object) -> Iterator[FieldError]:
    yield from labels.of("metadata.labels", meta.get("labels"))
    yield from of_annotations("metadata.annotations", meta.get("annotations"))
    yield from _owners(meta.get("ownerReferences") or [])
    yield from _finalizers("metadata.finalizers", meta.get("finalizers") or [])


def _finalizers(field: str, finalizers: list[str]) -> Iterator[FieldError]:
    for finalizer in finalizers:
        yield from words.complain(field, finalizer, words.qualified_name(finalizer))
    for index, finalizer in enumerate(finalizers):
        if "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"{field}[{index}]", finalizer, why)


def of_annotations(field: str, found: dict[str, str] | None) -> Iterator[FieldError]:
    """What is wrong with annotations: their keys, or their size together."""
    for key in sorted(found or {}):
        yield from words.complain(field, key, words.qualified_name(key.lower()))
    size = sum(len(key.encode()) + len(value.encode()) for key, value in (found or {}).items())
    if size > _ANNOTATIONS_BYTES:
        yield too_long(field, _ANNOTATIONS_BYTES)


def _owners(owners: list[Object]) -> Iterator[FieldError]:
    for owner in owners:
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                word = "version must not be empty" if key == "apiVersion" else "must not be empty"
                yield invalid(f"metadata.ownerReferences.{key}", "", word)


def of_change(old: Object, new: Object) -> Iterator[FieldError]:
    """What is wrong with changed metadata."""
    yield from _common(new)
    yield from unchanged("metadata.uid", old.get("uid"), new.get("uid") or old.get("uid"))
    if old.get("deletionTimestamp"):
        known = old.get("finalizers") or []
        added = [word for word in new.get("finalizers") or [] if word not in known]
        if added:
            why = "no new finalizers can be added if the object is being deleted, found new finalizers"
            yield forbidden("metadata.finalizers", f"{why} {dump(added)}")


def unchanged(field: str, old: Any, new: Any) -> Iterator[FieldError]:
    """A field that keeps its first value."""
    if old != new:
        yield invalid(field, new, IMMUTABLE)
