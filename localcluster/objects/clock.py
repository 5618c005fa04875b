"""Time as the API writes it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MICRO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)", re.ASCII)


def now() -> str:
    """This moment as `metav1.Time`: UTC, RFC 3339, whole seconds."""
    return text(datetime.now(UTC))


def text(moment: datetime) -> str:
    """A moment in UTC as `metav1.Time`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def now_micro() -> str:
    """This moment as `metav1.MicroTime`: UTC with microseconds."""
    return micro_text(datetime.now(UTC))


def micro_text(moment: datetime) -> str:
    """A moment in UTC as `metav1.MicroTime`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(written: str, *, micro: bool) -> str:
    """A time that a client sent, as it is written again: in UTC, whole seconds or microseconds.

    Raises:
        ValueError: It has not the form of its type; a `MicroTime` must have six decimals.
    """
    if micro and not _MICRO.fullmatch(written):
        raise ValueError(f"{written!r} has not six decimals")
    moment = parse(written).astimezone(UTC)
    return micro_text(moment) if micro else text(moment)


def parse(text: str) -> datetime:
    """The moment an RFC 3339 text names; raises `ValueError` for anything else."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not RFC 3339")
    return datetime.fromisoformat(text)


def age(moment: str | None) -> float:
    """Seconds since a moment; 0 for none."""
    return (datetime.now(UTC) - parse(moment)).total_seconds() if moment else 0.0
