"""How long ago something was, by the API's timestamps (whole seconds)."""

from __future__ import annotations

from datetime import UTC, datetime

from localcluster.objects import clock


def age(moment: str | None) -> float:
    """Seconds since a moment; 0 for none."""
    return (datetime.now(UTC) - clock.parse(moment)).total_seconds() if moment else 0.0
