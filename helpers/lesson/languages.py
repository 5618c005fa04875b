"""What ``make languages`` measured: a client in four languages, with gRPC's defaults and with the fix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MEASURED = Path(__file__).resolve().parents[2] / "notebooks" / "measured" / "languages.json"


@dataclass(frozen=True)
class Row:
    """One client's RPCs.

    Attributes:
        language: Its name.
        library: Its gRPC, with the version.
        way: ``defaults`` or ``fix``.
        requests: How many RPCs.
        pods: How many pods answered them.
        of: How many there are.
        effective_pods: Over how many pods an even spread would be as mixed.
        date: When, as ``2026-11-28``.
    """

    language: str
    library: str
    way: str
    requests: int
    pods: int
    of: int
    effective_pods: float
    date: str


def read(path: Path = MEASURED) -> list[Row]:
    """Return the rows, those of a language beside each other; none before the first measurement."""
    if not path.exists():
        return []
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
