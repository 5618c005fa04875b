"""Lists: selectors, pages and the revision they show (`k8s.io/apiserver/pkg/storage/continue.go`)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from localcluster import errors
from localcluster.api.options import Query, integer
from localcluster.api.routing import Target
from localcluster.errors import ApiError, BadRequest, Gone, Unclassified
from localcluster.objects import queries
from localcluster.storage.store import Store
from localcluster.types import Object, Record, dump

_PAGE_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)
_LIST_EXPIRED = "The resourceVersion for the provided list is too old."
Matches = Callable[[Object], bool]


class TooNew(ApiError):  # noqa: N818 - called as in `localcluster.errors`
    """A resource version that has not been reached."""

    code, reason = 504, "Timeout"

    def __init__(self, asked: int, current: int) -> None:
        message = f"Timeout: Too large resource version: {asked}, current: {current}"
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        super().__init__(message, {"causes": [cause], "retryAfterSeconds": 1})


@dataclass(frozen=True)
class Page:
    """A part of a list."""

    records: list[Record]
    metadata: Object


@dataclass(frozen=True)
class _Token:
    """Where the next page begins, and the revision the first one showed."""

    revision: int
    after: tuple[str, str]

    def written(self) -> str:
        """The token as clients carry it."""
        content = {"rv": self.revision, "start": self.after}
        return base64.urlsafe_b64encode(dump(content).encode()).decode().rstrip("=")


def matcher(target: Target, query: Query) -> Matches | None:
    """The test of both selectors of a request, or None when it has none."""
    labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
    return queries.matcher(target.resource, labels, fields) if labels or fields else None


def page(store: Store, target: Target, query: Query) -> Page:
    """The objects a list request asks for.

    Raises:
        BadRequest: Its parameters are malformed.
        Gone: The page, or the revision asked for, can no longer be shown.
    """
    limit = integer(query, "limit") or 0
    integer(query, "timeoutSeconds")
    matches = matcher(target, query)
    token = _read_token(query)
    revision = token.revision if token else _revision(store, query)
    records = _records(store, target, revision, token)
    if token:
        records = [record for record in records if _key(record) > token.after]
    chosen, left = _cut(records, matches, limit)
    metadata: Object = {"resourceVersion": str(revision or store.revision)}
    if left:
        metadata["continue"] = _Token(revision or store.revision, _key(chosen[-1])).written()
        if matches is None:
            metadata["remainingItemCount"] = left
    return Page(chosen, metadata)


def _cut(records: list[Record], matches: Matches | None, limit: int) -> tuple[list[Record], int]:
    """The first records that match, and how many are left after them."""
    if matches:
        records = [record for record in records if matches(record.view)]
    return (records[:limit], max(len(records) - limit, 0)) if limit > 0 else (records, 0)


def _key(record: Record) -> tuple[str, str]:
    return record.namespace, record.name


def _revision(store: Store, query: Query) -> int:
    """The revision to show exactly, or 0 for the current one."""
    try:
        check_reached(store, query)
    except Unclassified as error:
        raise BadRequest(f"invalid resource version: {error.message}") from error
    number, match = parse_revision(query.get("resourceVersion", "")), query.get("resourceVersionMatch", "")
    return number if match == "Exact" or (not match and integer(query, "limit")) else 0


def check_reached(store: Store, query: Query) -> None:
    """Refuse to show what is not older than a revision that has not been reached; raises `TooNew`."""
    number = parse_revision(query.get("resourceVersion", ""))
    if number > store.revision:
        raise TooNew(number, store.revision)


def parse_revision(text: str) -> int:
    """A resourceVersion as a number; 0 when it is not given.

    Raises:
        Unclassified: It is not a number.
    """
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        why = f"strconv.ParseUint: parsing {dump(text)}: invalid syntax"
        raise Unclassified(str(errors.invalid("resourceVersion", text, why)))
    return int(text or 0)


def _records(store: Store, target: Target, revision: int, token: _Token | None) -> list[Record]:
    kind = target.resource.kind
    if not revision or revision == store.revision:
        return store.records(kind, target.namespace)
    try:
        return _as_of(store, kind, target.namespace, revision)
    except Gone as error:
        raise Gone(_LIST_EXPIRED if token is None else _PAGE_EXPIRED) from error


def _as_of(store: Store, kind: str, namespace: str | None, revision: int) -> list[Record]:
    """The records of a kind as they were at a revision: today's with the changes since taken back."""
    held = {_key(record): record for record in store.records(kind)}
    for change in reversed(store.history.since(kind, revision)):
        key = _key(change.record)
        if change.old_record is None:
            held.pop(key, None)
        else:
            held[key] = change.old_record
    return [held[key] for key in sorted(held) if namespace in (None, key[0])]


def _read_token(query: Query) -> _Token | None:
    text = query.get("continue", "")
    if not text:
        return None
    token = _token(text)
    if query.get("resourceVersion", "") not in ("", "0"):
        raise BadRequest("specifying resource version is not allowed when using continue")
    return token


def _token(text: str) -> _Token:
    """The token in its written form; raises `BadRequest` (`k8s.io/apiserver/pkg/storage/continue.go`)."""
    try:
        content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        namespace, name = content["start"]
        return _Token(int(content["rv"]), (str(namespace), str(name)))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadRequest("invalid continue token: continue key is not valid") from error
