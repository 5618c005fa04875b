"""Events are forgotten after a while, as kube-apiserver does with `--event-ttl`."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.controllers.loop import Key, OfRegistry
from localcluster.objects.clock import age
from localcluster.types import Change

LIFETIME = 3600.0
"""Seconds since an Event was last seen (kube-apiserver's default: 1 h)."""


class EventExpiry(OfRegistry):
    """Deletes Events that nobody has seen again for the lifetime of an Event."""

    name = "event-expiry"
    kinds: tuple[str, ...] = ("Event",)

    def keys(self, change: Change) -> Iterable[Key]:
        """The Event; also when it is gone, so that nobody waits for its end any more."""
        return [(change.record.namespace, change.record.name)]

    def reconcile(self, key: Key) -> float | None:
        """Delete the Event if its time is over, else come back when it will be."""
        record = self._registry.store.get("Event", *key)
        if record is None:
            return None
        event = record.view
        seen = (
            event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
        )
        left = LIFETIME - age(seen)
        if left > 0:
            return left
        self._registry.delete("Event", *key)
        return None
