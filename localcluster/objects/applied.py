"""What is applied: a configuration of an object, held against its schema before it is merged.

After `structured-merge-diff/typed/validate.go` and `k8s.io/apimachinery/pkg/util/managedfields`; a value of
another type is told in the words of the decoder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcluster.errors import BadRequest, Unclassified
from localcluster.objects import decoding, fieldsets, lists, schema
from localcluster.objects.fieldsets import Path, field_element
from localcluster.objects.lists import ListRule
from localcluster.objects.schema import Type
from localcluster.objects.typed import item_element
from localcluster.storage.resources import Resource
from localcluster.types import Object, dump


def configuration(resource: Resource, body: Any, namespace: str | None, name: str) -> Object:
    """An applied configuration with what the path says and the body may leave out.

    Raises:
        BadRequest: It is no object, of another version or kind, or has `managedFields`.
        Unclassified: It has a field that its kind lacks, a value of another type, or an item twice.
    """
    body = {} if body is None else body
    if not isinstance(body, dict):
        raise BadRequest("error decoding YAML: it is no object")
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
        raise BadRequest(f"no corresponding type for {version}, Kind=")


def _check_types(resource: Resource, body: Object) -> None:
    """Hold a configuration against the schema of its kind; raises `Unclassified`."""
    decoder, kind = decoding.Decoder(), schema.root(resource.model)
    try:
        decoder.value(body, kind, "", "")
    except decoding.WrongType as error:
        found = [str(error)]
    else:
        found = [f".{path}: field not declared in schema" for path in decoder.unknown]
    if found := found or list(_twice(body, kind, None, ())):
        meta = body.get("metadata") or {}
        who = f"{meta.get('namespace', '')}/{meta.get('name', '')}" if isinstance(meta, dict) else "/"
        version = f"{resource.group}/{resource.version}"
        what = found[0] if len(found) == 1 else "\n  ".join(["errors:", *found])
        text = f"failed to create typed patch object ({who}; {version}, Kind={resource.kind}): {what}"
        raise Unclassified(text)


def _twice(value: Any, kind: Type, rule: ListRule | None, path: Path) -> Iterator[str]:
    """The items of keyed lists and sets that stand there twice, or that lack a key."""
    if isinstance(value, dict):
        for key, item in value.items():
            below = kind.fields[key].type if kind.shape == "struct" else kind.element
            its_rule = lists.rule(kind.model, key) if kind.shape == "struct" else None
            yield from _twice(item, below, its_rule, (*path, field_element(key)))
    elif isinstance(value, list):
        seen: set[str] = set()
        for index, item in enumerate(value):
            element = f"i:{index}" if rule is None or rule.atomic else item_element(rule, item)
            if rule and (missing := set(rule.keys) - lists.key_of(rule, item).keys()):
                yield f"{fieldsets.text(path)}: element {index}: it omits key field {dump(min(missing))}"
            elif element in seen:
                yield f"{fieldsets.text(path)}: duplicate entries for key {fieldsets.text((element,))}"
            seen.add(element)
            yield from _twice(item, kind.element, None, (*path, element))
