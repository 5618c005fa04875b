"""The words every part of the cluster shares: plain JSON objects and what happened to them."""

from __future__ import annotations

import json
from typing import Any, Literal

Object = dict[str, Any]
"""A Kubernetes object as JSON: `apiVersion`, `kind`, `metadata` and the rest."""

ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]


def dump(value: object) -> str:
    """The compact JSON text of a value."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Record:
    """One stored version of an object: its address, its revision and its JSON text.

    The text is the truth; `view` is parsed from it on demand, is shared and must not be changed.
    """

    __slots__ = ("_keeps", "_view", "kind", "name", "namespace", "revision", "text")

    def __init__(self, kind: str, namespace: str, name: str, revision: int, text: str) -> None:
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.revision = revision
        self.text = text
        self._view: Object | None = None
        self._keeps = True

    @property
    def view(self) -> Object:
        """The object, shared: read it, never change it."""
        if self._view is not None:
            return self._view
        parsed: Object = json.loads(self.text)
        if self._keeps:
            self._view = parsed
        return parsed

    def copy(self) -> Object:
        """The object, private to the caller (parsing is quicker than `copy.deepcopy`)."""
        parsed: Object = json.loads(self.text)
        return parsed

    def release(self) -> None:
        """Forget the parsed form for good: a record that only lives on in the history is seldom read."""
        self._view = None
        self._keeps = False


class Change:
    """One change as a watcher sees it; the objects are parsed when they are asked for."""

    __slots__ = ("_new", "_old", "type")

    def __init__(self, type: ChangeType, new: Record, old: Record | None) -> None:  # noqa: A002 - the API's word
        self.type: ChangeType = type
        self._new = new
        self._old = old

    def __repr__(self) -> str:
        return f"Change({self.type}, {self.kind} {self._new.namespace}/{self._new.name}@{self.revision})"

    @property
    def kind(self) -> str:
        """Kind of the object."""
        return self._new.kind

    @property
    def revision(self) -> int:
        """The revision this change made."""
        return self._new.revision

    @property
    def record(self) -> Record:
        """The stored version after the change (for DELETED: the last one)."""
        return self._new

    @property
    def old_record(self) -> Record | None:
        """The stored version before the change."""
        return self._old

    @property
    def object(self) -> Object:
        """The object after the change, private to who asks: the history keeps no parsed form."""
        return self._new.copy()

    @property
    def old(self) -> Object | None:
        """The object before the change, private to who asks; None for an ADDED one."""
        return self._old.copy() if self._old is not None else None
