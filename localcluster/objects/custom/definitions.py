"""The table of the kinds with a definition, and what the API server asks it of their objects."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from localcluster.errors import FieldError
from localcluster.objects.custom import gateway, grpcroute, rules, structural
from localcluster.types import Object

_SCHEMAS: dict[str, Object] = {
    "GRPCRoute": grpcroute.ROUTE,
    "Gateway": gateway.GATEWAY,
    "GatewayClass": gateway.CLASS,
}


def is_custom(kind: str) -> bool:
    """Whether a kind has a definition here."""
    return kind in _SCHEMAS


def schema(kind: str) -> Object:
    """The structural schema of a kind; raises `KeyError` when it has none."""
    return _SCHEMAS[kind]


def decode(kind: str, value: Object) -> tuple[Object, list[str]]:
    """An object without its unknown fields and nulls, and the paths of the unknown fields.

    Values of wrong types stay: it is validation that refuses them. The metadata is not looked at.
    """
    obj: Object = copy.deepcopy(value)
    unknown = list(structural.prune(obj, _SCHEMAS[kind]))
    structural.drop_nulls(obj)
    return obj, unknown


def default(kind: str, obj: Object) -> None:
    """Fill the defaults of a kind into an object, in place; its status is the controllers'."""
    structural.default(obj, _without_status(_SCHEMAS[kind]))


def first_status(kind: str) -> Object:
    """The status of an object that no controller has looked at; empty when the definition gives none."""
    found: Object = copy.deepcopy(_SCHEMAS[kind]["properties"]["status"].get("default", {}))
    return found


def errors(kind: str, obj: Object, old: Object | None = None) -> Iterator[FieldError]:
    """What is wrong with an object, defaulted; `old` is how it was.

    The rules that are written in CEL are only asked when the schema has no complaint, as in Kubernetes.
    """
    found = list(structural.check(_without_metadata(obj), _SCHEMAS[kind]))
    yield from found
    if not found:
        yield from rules.broken(kind, obj, old)


def _without_status(whole: Object) -> Object:
    return {**whole, "properties": {k: v for k, v in whole["properties"].items() if k != "status"}}


def _without_metadata(obj: Object) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key != "metadata"}
