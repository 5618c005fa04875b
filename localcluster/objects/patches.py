"""The four kinds of patch, applied to an object as JSON (`k8s.io/apiserver/pkg/endpoints/handlers/patch.go`).

Server-side apply needs to know who owns which field and is in `managed`; the other three are here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonpatch
import jsonpointer

from localcluster.errors import BadRequest, Invalid, Rejected, TooLarge, invalid
from localcluster.objects import decoding, golang, schema, strategic
from localcluster.objects.custom import definitions
from localcluster.storage.resources import Resource
from localcluster.types import Object, dump

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_MOST_OPERATIONS = 10_000
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True)
class Patch:
    """A change as a client sends it.

    Attributes:
        media_type: One of the four above.
        body: The parsed body.
        force: Take over fields that other managers own (apply only).
        strict: Refuse what the kind does not have.
    """

    media_type: str
    body: Any
    force: bool = False
    strict: bool = False


def apply(resource: Resource, obj: Object, patch: Patch) -> Any:
    """An object changed by a JSON, merge or strategic merge patch; `obj` stays as it is.

    Raises:
        BadRequest: The patch is malformed.
        Rejected: It cannot be carried out on this object.
        TooLarge: It has too many operations.
    """
    if patch.media_type == JSON:
        return _json(obj, patch.body)
    if not isinstance(patch.body, dict):
        raise BadRequest("error decoding patch: it is no JSON object")
    if patch.media_type == MERGE:
        return merge(obj, patch.body)
    return strategic.merge(obj, patch.body, schema.root(resource.model))


def decode(resource: Resource, patched: Any, patch: Patch) -> tuple[Object, list[str]]:
    """The object that a patch made, and the paths of fields its kind does not have.

    Raises:
        Invalid: It is no object of the kind, or strict decoding complains of it.
    """
    if patch.media_type == STRATEGIC and isinstance(patched, dict):
        # The map becomes a struct of the kind, whatever it says of itself.
        patched = {**patched, "apiVersion": resource.api_version, "kind": resource.kind}
    try:
        _check_kind(resource, patched)
        obj, unknown = decoding.decode(resource, patched)
    except BadRequest as error:
        # What a client sends is his mistake (400); what a patch makes is an invalid object.
        cause = error.__cause__
        why = str(cause) if isinstance(cause, decoding.WrongType) else error.message
        raise _invalid(patched, patch, why) from error
    if patch.strict and unknown:
        why = f"strict decoding error: {', '.join(decoding.complaints(unknown))}"
        raise _invalid(patched, patch, why)
    return obj, unknown


def _check_kind(resource: Resource, patched: Any) -> None:
    if isinstance(patched, dict) and not definitions.is_custom(resource.kind):
        kind, version = patched.get("kind") or "", patched.get("apiVersion") or ""
        if why := decoding.misfit(resource, kind, version):
            raise BadRequest(why)


def _invalid(patched: Any, patch: Patch, why: str) -> Invalid:
    shown = golang.shown(patch.body) if patch.media_type == STRATEGIC else dump(patched)
    return Invalid("", "", "", [invalid("patch", shown, why)])


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386: `patch` merged into `target`; null deletes, a list replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def _json(obj: Object, body: Any) -> Any:
    operations = list(_operations(body))
    if len(operations) > _MOST_OPERATIONS:
        raise TooLarge(
            "Request entity too large: The allowed maximum operations in a JSON patch is "
            f"{_MOST_OPERATIONS}, got {len(operations)}"
        )
    try:
        return jsonpatch.JsonPatch(operations).apply(obj)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise Rejected(str(error)) from error


def _operations(body: Any) -> Iterator[Object]:
    """The operations of a JSON patch; one without a value means null. Raises `BadRequest`."""
    for operation in body if isinstance(body, list) else [None]:
        if not isinstance(operation, dict) or not all(
            isinstance(operation.get(name, ""), str | None) for name in ("op", "path", "from")
        ):
            raise BadRequest("error decoding patch: it is no list of operations, each with an op and a path")
        yield {"value": None, **operation}
