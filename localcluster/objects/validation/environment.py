"""Rules of a container's environment (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcluster.errors import FieldError, invalid, required
from localcluster.objects.validation import words
from localcluster.types import Object

_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = (
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
)
_WITH_KEY = re.compile(r"metadata\.(annotations|labels)\['(?P<key>.*)'\]")


def variables(field: str, found: list[Object]) -> Iterator[FieldError]:
    """What is wrong with `env`."""
    for index, variable in enumerate(found):
        here, name = f"{field}[{index}]", variable.get("name") or ""
        yield from words.demand(f"{here}.name", name, words.variable_name(name))
        if variable.get("valueFrom") is not None:
            yield from _value_from(f"{here}.valueFrom", variable)


def _value_from(field: str, variable: Object) -> Iterator[FieldError]:
    source = variable["valueFrom"]
    given = [word for word in _SOURCES if source.get(word) is not None]
    for word in given:
        yield from _source(f"{field}.{word}", word, source[word])
    if not given:
        known = ", ".join(f"`{word}`" for word in _SOURCES[:-1])
        yield invalid(field, "", f"must specify one of: {known} or `{_SOURCES[-1]}`")
    elif variable.get("value"):
        yield invalid(field, "", "may not be specified when `value` is not empty")
    elif len(given) > 1:
        yield invalid(field, "", "may not have more than one field specified at a time")


def _source(field: str, word: str, chosen: Object) -> Iterator[FieldError]:
    if word == "fieldRef":
        yield from _field_reference(field, chosen.get("fieldPath") or "")
    elif word in ("configMapKeyRef", "secretKeyRef"):
        yield from _key_reference(field, chosen)


def _field_reference(field: str, path: str) -> Iterator[FieldError]:
    keyed = _WITH_KEY.fullmatch(path)
    if not path:
        yield required(f"{field}.fieldPath")
    elif keyed:
        yield from words.complain(field, keyed["key"], words.qualified_name(keyed["key"].lower()))
    elif path not in _FIELDS:
        why = f"error converting fieldPath: field label not supported: {path}"
        yield invalid(f"{field}.fieldPath", path, why)


def _key_reference(field: str, reference: Object) -> Iterator[FieldError]:
    name, key = reference.get("name") or "", reference.get("key") or ""
    yield from words.complain(f"{field}.name", name, words.dns_subdomain(name))
    yield from words.demand(f"{field}.key", key, words.config_key(key))


def sources(field: str, found: list[Object]) -> Iterator[FieldError]:
    """What is wrong with `envFrom`; a choice that is not one is told of the list."""
    for index, source in enumerate(found):
        here, prefix = f"{field}[{index}]", source.get("prefix") or ""
        given = [word for word in ("configMapRef", "secretRef") if source.get(word) is not None]
        if prefix:
            yield from words.complain(f"{here}.prefix", prefix, words.variable_name(prefix))
        for word in given:
            name = source[word].get("name") or ""
            yield from words.demand(f"{here}.{word}.name", name, words.dns_subdomain(name))
        if not given:
            yield invalid(field, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield invalid(field, "", "may not have more than one field specified at a time")
