"""Objects on disk and in memory, one revision counter, and a bounded history for watchers.

SQLite in WAL mode with `synchronous=NORMAL`: a write that returned is in the log file, so it survives
`kill -9` of this process (not a power cut), without an fsync per write.
Everything is read into memory at start; reads never touch the disk.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from localcluster.errors import Gone
from localcluster.types import Change, Object, Record, dump

# A watcher that was away resumes if it missed no more than this; beyond it lists again (410).
HISTORY_CHANGES = 4000
HISTORY_BYTES = 6 * 1024 * 1024

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    revision INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
INSERT OR IGNORE INTO counter VALUES (1, 1);
"""


class History:
    """The latest changes of all kinds, bounded in number and size."""

    def __init__(self, start: int, changes: int = HISTORY_CHANGES, size: int = HISTORY_BYTES) -> None:
        self._start = start
        self._limit = changes
        self._size_limit = size
        self._size = 0
        self._changes: deque[Change] = deque()
        self._dropped: dict[str, int] = {}

    def add(self, change: Change) -> None:
        """Remember a change, forgetting the oldest ones beyond the bounds."""
        self._changes.append(change)
        self._size += len(change.record.text)
        while len(self._changes) > self._limit or self._size > self._size_limit:
            gone = self._changes.popleft()
            self._size -= len(gone.record.text)
            self._dropped[gone.kind] = gone.revision

    def since(self, kind: str, revision: int) -> list[Change]:
        """The changes of a kind after a revision; raises `Gone` when some of them are forgotten."""
        oldest = max(self._start, self._dropped.get(kind, 0))
        if revision < oldest:
            raise Gone(f"too old resource version: {revision} ({oldest})")
        found: deque[Change] = deque()
        for change in reversed(self._changes):
            if change.revision <= revision:
                break
            if change.kind == kind:
                found.appendleft(change)
        return list(found)


class Store:
    """All objects of one cluster.

    Args:
        path: The database file (made with mode 0600), or None for a store in memory only.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            # SQLite gives its -wal and -shm files the mode of the database.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            path.chmod(0o600)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self.revision: int = self._db.execute("SELECT revision FROM counter").fetchone()[0]
        self._records: dict[str, dict[tuple[str, str], Record]] = {}
        for row in self._db.execute("SELECT kind, namespace, name, revision, body FROM objects"):
            self._remember(Record(*row))
        self.history = History(self.revision)
        self._listeners: list[Callable[[Change], None]] = []

    def close(self) -> None:
        """Close the database; every acknowledged write is already in it."""
        self._db.close()

    def get(self, kind: str, namespace: str, name: str) -> Record | None:
        """The record at an address, if there is one."""
        return self._records.get(kind, {}).get((namespace, name))

    def records(self, kind: str, namespace: str | None = None) -> list[Record]:
        """All records of a kind (in one namespace), ordered as etcd would: by namespace and name."""
        held = self._records.get(kind, {})
        if namespace is None:
            return [held[key] for key in sorted(held)]
        return [held[key] for key in sorted(key for key in held if key[0] == namespace)]

    def kinds(self) -> Iterator[str]:
        """Every kind of which there was an object."""
        yield from self._records

    def put(self, kind: str, obj: Object) -> Record:
        """Write an object under the next revision, which is set in it."""
        meta = obj["metadata"]
        revision = self.revision + 1
        meta["resourceVersion"] = str(revision)
        record = Record(kind, meta.get("namespace") or "", meta["name"], revision, dump(obj))
        old = self.get(kind, record.namespace, record.name)
        row = (kind, record.namespace, record.name, revision, record.text)
        self._write(revision, "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", row)
        self._remember(record)
        self._publish(Change("MODIFIED" if old else "ADDED", record, old))
        return record

    def remove(self, record: Record) -> Record:
        """Delete an object; returns its last state under the revision of the deletion."""
        revision = self.revision + 1
        last = record.copy()
        last["metadata"]["resourceVersion"] = str(revision)
        gone = Record(record.kind, record.namespace, record.name, revision, dump(last))
        row = (record.kind, record.namespace, record.name)
        self._write(revision, "DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?", row)
        del self._records[record.kind][record.namespace, record.name]
        self._publish(Change("DELETED", gone, record))
        return gone

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after each change; returns the function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _write(self, revision: int, statement: str, row: tuple[object, ...]) -> None:
        # One transaction: a revision is never used twice, not even across a crash.
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute(statement, row)
            self._db.execute("UPDATE counter SET revision = ?", (revision,))
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self.revision = revision

    def _remember(self, record: Record) -> None:
        self._records.setdefault(record.kind, {})[record.namespace, record.name] = record

    def _publish(self, change: Change) -> None:
        self.history.add(change)
        for listener in list(self._listeners):
            listener(change)
        if change.old_record is not None:
            change.old_record.release()
        if change.type == "DELETED":
            change.record.release()
