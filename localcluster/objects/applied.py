"""What is applied: a configuration of an object, held against its schema before it is merged.

After `structured-merge-diff/typed/validate.go` and `k8s.io/apimachinery/pkg/util/managedfields`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcluster.errors import BadRequest, TypedError
from localcluster.objects import decoding, fieldsets, golang, lists, schema
from localcluster.objects.fieldsets import Path, field_element, key_element, value_element
from localcluster.objects.lists import ListRule
from localcluster.objects.schema import Type
from localcluster.storage.resources import Resource
from localcluster.types import Object, dump

_TEXTS = ("string", "bytes")
_NUMBERS = ("int32", "int64")


def configuration(resource: Resource, body: Any, namespace: str | None, name: str) -> Object:
    """An applied configuration with what the path says and the body may leave out.

    Raises:
        BadRequest: It is no object, of another version or kind, or has `managedFields`.
        TypedError: It has a field that its kind lacks, a value of another type, or an item twice.
    """
    body = {} if body is None else body
    if not isinstance(body, dict):
        why = golang.mismatch(body, "Go value of type map[string]interface {}")
        raise BadRequest(f"error decoding YAML: error unmarshaling JSON: while decoding JSON: {why}")
    _check_version(resource, body)
    meta = body.get("metadata")
    if isinstance(meta, dict) and isinstance(meta.get("managedFields"), list):
        raise BadRequest("metadata.managedFields must be nil")
    _check_types(resource, body)
    place = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {**body, "metadata": {**place, **(meta or {})}}


def _check_version(resource: Resource, body: Object) -> None:
    version, kind = body.get("apiVersion") or "", body.get("kind") or ""
    if version != resource.api_version:
        raise BadRequest(
            f"Incorrect version specified in apply patch. Specified patch version: {version}, "
            f"expected: {resource.api_version}"
        )
    if kind and (why := decoding.misfit(resource, kind, version)):
        raise BadRequest(
            f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {why}'
        )
    if not kind:
        raise _refused(body, f"/{version}", "", [f"no corresponding type for /{version}, Kind="])


def _check_types(resource: Resource, body: Object) -> None:
    found = list(_problems(body, schema.root(resource.model), None, ()))
    if found:
        version = f"{resource.group}/{resource.version}"
        raise _refused(body, version, resource.kind, found)


def _refused(body: Object, version: str, kind: str, found: list[str]) -> TypedError:
    meta = body.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    who = f"{meta.get('namespace', '')}/{meta.get('name', '')}; {version}, Kind={kind}"
    what = found[0] if len(found) == 1 else "\n  ".join(["errors:", *found])
    return TypedError(f"failed to create typed patch object ({who}): {what}")


def _problems(value: Any, kind: Type, rule: ListRule | None, path: Path) -> Iterator[str]:
    """What does not fit the schema in a value of a type at a path; null fits everywhere."""
    if value is None:
        return
    where = fieldsets.text(path)
    if kind.shape == "list":
        yield from _of_list(value, kind, rule, path)
    elif kind.shape in ("struct", "map"):
        yield from _of_map(value, kind, path)
    elif why := _of_scalar(value, kind):
        yield f"{where}: {why}"


def _of_map(value: Any, kind: Type, path: Path) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{fieldsets.text(path)}: expected map, got &{{{golang.shown(value)}}}"
        return
    for key, item in value.items():
        here = (*path, field_element(key))
        if kind.shape == "map":
            yield from _problems(item, kind.element, None, here)
        elif key in kind.fields:
            yield from _problems(item, kind.fields[key].type, lists.rule(kind.model, key), here)
        else:
            yield f"{fieldsets.text(here)}: field not declared in schema"


def _of_list(value: Any, kind: Type, rule: ListRule | None, path: Path) -> Iterator[str]:
    where = fieldsets.text(path)
    if not isinstance(value, list):
        yield f"{where}: expected list, got &{{{golang.shown(value)}}}"
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        element = f"i:{index}"
        if rule is not None and not rule.atomic:
            if why := _no_element(item, rule):
                yield f"{where}: element {index}: {why}"
                continue
            element = key_element(lists.key_of(rule, item)) if rule.keys else value_element(item)
        if element in seen:
            yield f"{where}: duplicate entries for key {fieldsets.text((element,))}"
        seen.add(element)
        yield from _problems(item, kind.element, None, (*path, element))


def _no_element(item: Any, rule: ListRule) -> str:
    """Why an item cannot be told from the others of its list; "" when it can."""
    if not rule.keys:
        return (
            "associative list without keys has an element that's a map type" if isinstance(item, dict) else ""
        )
    if item is None:
        return "associative list with keys may not have a null element"
    if not isinstance(item, dict):
        return "associative list with keys may not have non-map elements"
    missing = [key for key in rule.keys if key not in lists.key_of(rule, item)]
    if not missing:
        return ""
    return (
        f"associative list with keys has an element that omits key field {dump(missing[0])} "
        "(and doesn't have default value)"
    )


def _of_scalar(value: Any, kind: Type) -> str:
    if kind.shape in _TEXTS and not isinstance(value, str):
        return f"expected string, got &value.valueUnstructured{{Value:{golang.shown(value)}}}"
    if kind.shape in _NUMBERS and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return f"expected numeric (int or float), got {golang.kind(value)}"
    if kind.shape == "bool" and not isinstance(value, bool):
        return f"expected boolean, got &{{{golang.shown(value)}}}"
    return ""
