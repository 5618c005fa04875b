"""The schemas of an OpenAPI document: models as JSON Schema, with Kubernetes' extensions."""

from __future__ import annotations

import inspect
from typing import Any

from localcluster.objects import lists, schema
from localcluster.objects.custom import models
from localcluster.objects.schema import Field, Type
from localcluster.types import Object

REFERENCE = "#/components/schemas/"
_PLAIN: dict[str, Object] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "bytes": {"type": "string", "format": "byte"},
    "time": {"type": "string", "format": "date-time"},
    "quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
    "either": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    "any": {"type": "object"},
}
# Structs of which a patch says which keys are kept (`patchStrategy=retainKeys` in types.go).
_RETAIN_KEYS = {("V1DeploymentSpec", "strategy"): "retainKeys", ("V1PodSpec", "volumes"): "merge,retainKeys"}


class Schemas:
    """The schemas of one document, with all they refer to."""

    def __init__(self) -> None:
        self.found: dict[str, Object] = {}

    def reference(self, model: str, *kinds: Object) -> Object:
        """A reference to a model's schema, which is added; `kinds` are the group, version and kind it is."""
        name = schema.root(model).struct
        if name not in self.found:
            self.found[name] = {}
            self.found[name] = self._struct(model)
        if kinds:
            self.found[name]["x-kubernetes-group-version-kind"] = list(kinds)
        return {"$ref": REFERENCE + name}

    def _struct(self, model: str) -> Object:
        if (definition := models.find(model)) is not None:
            # A definition is OpenAPI already; the API server puts the description of the metadata into it.
            meta = {"description": "Standard object's metadata.", "allOf": [self.reference("V1ObjectMeta")]}
            return {**definition, "properties": {**definition["properties"], "metadata": meta}}
        known = schema.fields(model)
        described: Object = {
            "description": _summary(model),
            "type": "object",
            "properties": {name: self._property(model, name, field) for name, field in known.items()},
        }
        if required := [name for name, field in known.items() if field.required]:
            described["required"] = required
        return described | ({"x-kubernetes-map-type": "atomic"} if lists.atomic_struct(model) else {})

    def _property(self, model: str, name: str, field: Field) -> Object:
        value = self._value(field.type)
        if "$ref" in value:
            # Nothing may stand beside a reference, so a described one is wrapped.
            value = {"allOf": [value]}
        return {
            "description": schema.description(model, name),
            **value,
            **_extensions(model, name, field.type),
        }

    def _value(self, kind: Type) -> Object:
        if kind.shape == "struct":
            return self.reference(kind.model)
        if kind.item is None:
            return _PLAIN[kind.shape]
        if kind.shape == "list":
            return {"type": "array", "items": self._value(kind.item)}
        return {"type": "object", "additionalProperties": self._value(kind.item)}


def _extensions(model: str, name: str, kind: Type) -> Object:
    """How a patch merges a field."""
    found: Object = {}
    rule = lists.rule(model, name)
    if rule and rule.merge_key:
        found = {"x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": rule.merge_key}
    elif rule and not rule.keys:
        found = {"x-kubernetes-patch-strategy": "merge"}
    if kind.shape == "list":
        found |= _list_type(rule)
    elif kind.shape == "map" and lists.atomic_map(model, name):
        found |= {"x-kubernetes-map-type": "atomic"}
    if (model, name) in _RETAIN_KEYS:
        found["x-kubernetes-patch-strategy"] = _RETAIN_KEYS[model, name]
    return found


def _list_type(rule: lists.ListRule | None) -> Object:
    if rule is None or rule.atomic:
        return {"x-kubernetes-list-type": "atomic"}
    if not rule.keys:
        return {"x-kubernetes-list-type": "set"}
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(rule.keys)}


def _summary(model: str) -> str:
    from kubernetes.client import models  # noqa: PLC0415 - as in `schema`: only when it is needed

    cls: Any = getattr(models, model)
    return " ".join((inspect.getdoc(cls) or "").partition("Attributes:")[0].split())
