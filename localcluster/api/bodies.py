"""Bodies of requests: read, decoded into an object of the right kind, held against the path."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from localcluster.api import negotiation, protobuf, yamlbody
from localcluster.api.options import Validation
from localcluster.api.routing import Target
from localcluster.errors import BadRequest, TooLarge
from localcluster.objects import decoding
from localcluster.objects.custom import definitions
from localcluster.storage.resources import Resource
from localcluster.types import Object

LIMIT = 3 * 1024 * 1024
"""Bytes a body may have, as a kube-apiserver limits it (`--max-request-body-bytes`)."""


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


def parse(raw: bytes, media_type: str, model: str = "") -> Any:
    """The value a body holds; protobuf is read with a model.

    Raises:
        BadRequest: It is not of its type.
    """
    if media_type == negotiation.PROTOBUF:
        return protobuf.parse(raw, model)
    content = text(raw)
    if "yaml" not in media_type:
        return decoding.parse_json(content)
    # JSON is YAML too, and programs that send "YAML" mostly send that: it is read a hundred times as fast.
    if content.startswith("{"):
        with contextlib.suppress(BadRequest):
            return decoding.parse_json(content)
    return yamlbody.parse(content)


async def object_of(
    request: web.Request, resource: Resource, validation: Validation, model: str | None = None
) -> Body:
    """The object in a body.

    Args:
        request: The request.
        resource: What it must be.
        validation: What to do about unknown fields.
        model: The model it is read with, where that is not the kind's own.

    Raises:
        BadRequest: It is something else, or is malformed.
    """
    custom = definitions.is_custom(resource.kind)
    media_type = negotiation.body_type(request.headers.get("Content-Type", ""), custom=custom)
    raw = await read(request)
    model = model or resource.model
    value = _understood(raw, media_type, resource, model)
    check_type(resource, value)
    obj, unknown = decoding.decode(resource, value, model)
    if validation == "Strict" and unknown:
        raise decoding.strict_error(resource, unknown)
    warnings = [] if validation == "Ignore" else decoding.complaints(unknown)
    return Body(obj, warnings)


def _understood(raw: bytes, media_type: str, resource: Resource, model: str) -> Object:
    """The object that a body holds; null is an empty one. Raises `BadRequest`."""
    try:
        value = parse(raw, media_type, model)
        value = {} if value is None else value
        if not isinstance(value, dict) or not all(
            isinstance(value.get(field) or "", str) for field in ("apiVersion", "kind")
        ):
            raise BadRequest("it is no object that names a version and a kind")
        return value
    except BadRequest as error:
        unread = "" if media_type == negotiation.YAML else "couldn't get version/kind; json parse error: "
        raise BadRequest(f"{_unrecognized(resource)}: {unread}{error.message}") from error


def check_type(resource: Resource, value: Object) -> None:
    """Refuse a value that names another kind or version; one that names none is taken for the right one.

    Raises:
        BadRequest: It cannot be read as an object of the resource.
        Invalid: It can, being of a custom kind, and is still another one.
    """
    kind, version = value.get("kind") or resource.kind, value.get("apiVersion") or resource.api_version
    if why := decoding.misfit(resource, kind, version):
        short = str(version).rpartition("/")[2]
        raise BadRequest(f'{kind} in version "{short}" cannot be handled as a {resource.kind}: {why}')
    if version != resource.api_version:
        raise BadRequest(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({resource.api_version})"
        )
    meta = value.get("metadata")
    name = str(meta.get("name") or "") if isinstance(meta, dict) else ""
    if error := decoding.wrong_kind(resource, kind, name):
        raise error


def _unrecognized(resource: Resource) -> str:
    return f"the object provided is unrecognized (must be of type {resource.kind})"


def place_new(target: Target, obj: Object) -> None:
    """Give a new object the namespace of its path; raises `BadRequest` when it names another."""
    meta = obj.setdefault("metadata", {})
    if not target.resource.namespaced:
        return
    if (meta.get("namespace") or target.namespace) != target.namespace:
        raise BadRequest(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    meta["namespace"] = target.namespace


def place_known(target: Target, obj: Object) -> None:
    """Hold the name and namespace of an object against its path; raises `BadRequest`."""
    place_new(target, obj)
    meta = obj["metadata"]
    if not target.resource.namespaced:
        meta.pop("namespace", None)
    name = meta.get("name")
    if not name:
        raise BadRequest(
            f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided"
        )
    if name != target.name:
        raise BadRequest(
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
