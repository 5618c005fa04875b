"""The API server as an aiohttp application: from a request to the function that answers it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from aiohttp import web

from localcluster.access import rules
from localcluster.access.tokens import Tokens
from localcluster.access.users import User
from localcluster.api import (
    answers,
    authentication,
    authorization,
    discovery,
    evictions,
    health,
    options,
    podlogs,
    reviews,
    scale,
    streams,
    tokenrequests,
    verbs,
)
from localcluster.api.bodies import LIMIT
from localcluster.api.calls import Call, Containers, Logs
from localcluster.api.openapi import documents, swagger
from localcluster.api.routing import Target, group_and_rest, resolve
from localcluster.api.watching import watch
from localcluster.errors import ApiError, MethodNotAllowed, NoSuchPath, NotImplementedHere
from localcluster.storage.registry import Registry
from localcluster.storage.resources import REVIEWS
from localcluster.storage.watch import Watch

log = logging.getLogger(__name__)

Answer = Callable[[Call], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ON_LISTS: dict[str, tuple[str, Answer]] = {
    "GET": ("list", verbs.list_),
    "POST": ("create", verbs.create),
    "DELETE": ("deletecollection", verbs.delete_collection),
}
_ON_OBJECTS: dict[str, tuple[str, Answer]] = {
    "GET": ("get", verbs.get),
    "PUT": ("update", verbs.update),
    "PATCH": ("patch", verbs.patch),
    "DELETE": ("delete", verbs.delete),
}
_ON_SUBRESOURCES: dict[str, dict[str, tuple[str, Answer]]] = {
    "log": {"GET": ("get", podlogs.read)},
    "exec": {"GET": ("get", streams.execute), "POST": ("create", streams.execute)},
    "attach": {"GET": ("get", streams.attach), "POST": ("create", streams.attach)},
    "portforward": {"GET": ("get", streams.forward), "POST": ("create", streams.forward)},
    "scale": {"GET": ("get", scale.get), "PUT": ("update", scale.update), "PATCH": ("patch", scale.patch)},
    "finalize": {"PUT": ("update", verbs.update)},
    "eviction": {"POST": ("create", evictions.create)},
    "token": {"POST": ("create", tokenrequests.create)},
    "status": {key: _ON_OBJECTS[key] for key in ("GET", "PUT", "PATCH")},
}
# What Kubernetes serves at these kinds and the local cluster does not.
_LEFT_OUT = {
    "pods": ("ephemeralcontainers", "proxy", "resize"),
    "services": ("proxy",),
    "nodes": ("proxy",),
}


def application(
    registry: Registry, logs: Logs, containers: Containers, token: str, tokens: Tokens
) -> web.Application:
    """The API of a cluster.

    Args:
        registry: Its objects.
        logs: Where the output of its containers is read.
        containers: Where they run.
        token: What a client shows who may do everything.
        tokens: Knows the tokens of everybody else.
    """
    server = _Server(registry, logs, containers, token, tokens)
    app = web.Application(
        middlewares=[server.guard],
        client_max_size=LIMIT,
        # A client that went away must not leave its watch behind. All writes are synchronous, so a
        # cancelled request has either happened or not.
        handler_args={"handler_cancellation": True},
    )
    app.on_shutdown.append(server.end_watches)
    app.add_routes(_fixed_routes())
    app.router.add_route("*", "/{path:.*}", server.objects)
    return app


class _Server:
    """What all requests share."""

    def __init__(
        self, registry: Registry, logs: Logs, containers: Containers, token: str, tokens: Tokens
    ) -> None:
        self._registry = registry
        self._logs = logs
        self._containers = containers
        self._token = token
        self._tokens = tokens
        self._watches: set[Watch] = set()

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in if it may, and answer with a Status whatever goes wrong."""
        try:
            request[authentication.USER] = self._admit(request)
            return await handler(request)
        except ApiError as error:
            return answers.refusal(request, error)
        except web.HTTPException as error:
            return answers.nothing_here() if error.status == 404 else answers.refusal(request, _http(error))
        except Exception as error:
            log.exception("%s %s failed", request.method, request.path)
            return answers.refusal(request, ApiError(f"Internal error occurred: {type(error).__name__}"))

    def _admit(self, request: web.Request) -> User:
        """Who makes a request that may be made."""
        store, headers = self._registry.store, request.headers
        user = authentication.identify(request, self._token, self._tokens)
        groups = headers.getall("Impersonate-Group", [])
        user = authentication.impersonated(user, headers, groups, store)
        wanted = authorization.attributes(request.method, _segments(request), request.query)
        authorization.check(rules.decide(store, user, wanted), user, wanted)
        return user

    async def objects(self, request: web.Request) -> web.StreamResponse:
        """Answer a request below `/api` or `/apis`."""
        segments = _segments(request)
        served = group_and_rest(segments)
        if served is None:
            return _group(request, segments)
        group, version, parts = served
        if not parts:
            _only_get(request)
            return answers.value(request, discovery.resource_list(group, version))
        target, user = resolve(group, version, parts), request[authentication.USER]
        call = Call(request, target, self._registry, self._logs, self._containers, self._tokens, user)
        verb, answer = _answer(request.method, call.target)
        if verb == "list" and options.boolean(request.query, "watch"):
            return await watch(call, self._watches)
        response = await answer(call)
        if call.resource.deprecated and not response.prepared:
            answers.warn(response, call.resource.deprecated)
        return response

    async def end_watches(self, _: web.Application) -> None:
        """End all streams, when the server ends."""
        for changes in list(self._watches):
            changes.close()


