"""Conditions in a status: one per type, with the moment its status last changed."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.objects import clock
from localcluster.types import Object


def find(status: Object, kind: str) -> Object | None:
    """The condition of a type."""
    return next((c for c in status.get("conditions") or [] if c["type"] == kind), None)


def new(kind: str, value: str, reason: str, message: str) -> Object:
    """A condition that has just come about."""
    return {
        "type": kind,
        "status": value,
        "reason": reason,
        "message": message,
        "lastTransitionTime": clock.now(),
    }


def put(status: Object, condition: Object, *, same: Iterable[str] = ("status", "reason")) -> None:
    """Set a condition, in place; one that agrees in the fields `same` stays as it is."""
    known = find(status, condition["type"])
    if known and all(known.get(word) == condition[word] for word in same):
        return
    if known and known["status"] == condition["status"]:
        condition = {**condition, "lastTransitionTime": known["lastTransitionTime"]}
    drop(status, condition["type"])
    status.setdefault("conditions", []).append(condition)


def drop(status: Object, kind: str) -> None:
    """Take a condition away, in place."""
    kept = [c for c in status.get("conditions") or [] if c["type"] != kind]
    if kept:
        status["conditions"] = kept
    else:
        status.pop("conditions", None)
