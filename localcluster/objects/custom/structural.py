"""Objects against a structural schema, as the API server treats custom resources.

Unlike the built-in kinds, nothing is left out that was sent: unknown fields are pruned, defaults filled, and
wrong types are errors of fields, in the words of `k8s.io/kube-openapi/pkg/validation` and
`k8s.io/apiextensions-apiserver/pkg/apiserver/validation`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from localcluster.errors import FieldError, duplicate, invalid, required, too_long, too_many, unsupported
from localcluster.types import Object

_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
}


def prune(value: Any, schema: Object, path: str = "") -> Iterator[str]:
    """Take unknown fields out of a value, in place; gives their paths."""
    if isinstance(value, dict) and "properties" in schema:
        for name in list(value):
            where = f"{path}.{name}" if path else name
            if name in schema["properties"]:
                yield from prune(value[name], schema["properties"][name], where)
            else:
                del value[name]
                yield where
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from prune(item, schema["items"], f"{path}[{index}]")


def default(value: Any, schema: Object) -> None:
    """Fill defaults into a value, in place; a null that has a default counts as left out."""
    if isinstance(value, dict):
        for name, one in (schema.get("properties") or {}).items():
            if "default" in one and value.get(name) is None:
                value[name] = copy.deepcopy(one["default"])
            if name in value:
                default(value[name], one)
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            default(item, schema["items"])


def drop_nulls(value: Any) -> None:
    """Take nulls out of objects, in place: none of the served definitions has a nullable field."""
    if isinstance(value, dict):
        for name in [name for name, one in value.items() if one is None]:
            del value[name]
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        drop_nulls(item)


def check(value: Any, schema: Object, path: str = "") -> Iterator[FieldError]:
    """What is wrong with a value."""
    wanted = schema.get("type", "object")
    if type_of(value) != wanted:
        found = type_of(value)
        yield invalid(path, found, f'{path} in body must be of type {wanted}: "{found}"')
    elif wanted in _CHECKS:
        yield from _CHECKS[wanted](value, schema, path)


def type_of(value: Any) -> str:
    """The type of a JSON value as messages call it."""
    return _TYPES.get(type(value), "object")


def _object(value: Object, schema: Object, path: str) -> Iterator[FieldError]:
    prefix = f"{path}." if path else ""
    for name in schema.get("required") or []:
        if name not in value:
            yield required(f"{prefix}{name}")
    known = schema.get("properties") or {}
    for name, item in value.items():
        if name in known:
            yield from check(item, known[name], f"{prefix}{name}")
        elif "additionalProperties" in schema:
            yield from check(item, schema["additionalProperties"], f"{prefix}{name}")


def _array(value: list[Any], schema: Object, path: str) -> Iterator[FieldError]:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if len(value) < least:
        yield invalid(path, len(value), f"{path} in body should have at least {least} items")
    if most is not None and len(value) > most:
        yield too_many(path, len(value), most)
    for index, item in enumerate(value):
        yield from check(item, schema["items"], f"{path}[{index}]")
    if keys := schema.get("x-kubernetes-list-map-keys"):
        yield from _repeated(value, keys, path)


def _repeated(value: list[Any], keys: list[str], path: str) -> Iterator[FieldError]:
    seen: list[Object] = []
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            continue
        identity = {key: item[key] for key in keys if key in item}
        if identity in seen:
            yield duplicate(f"{path}[{index}]", identity)
        seen.append(identity)


def _string(value: str, schema: Object, path: str) -> Iterator[FieldError]:
    if len(value) > schema.get("maxLength", len(value)):
        yield too_long(path, schema["maxLength"])
    if len(value) < schema.get("minLength", 0):
        yield invalid(path, value, f"{path} in body should be at least {schema['minLength']} chars long")
    pattern = schema.get("pattern")
    if pattern and not _compiled(pattern).search(value):
        yield invalid(path, value, f"{path} in body should match '{pattern}'")
    if value not in schema.get("enum", [value]):
        yield unsupported(path, value, schema["enum"])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Go's `$` is the end of the text; Python's also comes before a last newline.
    return re.compile(pattern.replace("$|^", "\\Z|^").removesuffix("$") + "\\Z", re.ASCII)


def _integer(value: int, schema: Object, path: str) -> Iterator[FieldError]:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    if value < low:
        yield invalid(path, value, f"{path} in body should be greater than or equal to {low}")
    if value > high:
        yield invalid(path, value, f"{path} in body should be less than or equal to {high}")


_CHECKS: dict[str, Callable[[Any, Object, str], Iterator[FieldError]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
}
