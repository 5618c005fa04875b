"""What `--report-pace` adds to a client's log: whether the client itself kept the pace it was told.

A greeting that begins late because this program did not get the processor says nothing about any server. One
that is held back because all that may be under way at once are, says something about the servers. Both would
look the same in the number of greetings, so both are counted, and told once a second:

    2019/11/08 14:24:35 Pace: 10 begun, 0 of them late, the latest by 1.3 ms, 0 held back
"""

from __future__ import annotations

from greeter import log

EVERY_SECONDS = 1.0


class Keeper:
    """Counts the greetings of each second.

    Args:
        interval: Seconds between two greetings; one that begins later than that after it was due is late.
        now: The time, as an event loop counts.
    """

    def __init__(self, interval: float, now: float) -> None:
        self._interval = interval
        self._since = now
        self._count = self._late = self._held = 0
        self._latest = 0.0

    def begun(self, now: float, due: float | None) -> str | None:
        """Count a greeting that begins.

        Args:
            now: The time.
            due: When it was due; None if it was held back, so that its being late is not this program's.

        Returns:
            What to log of the second that is over, if one is.
        """
        lateness = 0.0 if due is None else now - due
        self._count += 1
        self._held += due is None
        self._late += lateness > self._interval
        self._latest = max(self._latest, lateness)
        if now - self._since < EVERY_SECONDS:
            return None
        words = (
            f"Pace: {self._count} begun, {self._late} of them late, "
            f"the latest by {1000 * self._latest:.1f} ms, {self._held} held back"
        )
        self._since = now
        self._clear()
        return words

    def _clear(self) -> None:
        self._count = self._late = self._held = 0
        self._latest = 0.0


def write(words: str | None) -> None:
    """Log what a Keeper has to say, if anything."""
    if words:
        log.write(words)
