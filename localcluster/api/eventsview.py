"""Events under their newer name, events.k8s.io/v1: the same things with other field names, to be read.

After `k8s.io/kubernetes/pkg/apis/events/v1/conversion.go`; events are stored and written in the core form.
"""

from __future__ import annotations

from localcluster.storage.resources import EVENTS_VIEW, Resource
from localcluster.types import Object, Record, dump

_NEW_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}


def written(resource: Resource, record: Record) -> str:
    """The JSON text of a stored object as this resource shows it."""
    return dump(shown(resource, record.view)) if resource is EVENTS_VIEW else record.text


def shown(resource: Resource, obj: Object) -> Object:
    """An object as this resource shows it."""
    if resource is not EVENTS_VIEW:
        return obj
    renamed = {_NEW_NAMES.get(key, key): value for key, value in obj.items()}
    return renamed | {"apiVersion": EVENTS_VIEW.api_version, "kind": EVENTS_VIEW.kind}
