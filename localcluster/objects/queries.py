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

_TOKEN = re.compile(r"\s*(==|!=|=|!|,|\(|\)|[^\s=!,()]+)")
_SYMBOLS = frozenset({"==", "!=", "=", "!", ",", "(", ")"})
_OPERATORS = ("in", "notin", "=", "==", "!=")


class _Parser:
    """Recursive descent over `key`, `!key`, `key=value`, `key in (a,b)`, joined by commas."""

    def __init__(self, text: str) -> None:
        # Every text but spaces at its end is made of tokens.
        self._tokens = [found[1] for found in _TOKEN.finditer(text)]
        self._at = 0

    def parse(self) -> LabelSelector:
        found: list[Requirement] = []
        while self._peek():
            if not self._is_word() and self._peek() != "!":
                raise BadRequest(self._found("!, identifier, or 'end of string'"))
            found.append(self._requirement())
            self._end_of_requirement()
        return LabelSelector(tuple(found))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _is_word(self) -> bool:
        return self._peek() not in _SYMBOLS and bool(self._peek())

    def _found(self, expected: str) -> str:
        return f"found '{self._peek()}', expected: {expected}"

    def _fail(self, why: str) -> BadRequest:
        return BadRequest(f"unable to parse requirement: {why}")

    def _word(self, expected: str) -> str:
        if not self._is_word():
            raise self._fail(self._found(expected))
        return self._take()

    def _end_of_requirement(self) -> None:
        if not self._peek():
            return
        if self._peek() != ",":
            raise BadRequest(self._found("',' or 'end of string'"))
        self._take()
        if not self._is_word() and self._peek() != "!":
            raise BadRequest(self._found("identifier after ','"))

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        self._at += absent
        key = self._word("identifier")
        if complaints := words.qualified_name(key):
            raise self._fail(str(invalid("<nil>", key, "; ".join(complaints))))
        if absent:
            return Requirement(key, "!")
        if self._peek() in ("", ","):
            return Requirement(key, "exists")
        return self._compared(key)

    def _compared(self, key: str) -> Requirement:
        operator = self._peek()
        if operator not in ("in", "notin", "=", "==", "!="):
            raise self._fail(self._found(", ".join(_OPERATORS)))
        self._take()
        if operator in ("in", "notin"):
            values = self._values()
        else:
            values = ["" if self._peek() in ("", ",") else self._word("identifier")]
        self._check_values(key, values)
        return Requirement(key, "notin" if operator in ("!=", "notin") else "in", frozenset(values))

    def _check_values(self, key: str, values: list[str]) -> None:
        errors = list(_value_errors(key, values))
        if errors:
            lines = list(dict.fromkeys(map(str, errors)))
            raise self._fail(lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]")

    def _values(self) -> list[str]:
        if self._peek() != "(":
            raise self._fail(f"found '{self._peek()}' expected: '('")
        self._take()
        if self._peek() == ")":
            self._take()
            return []
        if not self._is_word() and self._peek() != ",":
            raise self._fail(self._found("',', ')' or identifier"))
        found = {self._listed()}
        while self._peek() == ",":
            self._take()
            found.add(self._listed())
        if self._peek() != ")":
            raise self._fail(self._found("',' or ')'"))
        self._take()
        return sorted(found)

    def _listed(self) -> str:
        return "" if self._peek() in (",", ")") else self._word("',', or identifier")


def _value_errors(key: str, values: list[str]) -> Iterator[FieldError]:
    if not values:
        yield invalid("values", [], "for 'in', 'notin' operators, values set can't be empty")
    for index, value in enumerate(values):
        if complaints := words.label_value(value):
            yield invalid(f"values[{index}][{key}]", value, "; ".join(complaints))


def parse_labels(text: str) -> LabelSelector:
    """The selector a text means.

    Raises:
        BadRequest: It is not a label selector.
    """
    return _Parser(text).parse()


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
