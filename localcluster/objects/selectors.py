"""Label and field selectors: parsed once, then asked of each object (`apimachinery/pkg/labels`, `fields`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcluster.errors import BadRequest
from localcluster.resources import Resource
from localcluster.types import Object

Labels = Mapping[str, str]
_TOKEN = re.compile(r"\s*(==|!=|=|!|,|\(|\)|<|>|[^\s=!,()<>]+)")
_KEY_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]")
_KEY_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?")


@dataclass(frozen=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        """Whether labels meet it; as in Kubernetes, `!=` and `notin` are met by a missing label."""
        value = labels.get(self.key)
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        if self.operator in ("gt", "lt"):
            return value is not None and self._compares(value)
        if self.operator == "in":
            return value in self.values
        return value not in self.values

    def _compares(self, value: str) -> bool:
        try:
            number, bound = int(value), int(next(iter(self.values)))
        except ValueError:
            return False
        return number > bound if self.operator == "gt" else number < bound


@dataclass(frozen=True)
class LabelSelector:
    """All its requirements must be met."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Labels | None) -> bool:
        """Whether labels (or none) are selected."""
        return all(requirement.matches(labels or {}) for requirement in self.requirements)


class _Parser:
    """Recursive descent over `key`, `!key`, `key=value`, `key in (a,b)`, `key>1`, joined by commas."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._split(text)
        self.at = 0

    def _split(self, text: str) -> list[str]:
        # Every text but spaces at its end is made of tokens.
        return [found[1] for found in _TOKEN.finditer(text)]

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def fail(self, expected: str) -> BadRequest:
        found = self.peek()
        return BadRequest(f"unable to parse requirement: found '{found}', expected: {expected}")

    def parse(self) -> LabelSelector:
        found: list[Requirement] = []
        while self.peek():
            found.append(self.requirement())
            if self.peek() and self.take() != ",":
                self.at -= 1
                raise self.fail("',' or 'end of string'")
            if self.tokens and self.tokens[self.at - 1] == "," and not self.peek():
                raise self.fail("identifier after ','")
        return LabelSelector(tuple(found))

    def requirement(self) -> Requirement:
        if self.peek() == "!":
            self.take()
            return Requirement(self.key(), "!")
        key = self.key()
        operator = self.peek()
        if operator in ("", ","):
            return Requirement(key, "exists")
        self.take()
        if operator in ("=", "==", "!="):
            return Requirement(key, "notin" if operator == "!=" else "in", frozenset({self.value()}))
        if operator in ("in", "notin"):
            return Requirement(key, operator, self.values())
        if operator in ("<", ">"):
            return Requirement(key, "gt" if operator == ">" else "lt", frozenset({self.number()}))
        self.at -= 1
        raise self.fail("in, notin, =, ==, !=, gt, lt")

    def key(self) -> str:
        key = self.take()
        prefix, slash, name = key.rpartition("/")
        if not _KEY_NAME.fullmatch(name) or (slash and not _KEY_PREFIX.fullmatch(prefix)):
            self.at -= 1
            raise self.fail("a label key")
        return key

    def value(self) -> str:
        if self.peek() in ("", ","):
            return ""
        value = self.take()
        if not _VALUE.fullmatch(value):
            self.at -= 1
            raise self.fail("a label value")
        return value

    def number(self) -> str:
        value = self.take()
        if not re.fullmatch(r"[+-]?\d+", value):
            self.at -= 1
            raise self.fail("an integer")
        return value

    def values(self) -> frozenset[str]:
        if self.take() != "(":
            self.at -= 1
            raise self.fail("'('")
        found = {self._listed()}
        while self.peek() == ",":
            self.take()
            found.add(self._listed())
        if self.take() != ")":
            self.at -= 1
            raise self.fail("',' or ')'")
        return frozenset(found)

    def _listed(self) -> str:
        return "" if self.peek() in (",", ")") else self.value()


def parse_labels(text: str) -> LabelSelector:
    """The selector a text means.

    Raises:
        BadRequest: It is not a label selector.
    """
    return _Parser(text).parse()


def from_equalities(labels: Labels) -> LabelSelector:
    """The selector of a map of labels that must all be there."""
    return LabelSelector(tuple(Requirement(key, "in", frozenset({value})) for key, value in labels.items()))


def from_object(selector: Object | None) -> LabelSelector:
    """The selector a `LabelSelector` object (matchLabels, matchExpressions) means."""
    selector = selector or {}
    found = list(from_equalities(selector.get("matchLabels") or {}).requirements)
    operators = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
    for term in selector.get("matchExpressions") or []:
        found.append(
            Requirement(term["key"], operators[term["operator"]], frozenset(term.get("values") or ()))
        )
    return LabelSelector(tuple(found))


def format_object(selector: Object | None) -> str:
    """A `LabelSelector` object as text, as the scale subresource and kubectl write it."""
    selector = selector or {}
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for term in selector.get("matchExpressions") or []:
        values = f"({','.join(sorted(term.get('values') or ()))})"
        words = {"In": f" in {values}", "NotIn": f" notin {values}", "Exists": "", "DoesNotExist": ""}
        mark = "!" if term["operator"] == "DoesNotExist" else ""
        parts.append(f"{mark}{term['key']}{words[term['operator']]}")
    return ",".join(sorted(parts))


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
    return tuple(_field_term(resource, part) for part in text.split(",") if part.strip())


def _field_term(resource: Resource, part: str) -> FieldTerm:
    found = re.fullmatch(r"\s*([^=!]+?)\s*(==|!=|=)\s*(.*?)\s*", part)
    if not found:
        raise BadRequest(f'invalid selector: "{part}"; can\'t understand "{part}"')
    path, operator, value = found.groups()
    known = ("metadata.name", *(("metadata.namespace",) if resource.namespaced else ()), *resource.fields)
    if path not in known:
        raise BadRequest(_unknown_field(resource, path))
    return FieldTerm(tuple(path.split(".")), value, operator != "!=")


def _unknown_field(resource: Resource, path: str) -> str:
    if resource.fields:
        return f"field label not supported: {path}"
    only = '"metadata.name", "metadata.namespace"' if resource.namespaced else '"metadata.name"'
    return f'"{path}" is not a known field selector: only {only}'


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
