"""Events under their newer name, events.k8s.io/v1: the same things with other field names.

After `k8s.io/kubernetes/pkg/apis/events/v1/conversion.go`; events are stored in the core form.
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
_OLD_NAMES = {new: old for old, new in _NEW_NAMES.items()}


def is_view(resource: Resource) -> bool:
    """Whether a resource is the events' newer form."""
    return resource is EVENTS_VIEW


def outward(event: Object) -> Object:
    """A core event in the newer form."""
    renamed = {_NEW_NAMES.get(key, key): value for key, value in event.items()}
    return renamed | {"apiVersion": EVENTS_VIEW.api_version, "kind": EVENTS_VIEW.kind}


def inward(event: Object) -> Object:
    """An event of the newer form as it is stored."""
    renamed = {_OLD_NAMES.get(key, key): value for key, value in event.items()}
    return renamed | {"apiVersion": "v1", "kind": "Event"}


def old_fields(selector: str) -> str:
    """A field selector of the newer form in the words of the stored one."""
    terms = (term.strip() for term in selector.split(","))
    return ",".join(_old_field(term) for term in terms)


def _old_field(term: str) -> str:
    for new, old in _OLD_NAMES.items():
        if term.startswith((f"{new}.", f"{new}=", f"{new}!")):
            return old + term[len(new) :]
    return term


def written(resource: Resource, record: Record) -> str:
    """The JSON text of a stored object as this resource shows it."""
    return dump(outward(record.view)) if is_view(resource) else record.text


def shown(resource: Resource, obj: Object) -> Object:
    """An object as this resource shows it."""
    return outward(obj) if is_view(resource) else obj
