"""From a client's JSON to an object of its kind, as the API server's decoder does it.

Wrong types are refused in the words of Go's JSON decoder; unknown fields are collected and dropped; what Go
would leave out when it writes the object again (nulls, empty lists, zero values that are not pointers) is
left out, so that the same object always has the same JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from localcluster.errors import BadRequest, Invalid, invalid
from localcluster.objects import clock, golang, quantities, schema
from localcluster.objects.custom import definitions
from localcluster.objects.schema import Type
from localcluster.storage.resources import BY_KIND, Resource
from localcluster.types import Object

# Fields that are plain Go values with `omitempty`: their zero is the same as their absence. All other
# booleans and numbers of the served kinds are pointers, or are always written.
_ZERO_OMITTED = frozenset(
    {
        *("hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly", "paused"),
        *("unschedulable", "publishNotReadyAddresses", "minReadySeconds", "observedGeneration", "hostPort"),
        *("nodePort", "healthCheckNodePort", "number", "initialDelaySeconds", "timeoutSeconds"),
        *("periodSeconds", "successThreshold"),
        *("failureThreshold", "count", "generation", "readyReplicas", "updatedReplicas"),
        *("availableReplicas", "unavailableReplicas", "fullyLabeledReplicas"),
    }
)
# Pointers to strings, whose empty value is kept.
_EMPTY_KEPT = frozenset({("DiscoveryV1EndpointPort", "name"), ("V1IngressSpec", "ingressClassName")})
# Pointers to numbers whose name is that of a plain number elsewhere.
_ZERO_KEPT = frozenset({("V1ClientIPConfig", "timeoutSeconds")})
_MICRO_TIMES = frozenset({"acquireTime", "eventTime", "lastObservedTime", "renewTime"})
_LIMITS = {"int32": 2**31, "int64": 2**63}
_MAX_DEPTH = 64


class WrongType(Exception):  # noqa: N818 - becomes a BadRequest with the kind named
    """A value has not the type of its field; the text is Go's."""


@dataclass
class Decoder:
    """One decoding: the walk along the schema and what it found."""

    unknown: list[str] = field(default_factory=list)
    """The paths of unknown fields, in the order of the text."""

    def value(self, value: Any, kind: Type, path: str, owner: str) -> Any:
        """A value of a type; `path` and `owner` (the struct) are for the messages."""
        if kind.shape == "struct":
            return self.struct(value, kind, path, owner)
        if kind.shape == "list":
            return self.items(value, kind, path, owner)
        if kind.shape == "map":
            return self.entries(value, kind, path, owner)
        return _scalar(value, kind, path, owner)

    def struct(self, value: Any, kind: Type, path: str, owner: str) -> Any:
        """A struct: known fields decoded, unknown ones noted and dropped."""
        if not isinstance(value, dict):
            raise _wrong(value, kind, path, owner)
        known, decoded = kind.fields, {}
        for key, item in value.items():
            spec = known.get(key)
            where = f"{path}.{key}" if path else key
            if spec is None:
                self.unknown.append(where)
                continue
            if item is None and not spec.required:
                continue
            result = self.value(_zero(spec.type) if item is None else item, spec.type, where, kind.struct)
            if spec.required or not _omitted(result, spec.type, kind.model, key):
                decoded[key] = result
        return decoded

    def items(self, value: Any, kind: Type, path: str, owner: str) -> list[Any]:
        """A list, item by item."""
        if not isinstance(value, list):
            raise _wrong(value, kind, path, owner)
        item = kind.element
        return [
            self.value(_zero(item) if one is None else one, item, f"{path}[{index}]", owner)
            for index, one in enumerate(value)
        ]

    def entries(self, value: Any, kind: Type, path: str, owner: str) -> Object:
        """A map, value by value."""
        if not isinstance(value, dict):
            raise _wrong(value, kind, path, owner)
        item, decoded = kind.element, {}
        for key, one in value.items():
            decoded[key] = self.value(_zero(item) if one is None else one, item, path, owner)
        return decoded


def decode(resource: Resource, value: Any, model: str | None = None) -> tuple[Object, list[str]]:
    """An object of a kind from parsed JSON, and the paths of its unknown fields.

    Raises:
        BadRequest: A value has not the type of its field.
    """
    decoder = Decoder()
    try:
        if definitions.is_custom(resource.kind) and isinstance(value, dict):
            return _decoded_custom(decoder, resource, value), decoder.unknown
        return decoder.value(value, schema.root(model or resource.model), "", ""), decoder.unknown
    except WrongType as error:
        raise BadRequest(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {error}'
        ) from error


def _decoded_custom(decoder: Decoder, resource: Resource, value: Object) -> Object:
    """Only the metadata has a type of Go; the rest is held against the definition when it is validated."""
    meta = value.get("metadata")
    decoded = {} if meta is None else decoder.value(meta, schema.root("V1ObjectMeta"), "metadata", "")
    obj, unknown = definitions.decode(resource.kind, {k: v for k, v in value.items() if k != "metadata"})
    decoder.unknown += unknown
    return {**obj, "metadata": decoded} if "metadata" in value else obj


