"""Objects and lists in the form a client asked for: whole, as a table, or their metadata alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localcluster.api import tables
from localcluster.api.eventsview import shown, written
from localcluster.api.negotiation import Shape
from localcluster.errors import NotAcceptable
from localcluster.objects.custom import definitions
from localcluster.storage.resources import Resource
from localcluster.types import Object, Record, dump

_META = "meta.k8s.io/v1"


def one(resource: Resource, shape: Shape, obj: Object, include: str = "Metadata") -> str:
    """One object; raises `NotAcceptable` where the metadata of a list was asked for."""
    if shape == "metadata list":
        raise NotAcceptable("you requested PartialObjectMetadataList, but the requested object is not a list")
    if shape == "table":
        return dump(
            tables.table(
                resource, [obj], {"resourceVersion": obj["metadata"].get("resourceVersion", "")}, include
            )
        )
    return dump(metadata_of(obj) if shape == "metadata" else shown(resource, obj))


def stored(resource: Resource, shape: Shape, record: Record, include: str = "Metadata") -> str:
    """One stored object, not parsed when its text is all that is wanted."""
    return written(resource, record) if shape == "object" else one(resource, shape, record.view, include)


def many(resource: Resource, shape: Shape, records: Sequence[Record], meta: Object, include: str) -> str:
    """A list of stored objects; raises `NotAcceptable` where the metadata of one was asked for."""
    if shape == "metadata":
        raise NotAcceptable("you requested PartialObjectMetadata, but the requested object is a list")
    if shape == "table":
        return dump(tables.table(resource, [record.view for record in records], meta, include))
    if shape == "metadata list":
        items: Iterable[str] = (dump(metadata_of(record.view)) for record in records)
        return _join("PartialObjectMetadataList", _META, meta, items)
    # The items of a typed list carry neither apiVersion nor kind. Objects are stored with both in front,
    # so they can be cut off without parsing.
    # A custom kind has no type of Go, and keeps both.
    head = f'{{"apiVersion":"{resource.api_version}","kind":"{resource.kind}",'
    texts = [written(resource, record) for record in records]
    cut = not definitions.is_custom(resource.kind)
    items = ["{" + text[len(head) :] if cut and text.startswith(head) else text for text in texts]
    return _join(f"{resource.kind}List", resource.api_version, meta, items)


def metadata_of(obj: Object) -> Object:
    """An object without anything but its metadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": obj["metadata"]}


def _join(kind: str, version: str, meta: Object, items: Iterable[str]) -> str:
    head = dump({"kind": kind, "apiVersion": version, "metadata": meta})
    return f'{head[:-1]},"items":[{",".join(items)}]}}'
