"""`pods/log`: which container, and which part of its output.

After `k8s.io/kubernetes/pkg/registry/core/pod/strategy.go` and, for what has not run, the kubelet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from aiohttp import web

from localcluster import errors
from localcluster.api import answers, options
from localcluster.api.calls import Call
from localcluster.api.options import Query
from localcluster.errors import BadRequest, FieldError, Invalid
from localcluster.node.logs import LogOptions
from localcluster.objects import clock, golang
from localcluster.types import Object

# How long the first line of a followed log may keep the headers of the answer waiting. An error comes at
# once and then has its own status code; a silent container must not look like a server that hangs.
_FIRST_SECONDS = 0.25


async def read(call: Call) -> web.StreamResponse:
    """`GET /api/v1/namespaces/lab/pods/demo/log?container=greeter&tailLines=10`."""
    wanted = log_options(call.target.name, call.query)
    pod = call.registry.get("Pod", call.target.namespace, call.target.name)
    container = choose_container(pod, call.query.get("container", ""))
    if not (pod.get("spec") or {}).get("nodeName"):
        return web.Response(status=204)  # as for every stream that has no place (`StreamObject`)
    return await _stream(call.request, call.logs.read(pod, container, wanted))


def log_options(name: str, query: Query) -> LogOptions:
    """The part of the output a request asks for.

    Raises:
        Invalid: A number is out of range, or two parameters contradict each other.
        BadRequest: A parameter is malformed.
    """
    tail = options.integer(query, "tailLines")
    limit = options.integer(query, "limitBytes")
    seconds = options.integer(query, "sinceSeconds")
    moment = query.get("sinceTime", "")
    found = _errors(tail, limit, seconds, moment)
    if found:
        raise Invalid("PodLogOptions", "", name, found)
    return LogOptions(
        follow=options.boolean(query, "follow"),
        previous=options.boolean(query, "previous"),
        timestamps=options.boolean(query, "timestamps"),
        tail_lines=tail,
        since=_since(seconds, moment),
        limit_bytes=limit,
    )


def _errors(tail: int | None, limit: int | None, seconds: int | None, moment: str) -> list[FieldError]:
    found = []
    if tail is not None and tail < 0:
        found.append(errors.invalid("tailLines", tail, "must be greater than or equal to 0"))
    if limit is not None and limit < 1:
        found.append(errors.invalid("limitBytes", limit, "must be greater than 0"))
    if seconds is not None and moment:
        found.append(errors.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    elif seconds is not None and seconds < 1:
        found.append(errors.invalid("sinceSeconds", seconds, "must be greater than 0"))
    return found


def _since(seconds: int | None, moment: str) -> datetime | None:
    try:
        if seconds is not None:
            return datetime.now(UTC) - timedelta(seconds=seconds)
        return clock.parse(moment) if moment else None
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
    except ValueError as error:
        raise BadRequest(golang.time_mistake(moment)) from error


def choose_container(pod: Object, asked: str) -> str:
    """The container whose output is meant.

    Raises:
        BadRequest: The pod has no such container, or several and none was named.
    """
    name = pod["metadata"]["name"]
    containers = [one["name"] for one in (pod.get("spec") or {}).get("containers") or []]
    if not asked and len(containers) == 1:
        return str(containers[0])
    if not asked:
        choices = " ".join(containers)
        raise BadRequest(f"a container name must be specified for pod {name}, choose one of: [{choices}]")
    if asked not in containers:
        raise BadRequest(f"container {asked} is not valid for pod {name}")
    return asked


async def _stream(request: web.Request, output: AsyncIterator[bytes]) -> web.StreamResponse:
    """Send output as it comes; an error before the first bytes is the answer."""
    first = asyncio.ensure_future(_next(output))
    try:
        await asyncio.wait({first}, timeout=_FIRST_SECONDS)
        if first.done():
            first.result()
        async with answers.stream(request, "text/plain") as response:
            chunk = await first
            while chunk is not None:
                await response.write(chunk)
                chunk = await _next(output)
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        if close := getattr(output, "aclose", None):
            await close()
    return response


async def _next(output: AsyncIterator[bytes]) -> bytes | None:
    return await anext(output, None)
