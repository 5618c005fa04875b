"""The four kinds of patch, applied to an object as JSON (`k8s.io/apiserver/pkg/endpoints/handlers/patch.go`).

Server-side apply needs to know who owns which field and is in `managed`; the other three are here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import jsonpatch
import jsonpointer

from localcluster.errors import BadRequest, Rejected, TooLarge
from localcluster.objects import schema, strategic
from localcluster.resources import Resource
from localcluster.types import Object

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
    """

    media_type: str
    body: Any
    force: bool = False


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
        raise BadRequest("invalid JSON document" if patch.media_type == STRATEGIC else "Invalid JSON Patch")
    if patch.media_type == MERGE:
        return merge(obj, patch.body)
    return strategic.merge(obj, patch.body, schema.root(resource.model))


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
    if isinstance(body, list) and len(body) > _MOST_OPERATIONS:
        raise TooLarge(
            "Request entity too large: The allowed maximum operations in a JSON patch is "
            f"{_MOST_OPERATIONS}, got {len(body)}"
        )
    try:
        operations = jsonpatch.JsonPatch(body)
    except (jsonpatch.InvalidJsonPatch, jsonpointer.JsonPointerException, TypeError) as error:
        raise BadRequest(f"error decoding patch: {error}") from error
    try:
        return operations.apply(obj)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise Rejected(str(error)) from error
