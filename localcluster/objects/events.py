"""Events: as controllers record them, and the same ones under events.k8s.io/v1."""

from __future__ import annotations

import time

from localcluster.objects import clock
from localcluster.storage.resources import reference
from localcluster.types import Object


def new(
    involved: Object,
    reason: str,
    message: str,
    *,
    kind: str,
    component: str,
    host: str = "",
    part: str = "",
) -> Object:
    """A core/v1 Event about an object or a part of it, named as client-go's recorder names it.

    Args:
        involved: The object.
        reason: What happened, in one word.
        message: What happened, for people.
        kind: Normal or Warning.
        component: Who says so.
        host: The node it says so from.
        part: Path of the part, such as `spec.containers{greeter}`.
    """
    about = {**reference(involved), **({"fieldPath": part} if part else {})}
    moment = clock.now()
    source = {"component": component, **({"host": host} if host else {})}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{about.get('name', '')}.{time.time_ns():x}",
            "namespace": about.get("namespace") or "default",
        },
        "involvedObject": about,
        "reason": reason,
        "message": message,
        "source": source,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
        "type": kind,
        "eventTime": None,
        "reportingComponent": component,
        "reportingInstance": host,
    }


def same(event: Object) -> tuple[str, ...]:
    """What two events have in common that are one event seen again."""
    about = event.get("involvedObject") or {}
    who = [about.get(word, "") for word in ("kind", "namespace", "name", "uid", "fieldPath")]
    return (*who, event.get("reason", ""), event.get("message", ""), event.get("type", ""))