def misfit(resource: Resource, kind: str, version: str) -> str:
    """Why a kind of a version cannot become an object of a resource, in the decoder's words; "" if it can.

    What has no type of Go can be decoded into a custom kind, whatever it is; `wrong_kind` says the rest.
    """
    if definitions.is_custom(resource.kind):
        return ""
    if (kind, version) == (resource.kind, resource.api_version):
        return ""
    known = BY_KIND.get(kind)
    if known is not None and known.api_version == version:
        return f"converting (v1.{kind}) to ({resource.package}.{resource.kind}): unknown conversion"
    return f'no kind "{kind}" is registered for version "{version}"'


def wrong_kind(resource: Resource, kind: str, name: str) -> Invalid | None:
    """The refusal of an object of another kind where one of a custom kind belongs; None where it is right."""
    if not definitions.is_custom(resource.kind) or kind == resource.kind:
        return None
    error = invalid("kind", kind, f"must be {resource.kind}")
    return Invalid(resource.kind, resource.group, name, [error])


def complaints(unknown: Iterable[str]) -> list[str]:
    """What is said of the paths of unknown fields."""
    return [f'unknown field "{path}"' for path in unknown]


def strict_error(resource: Resource, unknown: list[str]) -> BadRequest:
    """The refusal of an object with unknown fields."""
    return BadRequest(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
        f"strict decoding error: {', '.join(complaints(unknown))}"
    )


def parse_json(text: str) -> Any:
    """JSON text as Go reads it; of a key that stands twice in one object the last counts.

    Raises:
        BadRequest: It is not JSON.
    """
    try:
        parsed = json.loads(text, parse_constant=_no_number)
        # A lone surrogate cannot be written as UTF-8; Go reads it as the replacement character.
        if "\\ud" in text.lower():
            safe = json.dumps(parsed, ensure_ascii=False).encode("utf-16", "surrogatepass")
            parsed = json.loads(safe.decode("utf-16", "replace"))
        return parsed
    except json.JSONDecodeError as error:
        raise BadRequest(golang.json_mistake(error)) from error
    except (ValueError, RecursionError) as error:
        why = "exceeded max depth" if isinstance(error, RecursionError) else str(error)
        raise BadRequest(why) from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _omitted(value: Any, kind: Type, model: str, key: str) -> bool:
    if value in ([], {}) and isinstance(value, (list, dict)):
        return kind.shape in ("list", "map")
    if value == "" and isinstance(value, str):
        return (model, key) not in _EMPTY_KEPT
    plain = key in _ZERO_OMITTED and (model, key) not in _ZERO_KEPT
    return plain and isinstance(value, int) and value == 0


def _zero(kind: Type) -> Any:
    zeros: dict[str, Any] = {"struct": {}, "list": [], "map": {}, "int32": 0, "int64": 0, "bool": False}
    return zeros.get(kind.shape, "0" if kind.shape == "quantity" else None if kind.shape == "time" else "")


def _wrong(value: Any, kind: Type, path: str, owner: str, number: str = "") -> WrongType:
    words = {list: "array", str: "string", bool: "bool", int: "number", float: "number", type(None): "null"}
    target = f"Go struct field {owner}.{_without_indices(path)} of type" if owner else "Go value of type"
    word = words.get(type(value), "object")
    return WrongType(f"json: cannot unmarshal {word}{number} into {target} {kind.go_name}")


def _without_indices(path: str) -> str:
    parts = path.split("[")
    return parts[0] + "".join(part.partition("]")[2] for part in parts[1:])


def _scalar(value: Any, kind: Type, path: str, owner: str) -> Any:
    shape = kind.shape
    if shape == "string":
        if isinstance(value, str):
            return value
    elif shape == "bool":
        if isinstance(value, bool):
            return value
    elif shape in _LIMITS:
        return _integer(value, kind, path, owner)
    elif shape == "any":
        return value
    else:
        return _special(value, kind, path, owner)
    raise _wrong(value, kind, path, owner)


def _integer(value: Any, kind: Type, path: str, owner: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        number = f" {value}" if isinstance(value, float) else ""
        raise _wrong(value, kind, path, owner, number)
    if not -_LIMITS[kind.shape] <= value < _LIMITS[kind.shape]:
        raise _wrong(value, kind, path, owner, f" {value}")
    return value


def _special(value: Any, kind: Type, path: str, owner: str) -> Any:
    if kind.shape == "either":
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise _wrong(value, kind, path, owner)
        return value
    if kind.shape == "quantity" and isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if kind.shape == "time" and value is None:
        return None
    if not isinstance(value, str):
        raise _wrong(value, kind, path, owner)
    if kind.shape == "bytes":
        return _base64(value)
    if kind.shape == "quantity":
        return _quantity(value)
    return _time(value, path.rpartition(".")[2]) if kind.shape == "time" else value


def _base64(value: str) -> str:
    if why := golang.base64_mistake(value):
        raise WrongType(why)
    return value.replace("\n", "").replace("\r", "")


def _quantity(value: str) -> str:
    try:
        return quantities.canonical(value)
    except ValueError as error:
        raise WrongType(str(error)) from error


def _time(value: str, field: str) -> str:
    micro = field in _MICRO_TIMES
    try:
        return clock.canonical(value, micro=micro)
    except ValueError as error:
        raise WrongType(golang.time_mistake(value, micro=micro)) from error
