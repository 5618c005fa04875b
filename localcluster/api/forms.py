"""Objects and lists in the form a client asked for: whole, or as a table."""

from __future__ import annotations

from collections.abc import Sequence

from localcluster.api import tables
from localcluster.api.eventsview import shown, written
from localcluster.api.negotiation import Shape
from localcluster.objects.custom import definitions
from localcluster.storage.resources import Resource
from localcluster.types import Object, Record, dump


def one(resource: Resource, shape: Shape, obj: Object, include: str = "Metadata") -> str:
    """One object."""
    if shape == "table":
        meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return dump(tables.table(resource, [obj], meta, include))
    return dump(shown(resource, obj))


def stored(resource: Resource, shape: Shape, record: Record, include: str = "Metadata") -> str:
    """One stored object, not parsed when its text is all that is wanted."""
    return written(resource, record) if shape == "object" else one(resource, shape, record.view, include)


def many(resource: Resource, shape: Shape, records: Sequence[Record], meta: Object, include: str) -> str:
    """A list of stored objects."""
    if shape == "table":
        return dump(tables.table(resource, [record.view for record in records], meta, include))
    # The items of a typed list carry neither apiVersion nor kind. Objects are stored with both in front,
    # so they can be cut off without parsing.
    # A custom kind has no type of Go, and keeps both.
    head = f'{{"apiVersion":"{resource.api_version}","kind":"{resource.kind}",'
    texts = [written(resource, record) for record in records]
    cut = not definitions.is_custom(resource.kind)
    items = ["{" + text[len(head) :] if cut and text.startswith(head) else text for text in texts]
    about = dump({"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta})
    return f'{about[:-1]},"items":[{",".join(items)}]}}'
