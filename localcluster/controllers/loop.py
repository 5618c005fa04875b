"""The loop all controllers share: changes become keys, keys are reconciled one at a time.

As in client-go: a key waits in the queue at most once, however many changes named it; a reconcile reads
the current objects and not the change; a failed one is tried again, ever more slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Protocol

from localcluster.errors import ApiError, Conflict
from localcluster.storage.registry import Registry
from localcluster.storage.watch import Watch
from localcluster.types import Change

log = logging.getLogger(__name__)

Key = tuple[str, ...]
"""What a controller reconciles: as a rule a namespace and a name."""

# A conflict says only that the object was read too early, so the first ones cost no waiting.
_CONFLICTS_AT_ONCE = 5
_FIRST_DELAY = 0.05
_LONGEST_DELAY = 30.0


class Controller(Protocol):
    """What the loop needs of a controller."""

    name: str
    kinds: tuple[str, ...]

    def keys(self, change: Change) -> Iterable[Key]:
        """What a change makes worth a look."""

    def reconcile(self, key: Key) -> float | None:
        """One pass over one key; returns after how many seconds time alone makes another one due."""


class OfRegistry:
    """What most controllers have: the registry they work on."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry


class Queue:
    """Keys that wait, each once, now or after a while."""

    def __init__(self) -> None:
        self._waiting: dict[Key, None] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._filled = asyncio.Event()

    def add(self, key: Key) -> None:
        """Let a key be next after those that wait; whatever it waited for before is moot."""
        self._forget_timer(key)
        self._waiting[key] = None
        self._filled.set()

    def add_after(self, key: Key, seconds: float) -> None:
        """Add a key later, unless it is added before."""
        self._forget_timer(key)
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self.add, key)

    async def get(self) -> Key:
        """The key that has waited longest."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        key = next(iter(self._waiting))
        del self._waiting[key]
        return key

    def close(self) -> None:
        """Drop all timers."""
        for key in list(self._timers):
            self._forget_timer(key)

    def _forget_timer(self, key: Key) -> None:
        if timer := self._timers.pop(key, None):
            timer.cancel()


class Attempts:
    """Reconciles keys and remembers how often each one failed in a row."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._failures: dict[Key, int] = {}

    def make(self, key: Key) -> float | None:
        """Reconcile once; returns seconds until the key is due again, None when only a change makes it so."""
        try:
            after = self._controller.reconcile(key)
        except Conflict as error:
            log.info("%s: %s, trying again: %s", self._controller.name, "/".join(key), error)
            return self._delay(key, free=_CONFLICTS_AT_ONCE)
        except ApiError as error:
            log.warning("%s: %s failed: %s", self._controller.name, "/".join(key), error)
            return self._delay(key)
        except Exception:
            log.exception("%s: %s failed", self._controller.name, "/".join(key))
            return self._delay(key)
        self._failures.pop(key, None)
        return after

    def _delay(self, key: Key, free: int = 0) -> float:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        if failures <= free:
            return 0.0
        return float(min(_FIRST_DELAY * 2 ** min(failures - free - 1, 20), _LONGEST_DELAY))


async def run(registry: Registry, controller: Controller) -> None:
    """Reconcile what exists and whatever changes, until cancelled."""
    with (
        contextlib.closing(Queue()) as queue,
        contextlib.closing(registry.watch(*controller.kinds)) as changes,
    ):
        async with asyncio.TaskGroup() as group:
            group.create_task(_feed(controller, changes, queue))
            group.create_task(_work(Attempts(controller), queue))


async def _feed(controller: Controller, changes: Watch, queue: Queue) -> None:
    async for change in changes:
        for key in controller.keys(change):
            queue.add(key)


async def _work(attempts: Attempts, queue: Queue) -> None:
    while True:
        key = await queue.get()
        after = attempts.make(key)
        if after is not None:
            queue.add_after(key, after)
        # `get` does not suspend while keys wait: give requests, probes and other controllers their turn.
        await asyncio.sleep(0)
