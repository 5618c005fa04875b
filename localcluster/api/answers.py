"""Answers: JSON, `Status` objects and warnings."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import yaml
from aiohttp import web

from localcluster.api import negotiation, options
from localcluster.errors import ApiError
from localcluster.types import Object, dump

log = logging.getLogger(__name__)

# No line of YAML is broken.
_WIDE = 2**31
_HEADERS = {"Cache-Control": "no-cache, private"}


def text(request: web.Request, body: str, status: int = 200, warnings: Iterable[str] = ()) -> web.Response:
    """An answer with JSON that is already written; a client that wants YAML gets that."""
    content_type = negotiation.JSON
    if negotiation.in_yaml(request.headers.get("Accept", "")):
        content_type = negotiation.YAML
        body = yaml.safe_dump(json.loads(body), allow_unicode=True, width=_WIDE)
    elif options.boolean(request.query, "pretty"):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
    response = web.Response(body=body.encode(), status=status, headers=_HEADERS, content_type=content_type)
    for warning in warnings:
        warn(response, warning)
    return response


def warn(response: web.StreamResponse, warning: str) -> None:
    """Add a warning, which kubectl shows, to an answer that has not been sent."""
    response.headers.add("Warning", f"299 - {_quoted(warning)}")


def value(request: web.Request, content: Any, status: int = 200) -> web.Response:
    """An answer with a JSON value."""
    return text(request, dump(content), status)


@asynccontextmanager
async def stream(request: web.Request, media_type: str) -> AsyncIterator[web.StreamResponse]:
    """An answer that is written bit by bit.

    Once it has begun it cannot become an error. When something goes wrong, the connection is broken off, so
    that the client does not take what it has for the whole.
    """
    response = web.StreamResponse(headers=_HEADERS)
    response.content_type = media_type
    await response.prepare(request)
    try:
        yield response
    except Exception as error:
        if not isinstance(error, ConnectionError):
            log.exception("%s %s broke off", request.method, request.path)
        if request.transport is not None:
            request.transport.abort()


def refusal(request: web.Request, error: ApiError) -> web.Response:
    """The answer that tells why not."""
    response = value(request, error.status(), error.code)
    if seconds := error.details.get("retryAfterSeconds"):
        response.headers["Retry-After"] = str(seconds)
    return response


def success(details: Object) -> Object:
    """The `Status` of something done."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def nothing_here() -> web.Response:
    """The answer of Go's HTTP server for a path nobody serves."""
    return web.Response(status=404, text="404 page not found\n", content_type="text/plain")


def _quoted(warning: str) -> str:
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in warning)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
