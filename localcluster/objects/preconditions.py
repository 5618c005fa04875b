"""What a write says of the object it was made for: its version and its uid, held against the stored one.

After `k8s.io/apiserver/pkg/registry/rest/delete.go` and `generic/registry/store.go`.
"""

from __future__ import annotations

from localcluster.errors import Conflict, Unclassified
from localcluster.storage.resources import Resource
from localcluster.types import Record, dump


def check_version(resource: Resource, record: Record, version: str) -> None:
    """Refuse a write that was made for another version; "" and 0 stand for any.

    Raises:
        Conflict: It is another one.
        Unclassified: It is no version.
    """
    if version and not (version.isascii() and version.isdigit()):
        raise Unclassified(f"strconv.ParseUint: parsing {dump(version)}: invalid syntax")
    if version not in ("", "0", str(record.revision)):
        raise Conflict.stale(resource, record.name)


def check_replaced(resource: Resource, record: Record, uid: str) -> None:
    """Refuse to replace an object by one of another uid; raises `Conflict`."""
    held = record.view["metadata"]["uid"]
    if uid != held:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {held}"
        raise Conflict.object(resource, record.name, why)


def check_deleted(resource: Resource, record: Record, uid: str | None, version: str | None) -> None:
    """Hold the preconditions of a deletion against the object; raises `Conflict`."""
    stored = record.view["metadata"]["uid"], str(record.revision)
    for word, wanted, held in zip(("UID", "ResourceVersion"), (uid, version), stored, strict=True):
        if wanted and wanted != held:
            why = f"the {word} in the precondition ({wanted}) does not match the {word} in record ({held})"
            raise Conflict.object(resource, record.name, why)
