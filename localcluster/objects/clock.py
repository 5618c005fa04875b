"""Time as the API writes it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """This moment as `metav1.Time`: UTC, RFC 3339, whole seconds."""
    return text(datetime.now(UTC))


def text(moment: datetime) -> str:
    """A moment in UTC as `metav1.Time`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def now_micro() -> str:
    """This moment as `metav1.MicroTime`: UTC with microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    """The moment an RFC 3339 text names; raises `ValueError` for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
