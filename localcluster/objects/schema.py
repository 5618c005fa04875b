"""The shapes of all kinds, read from the official client's models and the definitions of custom kinds.

The models say names, types and which fields must be there; what OpenAPI does not say (which integers are
64 bits wide, which strings are quantities) stands in the small tables here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from localcluster.objects.custom import models as custom
from localcluster.types import Object

Shape = Literal[
    "struct", "list", "map", "string", "int32", "int64", "bool", "bytes", "time", "quantity", "either", "any"
]

_NESTED = re.compile(r"(List|Dict)\[(?:str, )?(.+)\]")
_PREFIX = re.compile(r"^(V1|AuthenticationV1|CoreV1|EventsV1|DiscoveryV1|RbacV1)(?=[A-Z])")
_QUANTITIES = {
    "limits",
    "requests",
    "capacity",
    "allocatable",
    "allocated_resources",
    "divisor",
    "overhead",
    "size_limit",
}
_INT64 = {
    "active_deadline_seconds",
    "deletion_grace_period_seconds",
    "expiration_seconds",
    "fs_group",
    "generation",
    "grace_period_seconds",
    "observed_generation",
    "run_as_group",
    "run_as_user",
    "supplemental_groups",
    "termination_grace_period_seconds",
    "toleration_seconds",
}
_PLAIN: dict[str, Shape] = {
    "str": "string",
    "bool": "bool",
    "bytes": "bytes",
    "datetime": "time",
    "object": "either",
}
_DEFINED: dict[str, Shape] = {
    "string": "string",
    "boolean": "bool",
    "int32": "int32",
    "int64": "int64",
    "date-time": "time",
}
_GO_PLAIN = {"string": "string", "int32": "int32", "int64": "int64", "bool": "bool", "bytes": "[]uint8"}
_GO_PLAIN |= {
    "time": "v1.Time",
    "quantity": "resource.Quantity",
    "either": "intstr.IntOrString",
    "any": "object",
}


@dataclass(frozen=True)
class Type:
    """The type of a value: its shape, the type of its items, the model of a struct."""

    shape: Shape
    item: Type | None = None
    model: str = ""

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of a struct by their JSON names."""
        return fields(self.model)

    @property
    def element(self) -> Type:
        """The type of the items of a list or the values of a map."""
        if self.item is None:
            raise TypeError(f"a {self.shape} has no items")
        return self.item

    @property
    def go_name(self) -> str:
        """The type as Go's JSON decoder writes it in its errors."""
        if self.item is not None:
            return ("[]" if self.shape == "list" else "map[string]") + self.item.go_name
        return f"v1.{self.struct}" if self.shape == "struct" else _GO_PLAIN[self.shape]

    @property
    def struct(self) -> str:
        """The struct's name without the client's prefix for its version."""
        return _PREFIX.sub("", self.model)


@dataclass(frozen=True)
class Field:
    """One field of a struct."""

    type: Type
    required: bool


@cache
def fields(model: str) -> dict[str, Field]:
    """The fields of a model by their JSON names."""
    if (definition := custom.find(model)) is not None:
        return {name: _defined(model, name, one) for name, one in definition["properties"].items()}
    # Imported late: reading the models takes longest of all parts of a start.
    from kubernetes.client import models  # noqa: PLC0415

    cls: Any = getattr(models, model)
    return {
        wire: Field(_parse(cls.openapi_types[name], name), bool(_model_field(cls, name).is_required()))
        for name, wire in cls.attribute_map.items()
    }


def is_custom(model: str) -> bool:
    """Whether a model is (a part of) a custom kind, which has no struct of Go behind it."""
    return custom.find(model) is not None


def _defined(model: str, name: str, definition: Object) -> Field:
    # No field counts as required: nothing of a custom object is there before somebody puts it there.
    if name == "metadata" and "." not in model:
        return Field(root("V1ObjectMeta"), required=True)
    return Field(_shaped(definition, f"{model}.{name}"), required=False)


def _shaped(definition: Object, model: str) -> Type:
    if definition["type"] == "array":
        return Type("list", _shaped(definition["items"], model))
    if "additionalProperties" in definition:
        return Type("map", _shaped(definition["additionalProperties"], model))
    if definition["type"] == "object":
        return Type("struct", model=model)
    return Type(_DEFINED[str(definition.get("format") or definition["type"])])


def _model_field(cls: Any, name: str) -> Any:
    # Pydantic allows no leading underscore: the client's `_exec` is its `var_exec`.
    return cls.model_fields[f"var{name}" if name.startswith("_") else name]


def description(model: str, field: str) -> str:
    """What the models' documentation says of a field."""
    if (defined := custom.field(model, field)) is not None:
        return str(defined.get("description", ""))
    from kubernetes.client import models  # noqa: PLC0415

    cls: Any = getattr(models, model)
    name = next(name for name, wire in cls.attribute_map.items() if wire == field)
    return _model_field(cls, name).description or ""


@cache
def root(model: str) -> Type:
    """The type of a whole object."""
    return Type("struct", model=model)


def _parse(text: str, name: str) -> Type:
    nested = _NESTED.fullmatch(text)
    if nested:
        if name == "fields_v1":
            return Type("any")
        return Type("list" if nested[1] == "List" else "map", _parse(nested[2], name))
    if text == "int":
        return Type("int64" if name in _INT64 else "int32")
    if text in _PLAIN:
        return Type(_plain(text, name))
    return Type("struct", model=text)


def _plain(text: str, name: str) -> Shape:
    if name == "fields_v1":
        return "any"
    if text == "str" and name in _QUANTITIES:
        return "quantity"
    return _PLAIN[text]
