"""A watch inside the process: an async iterator of changes that never blocks the writer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable

from localcluster.storage.store import Store
from localcluster.types import Change


class Watch:
    """The changes of some kinds, in order, beginning with those handed in.

    Args:
        store: Where the changes come from.
        kinds: What to watch.
        backlog: Changes to deliver first.
        limit: Changes that may wait. One more ends the watch, so that a reader who is
            too slow costs bounded memory; None for readers inside the process.
    """

    def __init__(
        self, store: Store, kinds: Collection[str], backlog: Iterable[Change] = (), limit: int | None = None
    ) -> None:
        self._kinds = frozenset(kinds)
        self._pending: deque[Change] = deque(backlog)
        self._limit = limit
        self._ready = asyncio.Event()
        self._closed = False
        self._end: Callable[[], None] = store.subscribe(self._take)
        if self._pending:
            self._ready.set()

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Change:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        return self._pending.popleft()

    def pending(self, most: int | None = None) -> list[Change]:
        """Take everything that is waiting (or the first `most` of it), without waiting for more."""
        count = len(self._pending) if most is None else min(most, len(self._pending))
        return [self._pending.popleft() for _ in range(count)]

    def close(self) -> None:
        """End the watch; what is pending is still delivered. Closing twice is harmless."""
        if not self._closed:
            self._closed = True
            self._end()
        self._ready.set()

    def _take(self, change: Change) -> None:
        if change.kind not in self._kinds:
            return
        if self._limit is not None and len(self._pending) >= self._limit:
            self.close()
            return
        self._pending.append(change)
        self._ready.set()