def _segments(request: web.Request) -> list[str]:
    return [unquote(part) for part in request.rel_url.raw_path.strip("/").split("/")]


def _fixed_routes() -> list[web.RouteDef]:
    async def version(request: web.Request) -> web.Response:
        return answers.value(request, discovery.version())

    async def core(request: web.Request) -> web.Response:
        return answers.value(request, discovery.core_versions(request.host))

    async def groups(request: web.Request) -> web.Response:
        return answers.value(request, discovery.groups())

    found = [
        *health.routes(),
        web.get("/openapi/v2", _swagger),
        web.get("/openapi/v3", _openapi_index),
        web.get("/openapi/v3/{path:.+}", _openapi),
    ]
    # The official client asks with the slash, kubectl without.
    for path, handler in (("/version", version), ("/api", core), ("/apis", groups)):
        found += [web.get(path, handler), web.get(f"{path}/", handler)]
    return found


async def _swagger(request: web.Request) -> web.Response:
    body, content_type = swagger.document(request.headers.get("Accept", ""))
    return web.Response(body=body, content_type=content_type)


async def _openapi_index(request: web.Request) -> web.Response:
    return answers.value(request, documents.index())


async def _openapi(request: web.Request) -> web.Response:
    body = documents.document(request.match_info["path"])
    return answers.nothing_here() if body is None else answers.text(request, body)


def _group(request: web.Request, segments: list[str]) -> web.Response:
    found = discovery.group(segments[1]) if segments[0] == "apis" and len(segments) == 2 else None
    if found is None:
        return answers.nothing_here()
    _only_get(request)
    return answers.value(request, found)


def _only_get(request: web.Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed


def _answer(method: str, target: Target) -> tuple[str, Answer]:
    """The verb a method means at a target, and the function that does it."""
    resource = target.resource
    if resource in REVIEWS:
        if method != "POST" or target.name:
            raise MethodNotAllowed
        return "create", reviews.create
    if target.subresource:
        return _subresource_answer(method, target)
    if not target.name:
        # Over all namespaces there is only reading.
        readonly = resource.namespaced and target.namespace is None and method != "GET"
        table = {} if readonly else _ON_LISTS
    else:
        table = _ON_OBJECTS
    if method not in table or table[method][0] not in discovery.verbs(resource):
        raise MethodNotAllowed
    return table[method]


def _subresource_answer(method: str, target: Target) -> tuple[str, Answer]:
    resource, subresource = target.resource, target.subresource
    if subresource in _LEFT_OUT.get(resource.plural, ()):
        raise NotImplementedHere(
            f"{resource.plural}/{subresource} is not served by the local cluster: "
            "localcluster/SCOPE.md says what to do instead"
        )
    if subresource not in resource.subresources:
        raise NoSuchPath
    found = _ON_SUBRESOURCES[subresource].get(method)
    if found is None:
        raise MethodNotAllowed
    return found


def _http(error: web.HTTPException) -> ApiError:
    if error.status == 405:
        return MethodNotAllowed()
    return ApiError(f"Internal error occurred: {error.reason}")
