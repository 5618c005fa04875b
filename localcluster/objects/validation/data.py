"""Rules of ConfigMaps and Secrets (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from localcluster.errors import FieldError, forbidden, required, too_long
from localcluster.objects.validation import metadata, words
from localcluster.types import Object

_LARGEST = 1024 * 1024
_FROZEN = "field is immutable when `immutable` is set"


def of_config_map(config_map: Object) -> Iterator[FieldError]:
    """What is wrong with a ConfigMap."""
    texts, blobs = config_map.get("data") or {}, config_map.get("binaryData") or {}
    for field, found in (("data", texts), ("binaryData", blobs)):
        yield from _keys(field, found)
    size = sum(len(text.encode()) for text in texts.values()) + sum(map(_size, blobs.values()))
    if size > _LARGEST:
        yield too_long("[]", _LARGEST)  # a path without a name, as Go writes it


def of_secret(secret: Object) -> Iterator[FieldError]:
    """What is wrong with a Secret: its keys, and what its type asks for."""
    data = secret.get("data") or {}
    yield from _keys("data", data)
    if sum(map(_size, data.values())) > _LARGEST:
        yield too_long("data", _LARGEST)
    if secret.get("type") == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in data:
                yield required(f"data[{key}]")


def _keys(field: str, found: Object) -> Iterator[FieldError]:
    for key in sorted(found):
        yield from words.complain(f"{field}[{key}]", key, words.config_key(key))


def _size(encoded: str) -> int:
    return len(base64.b64decode(encoded))


def change_of_config_map(old: Object, new: Object) -> Iterator[FieldError]:
    """What may not change in a ConfigMap that is marked immutable."""
    return _frozen(old, new, ("data", "binaryData"))


def change_of_secret(old: Object, new: Object) -> Iterator[FieldError]:
    """A Secret keeps its type; marked immutable, also its data."""
    yield from metadata.unchanged("type", old.get("type"), new.get("type"))
    yield from _frozen(old, new, ("data",))


def _frozen(old: Object, new: Object, fields: tuple[str, ...]) -> Iterator[FieldError]:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", _FROZEN)
    for field in fields:
        if (old.get(field) or {}) != (new.get(field) or {}):
            yield forbidden(field, _FROZEN)
