"""Answers: JSON, `Status` objects and warnings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from localcluster.api import options
from localcluster.errors import ApiError
from localcluster.types import Object, dump

_HEADERS = {"Cache-Control": "no-cache, private"}


def text(request: web.Request, body: str, status: int = 200, warnings: Iterable[str] = ()) -> web.Response:
    """An answer with JSON that is already written."""
    if options.boolean(request.query, "pretty"):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
    response = web.Response(
        body=body.encode(), status=status, headers=_HEADERS, content_type="application/json"
    )
    for warning in warnings:
        response.headers.add("Warning", f"299 - {_quoted(warning)}")
    return response


def value(request: web.Request, content: Any, status: int = 200) -> web.Response:
    """An answer with a JSON value."""
    return text(request, dump(content), status)


def refusal(request: web.Request, error: ApiError) -> web.Response:
    """The answer that tells why not."""
    return value(request, error.status(), error.code)


def success(details: Object) -> Object:
    """The `Status` of something done."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def nothing_here() -> web.Response:
    """The answer of Go's HTTP server for a path nobody serves."""
    return web.Response(status=404, text="404 page not found\n", content_type="text/plain")


def _quoted(warning: str) -> str:
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in warning)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
