"""Rules of Leases (`pkg/apis/coordination/validation`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, invalid
from localcluster.objects.validation import words
from localcluster.types import Object


def of_lease(lease: Object) -> Iterator[FieldError]:
    """What is wrong with a Lease."""
    spec = lease.get("spec") or {}
    seconds = spec.get("leaseDurationSeconds")
    if seconds is not None and seconds <= 0:
        yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    yield from words.not_negative("spec.leaseTransitions", spec.get("leaseTransitions"))
