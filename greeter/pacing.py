"""The pace of a client: when each greeting is due, and whether the client itself kept to that.

A greeting that begins late because this program did not get the processor says nothing about any server. One
that is held back because all that may be in flight at once are, says something about the servers. Both would
look the same in the number of greetings, so `--report-pace` counts both and logs them once a second:

    2019/11/08 14:24:35 Pace: 10 begun, 0 of them late, the latest by 1.3 ms, 0 held back
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from greeter import log

EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Pace:
    """When to greet.

    Args:
        interval: Seconds from one greeting to the next.
        count: How many; None goes on until it is cancelled.
        parallel: How many greetings may be in flight at once; one that is due waits while so many are.
        jitter: By how much of itself an interval varies at random, from 0 to 1. Clients in step would share
            out the turns of a proxy between them, and each meet the same pod every time.
        reported: Whether to log each second if this client kept its pace.
    """

    interval: float = 1.0
    count: int | None = None
    parallel: int = 1
    jitter: float = 0.0
    reported: bool = False

    async def beats(self, free: asyncio.Semaphore) -> AsyncIterator[int]:
        """Wait until each greeting is due and one more may be in flight.

        Args:
            free: Is acquired for each greeting; whoever sends it releases it.
        """
        loop = asyncio.get_running_loop()
        keeper = Keeper(self.interval, loop.time())
        due = loop.time()
        for number in self._numbers():
            step = self.step() if number else 0.0
            wanted, is_held_back = due + step, free.locked()
            await free.acquire()
            due = next_due(due, step, loop.time())
            await asyncio.sleep(due - loop.time())
            report = keeper.begun(loop.time(), None if is_held_back else wanted)
            if self.reported and report:
                log.write(report)
            yield number

    def step(self) -> float:
        """Draw the seconds from one greeting to the next; on average they are the interval."""
        return self.interval * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - no secret

    def _numbers(self) -> Iterator[int]:
        return itertools.count() if self.count is None else iter(range(self.count))


def next_due(due: float, interval: float, now: float) -> float:
    """Tell when the next greeting is due.

    What a greeting takes does not add to the interval, so the pace does not drift. One that took longer
    than the interval delays those after it: they are not made up for in a burst.
    """
    return max(due + interval, now)


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
