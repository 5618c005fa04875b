"""Sets of fields as `managedFields` carries them (`fieldsType: FieldsV1`).

A path is a tuple of elements in the words of FieldsV1: `f:<name>` for a field or a map's key, `k:{...}` for
an item of a keyed list, `v:<value>` for an item of a set. A set of fields is a plain set of paths, so its
algebra is Python's. Format: `sigs.k8s.io/structured-merge-diff/fieldpath/serialize.go`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from localcluster.types import Object, dump

Path = tuple[str, ...]
FieldSet = frozenset[Path]

_SELF = "."


def field_element(name: str) -> str:
    """The element of a struct's field or a map's key."""
    return f"f:{name}"


def key_element(key: Object) -> str:
    """The element of an item in a keyed list."""
    return f"k:{dump(dict(sorted(key.items())))}"


def value_element(value: Any) -> str:
    """The element of an item in a set."""
    return f"v:{dump(value)}"


def decode(fields: Object) -> FieldSet:
    """The paths in a FieldsV1 object; raises `ValueError` when it is none."""
    return frozenset(_decode(fields, ()))


def _decode(fields: Object, path: Path) -> Iterator[Path]:
    if not isinstance(fields, dict):
        raise ValueError("a set of fields must be an object")
    for element, below in fields.items():
        if element == _SELF:
            yield path
            continue
        here = (*path, element)
        if below == {}:
            yield here
        else:
            yield from _decode(below, here)


def encode(paths: Iterable[Path]) -> Object:
    """A set of fields as FieldsV1."""
    root: Object = {}
    for path in sorted(paths):
        node = root
        for element in path:
            node = node.setdefault(element, {})
        node[_SELF] = {}
    return _without_lone_selves(root)


def _without_lone_selves(node: Object) -> Object:
    # A leaf is written `{}`; only a member that has members below it is marked with a dot.
    if node.keys() == {_SELF}:
        return {}
    return {key: _without_lone_selves(node[key]) if key != _SELF else {} for key in sorted(node)}


def text(path: Path) -> str:
    """A path as conflicts name it: `.spec.template.spec.containers[name="greeter"].image`."""
    return "".join(map(_element_text, path))


def _element_text(element: str) -> str:
    mark, _, rest = element.partition(":")
    if mark == "f":
        return f".{rest}"
    if mark == "k":
        return f"[{','.join(f'{key}={dump(value)}' for key, value in json.loads(rest).items())}]"
    return f"[={rest}]" if mark == "v" else f"[{rest}]"


def order(path: Path) -> tuple[tuple[bool, str], ...]:
    """What paths are sorted by: a level's own fields before what lies deeper (`fieldpath.Set.Iterate`)."""
    return tuple((at < len(path) - 1, element) for at, element in enumerate(path))


def with_ancestors(paths: Collection[Path]) -> FieldSet:
    """The paths and everything they lie in."""
    return frozenset(path[:end] for path in paths for end in range(1, len(path) + 1))


def with_named_ancestors(paths: Collection[Path]) -> FieldSet:
    """The paths and the fields (not the list items) they lie in (`EnsureNamedFieldsAreMembers`)."""
    above = (path[:end] for path in paths for end in range(1, len(path)) if path[end - 1].startswith("f:"))
    return frozenset(paths) | frozenset(above)
