"""Bodies of requests: read, decoded into an object of the right kind, held against the path."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from localcluster.api import negotiation, protobuf, yamlbody
from localcluster.api.eventsview import MODEL, inward, is_view
from localcluster.api.options import Validation
from localcluster.api.routing import Target
from localcluster.errors import BadRequest, TooLarge
from localcluster.objects import decoding
from localcluster.objects.custom import definitions
from localcluster.resources import BY_KIND, Resource
from localcluster.types import Object

LIMIT = 3 * 1024 * 1024
"""Bytes a body may have, as a kube-apiserver limits it (`--max-request-body-bytes`)."""
# How much of a body that is no object is shown, as the API server does.
_SHOWN_BYTES = 30


@dataclass(frozen=True)
class Body:
    """An object a client sent, and what was wrong with it without making it wrong."""

    object: Object
    warnings: list[str]


async def read(request: web.Request) -> bytes:
    """The bytes of a body; raises `TooLarge`."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge(f"Request entity too large: limit is {LIMIT}") from error


def text(raw: bytes) -> str:
    """A body as text; raises `BadRequest`."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8: {error}") from error


def parse(raw: bytes, media_type: str, model: str = "") -> tuple[Any, list[str]]:
    """The value a body holds, and the keys it holds twice; protobuf is read with a model.

    Raises:
        BadRequest: It is not of its type.
    """
    if media_type == negotiation.PROTOBUF:
        return protobuf.parse(raw, model), []
    content = text(raw)
    if "yaml" not in media_type:
        return decoding.parse_json(content)
    # JSON is YAML too, and programs that send "YAML" mostly send that: it is read a hundred times as fast.
    if content.startswith("{"):
        with contextlib.suppress(BadRequest):
            return decoding.parse_json(content)
    return yamlbody.parse(content), []


async def object_of(
    request: web.Request, resource: Resource, validation: Validation, model: str | None = None
) -> Body:
    """The object in a body.

    Args:
        request: The request.
        resource: What it must be.
        validation: What to do about unknown and repeated fields.
        model: The model it is read with, where that is not the kind's own.

    Raises:
        BadRequest: It is something else, or is malformed.
    """
    custom = definitions.is_custom(resource.kind)
    media_type = negotiation.body_type(request.headers.get("Content-Type", ""), custom=custom)
    raw = await read(request)
    model = model or (MODEL if is_view(resource) else resource.model)
    try:
        value, _ = parse(raw, media_type, model)
    except BadRequest as error:
        why = f"{error.message} ({raw[:_SHOWN_BYTES].hex(' ')})"
        raise BadRequest(f"{_unrecognized(resource)}: {why}") from error
    check_type(resource, value)
    obj, found = decoding.decode_strictly(resource, value, model)
    return Body(inward(obj) if is_view(resource) else obj, _warnings(resource, validation, found))


def complaints(
    resource: Resource, validation: Validation, repeated: list[str], unknown: list[str] | tuple[str, ...]
) -> list[str]:
    """The warnings about fields; with strict validation they are errors."""
    found = [f'duplicate field "{name}"' for name in repeated] + [
        f'unknown field "{name}"' for name in unknown
    ]
    return _warnings(resource, validation, found)


def _warnings(resource: Resource, validation: Validation, found: list[str]) -> list[str]:
    if found and validation == "Strict":
        raise decoding.strict_error(resource, found)
    return [] if validation == "Ignore" else found


def check_type(resource: Resource, value: Any) -> None:
    """Refuse a value that names another kind or version; one that names none is taken for the right one."""
    if not isinstance(value, dict):
        raise BadRequest(f"{_unrecognized(resource)}: not an object")
    for field in ("kind", "apiVersion"):
        if not isinstance(value.get(field) or "", str):
            raise BadRequest(f"couldn't get version/kind; json parse error: {field} is not a string")
    kind = value.get("kind") or resource.kind
    version = value.get("apiVersion") or resource.api_version
    if kind != resource.kind:
        short = str(version).rpartition("/")[2]
        why = (
            f"converting ({short}.{kind}) to ({resource.version}.{resource.kind}): unknown conversion"
            if kind in BY_KIND
            else f'no kind "{kind}" is registered for version "{version}"'
        )
        raise BadRequest(f'{kind} in version "{short}" cannot be handled as a {resource.kind}: {why}')
    if version != resource.api_version:
        raise BadRequest(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({resource.api_version})"
        )


def check_metadata(resource: Resource, value: Object) -> None:
    """Refuse a value whose metadata is no object, in the words of the decoder; null is as good as none."""
    if value.get("metadata") is not None:
        decoding.decode(resource, {"metadata": value["metadata"]})


def _unrecognized(resource: Resource) -> str:
    return f"the object provided is unrecognized (must be of type {resource.kind})"


def place_new(target: Target, obj: Object) -> None:
    """Give a new object the namespace of its path; raises `BadRequest` when it names another."""
    meta = obj.setdefault("metadata", {})
    if not target.resource.namespaced:
        return
    if meta.get("namespace", target.namespace) != target.namespace:
        raise BadRequest(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    meta["namespace"] = target.namespace


def place_known(target: Target, obj: Object) -> None:
    """Hold the name and namespace of an object against its path; raises `BadRequest`."""
    meta = obj.setdefault("metadata", {})
    name, namespace = meta.get("name"), meta.get("namespace")
    if not name:
        raise BadRequest(
            f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided"
        )
    if name != target.name:
        raise BadRequest(
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
    if target.namespace and namespace and namespace != target.namespace:
        raise BadRequest(
            f"the namespace of the object ({namespace}) does not match the namespace on the request "
            f"({target.namespace})"
        )
    if target.namespace:
        meta["namespace"] = target.namespace
