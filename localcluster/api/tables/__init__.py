"""Objects as tables, the way `kubectl get` prints them (`k8s.io/kubernetes/pkg/printers/internalversion`).

Here belong the columns of each kind and how their cells are computed; nothing here knows HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.api.eventsview import shown
from localcluster.api.tables import cluster, configuration, gateways, network, rights, workloads
from localcluster.api.tables.columns import Sheet
from localcluster.storage.resources import Resource
from localcluster.types import Object

_VERSION = "meta.k8s.io/v1"
SHEETS: dict[str, Sheet] = {
    **workloads.SHEETS,
    **network.SHEETS,
    **configuration.SHEETS,
    **gateways.SHEETS,
    **cluster.SHEETS,
    **rights.SHEETS,
}


def table(
    resource: Resource, objects: Iterable[Object], meta: Object, include: str, *, headed: bool = True
) -> Object:
    """A `Table` of objects.

    Args:
        resource: Their kind.
        objects: The objects as they are stored.
        meta: The table's own metadata.
        include: How much of an object goes with its row: None, Metadata or Object.
        headed: Whether the columns are described; in a watch only the first table does.
    """
    sheet = SHEETS[resource.kind]
    rows = [_row(resource, sheet, obj, include) for obj in objects]
    columns = [column.definition() for column in sheet.columns] if headed else []
    return {
        "kind": "Table",
        "apiVersion": _VERSION,
        "metadata": meta,
        "columnDefinitions": columns,
        "rows": rows,
    }


def bookmark(obj: Object) -> Object:
    """The table of a bookmark: one row without cells."""
    partial = {"kind": "PartialObjectMetadata", "apiVersion": _VERSION, "metadata": obj["metadata"]}
    rows = [{"cells": [], "object": partial}]
    meta = {"resourceVersion": obj["metadata"]["resourceVersion"]}
    return {"kind": "Table", "apiVersion": _VERSION, "metadata": meta, "columnDefinitions": [], "rows": rows}


def _row(resource: Resource, sheet: Sheet, obj: Object, include: str) -> Object:
    row: Object = {"cells": sheet.cells(obj)}
    if sheet.conditions and (conditions := sheet.conditions(obj)):
        row["conditions"] = conditions
    if include == "Object":
        row["object"] = shown(resource, obj)
    elif include != "None":
        meta = obj["metadata"]
        row["object"] = {"kind": "PartialObjectMetadata", "apiVersion": _VERSION, "metadata": meta}
    return row
