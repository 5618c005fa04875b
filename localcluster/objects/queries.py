"""What a request selects objects by: label and field selectors as text.

After `k8s.io/apimachinery/pkg/labels` and `pkg/fields`, whose complaints these are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from localcluster.errors import BadRequest, FieldError, invalid
from localcluster.objects.custom import definitions
from localcluster.objects.selectors import LabelSelector, Requirement
from localcluster.objects.validation import words
from localcluster.storage.resources import Resource
from localcluster.types import Object

_KEY = r"[^\s=!,()]+"
# `key`, `!key`, `key=value` or `key in (a,b)`; what follows is a comma or the end.
_TERM = re.compile(
    rf"\s*(?:!\s*(?P<absent>{_KEY})"
    rf"|(?P<key>{_KEY})\s*(?:(?P<word>notin|in)\s*\((?P<set>[^()=!]*)\)"
    rf"|(?P<sign>==|!=|=)\s*(?P<value>[^\s=!,()]*))?)\s*(?=,|$)"
)


def parse_labels(text: str) -> LabelSelector:
    """The selector a text means: terms joined by commas.

    Raises:
        BadRequest: It is not a label selector.
    """
    found, at = list[Requirement](), 0
    while text.strip() and at <= len(text):
        term = _TERM.match(text, at)
        if term is None:
            why = "expected: key, !key, key=value, key!=value, key in (a,b) or key notin (a,b)"
            raise BadRequest(f"unable to parse requirement: found '{text[at:].strip()}', {why}")
        found.append(_requirement(term))
        at = term.end() + 1
    return LabelSelector(tuple(found))


def _requirement(term: re.Match[str]) -> Requirement:
    key, word, sign = term["absent"] or term["key"], term["word"], term["sign"]
    errors = [invalid("<nil>", key, "; ".join(found))] if (found := words.qualified_name(key)) else []
    if term["absent"] or not (word or sign):
        requirement = Requirement(key, "!" if term["absent"] else "exists")
    else:
        values = [one.strip() for one in term["set"].split(",")] if word else [term["value"]]
        empty = bool(word) and not term["set"].strip()
        errors += _value_errors(key, [] if empty else values)
        negative = word == "notin" or sign == "!="
        requirement = Requirement(key, "notin" if negative else "in", frozenset(values))
    if errors:
        lines = list(dict.fromkeys(map(str, errors)))
        why = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
        raise BadRequest(f"unable to parse requirement: {why}")
    return requirement


def _value_errors(key: str, values: list[str]) -> Iterator[FieldError]:
    if not values:
        yield invalid("values", [], "for 'in', 'notin' operators, values set can't be empty")
    for index, value in enumerate(values):
        if complaints := words.label_value(value):
            yield invalid(f"values[{index}][{key}]", value, "; ".join(complaints))


@dataclass(frozen=True)
class FieldTerm:
    """One field and the value it must (or must not) have."""

    path: tuple[str, ...]
    value: str
    equal: bool

    def matches(self, obj: Object) -> bool:
        """Whether an object meets it; a missing field counts as empty."""
        return (read_field(obj, self.path) == self.value) == self.equal


def parse_fields(resource: Resource, text: str) -> tuple[FieldTerm, ...]:
    """The terms of a field selector of a kind.

    Raises:
        BadRequest: It names a field that this kind cannot be selected by, or is malformed.
    """
    return tuple(_field_term(resource, text, part) for part in sorted(text.split(",")) if part)


def _field_term(resource: Resource, text: str, part: str) -> FieldTerm:
    found = re.fullmatch(r"([^=!]*)(==|!=|=)(.*)", part)
    if not found:
        raise BadRequest(f"invalid selector: '{text}'; can't understand '{part}'")
    path, operator, value = found.groups()
    if path not in _selectable(resource):
        raise BadRequest(_unknown_field(resource, path))
    return FieldTerm(tuple(path.split(".")), value, operator != "!=")


def _selectable(resource: Resource) -> tuple[str, ...]:
    # Kinds without fields of their own share one list, whether they live in namespaces or not.
    shared = not resource.fields and not definitions.is_custom(resource.kind)
    namespace = ("metadata.namespace",) if resource.namespaced or shared else ()
    return ("metadata.name", *namespace, *resource.fields)


def _unknown_field(resource: Resource, path: str) -> str:
    if resource.fields or definitions.is_custom(resource.kind):
        return f"field label not supported: {path}"
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def read_field(obj: Object, path: Iterable[str]) -> str:
    """A selectable field as text; "" when it is not there."""
    value: Any = obj
    for word in path:
        value = value.get(word) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if path == ("source",) and isinstance(value, dict):
        return str(value.get("component", ""))
    return "" if value is None else str(value)


def matcher(resource: Resource, labels: str, fields: str) -> Callable[[Object], bool]:
    """The test both selectors of a request make together.

    Raises:
        BadRequest: One of them is malformed.
    """
    by_label = parse_labels(labels) if labels else LabelSelector()
    by_field = parse_fields(resource, fields) if fields else ()

    def matches(obj: Object) -> bool:
        return by_label.matches(obj["metadata"].get("labels")) and all(term.matches(obj) for term in by_field)

    return matches
