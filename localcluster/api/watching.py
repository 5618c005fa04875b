"""Watches: changes as a stream of JSON lines.

After `k8s.io/apiserver/pkg/endpoints/handlers/watch.go` and `pkg/storage/cacher`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from aiohttp import web

from localcluster import errors
from localcluster.api import answers, forms, lists, negotiation, options, tables
from localcluster.api.calls import Call
from localcluster.api.lists import Matches
from localcluster.api.options import Query, refuse
from localcluster.errors import Gone
from localcluster.storage.resources import Resource
from localcluster.storage.store import Store
from localcluster.storage.watch import Watch
from localcluster.types import Change, Object, Record, dump

# Changes that may wait for one client; beyond it the stream ends and the client resumes or lists again.
MOST_WAITING = 1000
# Changes that are written at once, so that a slow client costs this much text and no more.
_AT_ONCE = 50
# A client that takes nothing for so long is cut off: what it does not take fills the socket's buffer.
STALLED_SECONDS = 5.0
# As `--min-request-timeout` of the API server: watches without a timeout end after this and up to twice it.
_SHORTEST_SECONDS = 1800
_BOOKMARK_SECONDS = 60.0
_INITIAL_END = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True)
class Wish:
    """What a client wants to see."""

    revision: int
    initial: bool
    """Whether it begins with what there is."""
    bookmarks: bool
    initial_end: bool
    """Whether a bookmark tells where the initial objects end (a streaming list)."""
    seconds: float


def read(store: Store, query: Query) -> Wish:
    """What the parameters of a watch ask for.

    Raises:
        Invalid: They contradict each other.
        BadRequest: One of them is no number.
        Unclassified: The resourceVersion is none.
    """
    seconds = options.integer(query, "timeoutSeconds")
    options.integer(query, "limit")
    _refuse(query)
    revision = lists.parse_revision(query.get("resourceVersion", ""))
    bookmarks = options.boolean(query, "allowWatchBookmarks")
    wish = Wish(
        revision=revision,
        initial=revision == 0,
        bookmarks=bookmarks,
        initial_end=False,
        seconds=seconds or random.uniform(_SHORTEST_SECONDS, 2 * _SHORTEST_SECONDS),  # noqa: S311 - no secret
    )
    if "sendInitialEvents" not in query:
        return wish
    if revision > store.revision:
        raise lists.TooNew(revision, store.revision)
    wanted = options.boolean(query, "sendInitialEvents")
    # Without the initial objects and without a revision, it begins now.
    start = revision if wanted or revision else store.revision
    return replace(wish, revision=start, initial=wanted, initial_end=wanted and bookmarks)


def _refuse(query: Query) -> None:
    """Refuse a streaming list that does not say how it begins (`internalversion/validation`)."""
    if "sendInitialEvents" in query and query.get("resourceVersionMatch", "") != "NotOlderThan":
        why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise refuse("ListOptions", errors.forbidden("resourceVersionMatch", why))


class Writer:
    """Changes as the lines of one watch: filtered, and in the form that was asked for."""

    def __init__(self, call: Call, matches: Matches | None, after: int) -> None:
        self._after = after
        self._resource: Resource = call.resource
        self._namespace = call.target.namespace
        self._shape = call.shape
        self._include = call.include
        self._matches = matches
        self._headed = False

    def lines(self, changes: Iterable[Change]) -> bytes:
        """The lines of some changes."""
        return "".join(line for change in changes for line in self._line(change)).encode()

    def initial(self, records: list[Record]) -> bytes:
        """An ADDED line for each object there is."""
        chosen = (record for record in records if self._matches is None or self._matches(record.view))
        return "".join(self._event("ADDED", record) for record in chosen).encode()

    def bookmark(self, revision: int, annotations: dict[str, str] | None = None) -> bytes:
        """The line that only tells how far the stream has come."""
        meta: Object = {"resourceVersion": str(revision), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        obj: Object = {
            "kind": self._resource.kind,
            "apiVersion": self._resource.api_version,
            "metadata": meta,
        }
        if self._shape == "table":
            obj = tables.bookmark(obj)
        return f'{{"type":"BOOKMARK","object":{dump(obj)}}}\n'.encode()

    def _line(self, change: Change) -> Iterator[str]:
        if change.revision <= self._after or self._namespace not in (None, change.record.namespace):
            return
        if self._matches is None:
            yield self._event(change.type, change.record)
            return
        old = change.old_record
        before = old is not None and self._matches(old.view)
        after = change.type != "DELETED" and self._matches(change.record.view)
        if after:
            yield self._event("MODIFIED" if before else "ADDED", change.record)
        elif before and change.type == "DELETED":
            yield self._event("DELETED", change.record)
        elif before and old is not None:
            # To this watcher an object that no longer matches is gone, as it was when it last matched.
            yield self._event("DELETED", _at(old, change.revision))

    def _event(self, kind: str, record: Record) -> str:
        if self._shape == "table":
            table = tables.table(
                self._resource,
                [record.view],
                {"resourceVersion": str(record.revision)},
                self._include,
                headed=not self._headed,
            )
            self._headed = True
            return f'{{"type":"{kind}","object":{dump(table)}}}\n'
        return f'{{"type":"{kind}","object":{forms.stored(self._resource, self._shape, record)}}}\n'


def _at(record: Record, revision: int) -> Record:
    obj = record.copy()
    obj["metadata"]["resourceVersion"] = str(revision)
    return Record(record.kind, record.namespace, record.name, revision, dump(obj))


async def watch(call: Call, open_watches: set[Watch]) -> web.StreamResponse:
    """`GET /api/v1/namespaces/lab/pods?watch=true&resourceVersion=7`.

    Args:
        call: The request.
        open_watches: Where the watch is kept while it lasts, so that the server can end it.
    """
    store = call.registry.store
    wish = read(store, call.query)
    writer = Writer(call, lists.matcher(call.target, call.query), wish.revision)
    # Subscribed before anything is awaited: nothing can come between the beginning and the changes.
    changes = Watch(store, [call.kind], limit=MOST_WAITING)
    open_watches.add(changes)
    try:
        try:
            first = _beginning(call, wish, writer)
        except Gone as error:
            # As the watch cache does: the stream begins, and its only event tells that the client must list.
            changes.close()
            first = f'{{"type":"ERROR","object":{dump(error.status())}}}\n'.encode()
        async with answers.stream(call.request, negotiation.JSON) as response:
            if first:
                await _write(response, first)
            await _follow(response, changes, writer, wish, store)
    finally:
        changes.close()
        open_watches.discard(changes)
    return response


def _beginning(call: Call, wish: Wish, writer: Writer) -> bytes:
    """The first lines of a stream: what there is, or what changed since."""
    store = call.registry.store
    if not wish.initial:
        return writer.lines(store.history.since(call.kind, wish.revision))
    lines = writer.initial(store.records(call.kind, call.target.namespace))
    return lines + writer.bookmark(store.revision, _INITIAL_END) if wish.initial_end else lines


async def _follow(
    response: web.StreamResponse, changes: Watch, writer: Writer, wish: Wish, store: Store
) -> None:
    """Write changes as they come, until the time is over, the server ends, or the client is too slow.

    Raises:
        ConnectionAbortedError: The client takes nothing any more.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + wish.seconds
    while True:
        try:
            async with asyncio.timeout_at(min(end, loop.time() + _BOOKMARK_SECONDS)):
                taken = [await anext(changes)]
        except StopAsyncIteration:
            return
        except TimeoutError:
            taken = []
        lines = writer.lines([*taken, *changes.pending(_AT_ONCE)])
        if not taken and wish.bookmarks:
            lines += writer.bookmark(store.revision)
        if lines:
            await _write(response, lines)
        if loop.time() >= end:
            return


async def _write(response: web.StreamResponse, lines: bytes) -> None:
    try:
        async with asyncio.timeout(STALLED_SECONDS):
            await response.write(lines)
    except TimeoutError as error:
        raise ConnectionAbortedError(f"nothing was taken for {STALLED_SECONDS:g} s") from error
