"""Rules of Events, in their older and in their newer form (`pkg/apis/core/validation/events.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, invalid, required
from localcluster.objects.validation import metadata, words
from localcluster.types import Object

_LONGEST = {"reportingInstance": 128, "action": 128, "reason": 128, "message": 1024}
_TYPES = ("Normal", "Warning")
_SAME = (
    *("involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type"),
    *("eventTime", "action", "related", "reportingComponent", "reportingInstance"),
)


def of_event(event: Object) -> Iterator[FieldError]:
    """What is wrong with an Event written in the older form."""
    yield from _event(event, "reportingComponent")


def _event(event: Object, reporter: str) -> Iterator[FieldError]:
    home = event["metadata"].get("namespace") or ""
    about = (event.get("involvedObject") or {}).get("namespace") or ""
    if not event.get("eventTime"):
        # Events about what has no namespace live in `default`.
        if about != home and not (not about and home == "default"):
            yield invalid("involvedObject.namespace", about, "does not match event.namespace")
        return
    if not about and home not in ("default", "kube-system"):
        yield invalid("involvedObject.namespace", about, "does not match event.namespace")
    controller = event.get("reportingComponent") or ""
    if not controller:
        yield required(reporter)
    yield from words.complain(reporter, controller, words.qualified_name(controller))
    for field, most in _LONGEST.items():
        value = event.get(field) or ""
        if not value and field != "message":
            yield required(field)
        if len(value.encode()) > most:
            yield invalid(field, "", f"can have at most {most} characters")


def of_new_form(event: Object) -> Iterator[FieldError]:
    """What is wrong with a new Event that was written in the newer form; it is given in the older."""
    yield from _event(event, "reportingController")
    yield from metadata.of_name("Event", event["metadata"])
    yield from _series(event)
    if not event.get("eventTime"):
        yield required("eventTime")
    if event.get("type") not in _TYPES:
        yield invalid("type", "", f"has invalid value: {event.get('type') or ''}")
    for field in ("firstTimestamp", "lastTimestamp", "count"):
        if event.get(field):
            yield invalid(field, "", "needs to be unset")
    source = event.get("source") or {}
    if source.get("component") or source.get("host"):
        yield invalid("source", "", "needs to be unset")


def of_new_form_change(old: Object, new: Object) -> Iterator[FieldError]:
    """What is wrong with a change that was written in the newer form; both are given in the older."""
    yield from _event(new, "reportingController")
    if old.get("series") != new.get("series"):
        yield from _series(new)
    for field in _SAME:
        name = "reportingController" if field == "reportingComponent" else field
        yield from metadata.unchanged(name, old.get(field) or None, new.get(field) or None)


def _series(event: Object) -> Iterator[FieldError]:
    series = event.get("series")
    if series is None:
        return
    if (series.get("count") or 0) < 2:
        yield invalid("series.count", "", "should be at least 2")
    if not series.get("lastObservedTime"):
        yield required("series.lastObservedTime")
