"""How long a test waits for what has to happen.

One deadline for all: it ends a test that hangs, and says nothing of how quick a machine is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 240.0  # seconds; well below pytest's own limit, whose message would name no event
LOOK = 0.01


def _nothing_more() -> str:
    return "it did not happen"


def until(happened: Callable[[], object], told: Callable[[], object] = _nothing_more) -> None:
    """Look once, then again and again until it is so; ``told`` is what a failure shows."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, told()
        time.sleep(LOOK)


async def eventually(happened: Callable[[], object], told: Callable[[], object] = _nothing_more) -> None:
    """Do the same and let others work meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, told()
        await asyncio.sleep(LOOK)
