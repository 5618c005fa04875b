"""The paths of an OpenAPI document: which operations there are, on what, with which parameters."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.api import discovery
from localcluster.api.negotiation import JSON, patches
from localcluster.api.openapi.schemas import Schemas
from localcluster.objects.custom import definitions
from localcluster.storage.resources import REVIEWS, Resource
from localcluster.types import Object

_WRITE = (("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"))
_LIST = (
    *(("labelSelector", "string"), ("fieldSelector", "string"), ("limit", "integer"), ("continue", "string")),
    *(("resourceVersion", "string"), ("resourceVersionMatch", "string"), ("timeoutSeconds", "integer")),
    *(("watch", "boolean"), ("allowWatchBookmarks", "boolean"), ("sendInitialEvents", "boolean")),
)
_DELETE = (
    *(("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("propagationPolicy", "string")),
    ("orphanDependents", "boolean"),
)
_PARAMETERS = {
    "list": _LIST,
    "post": _WRITE,
    "put": _WRITE,
    "patch": (*_WRITE, ("force", "boolean")),
    "delete": _DELETE,
    "deletecollection": (*_LIST, *_DELETE),
}
_METHODS = {"create": "post", "update": "put", "list": "get", "deletecollection": "delete"}
_ACTIONS = {"create": "post", "update": "put"}
_OTHERS = {
    "eviction": ("V1Eviction", {"group": "policy", "version": "v1", "kind": "Eviction"}),
    "scale": ("V1Scale", {"group": "autoscaling", "version": "v1", "kind": "Scale"}),
    "token": (
        "AuthenticationV1TokenRequest",
        {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"},
    ),
}

# What is upgraded to a stream: its kind is only its parameters.
_CONTAINER = (("container", "string"), *((name, "boolean") for name in ("stdin", "stdout", "stderr", "tty")))
_STREAMS = {
    "attach": ("PodAttachOptions", _CONTAINER),
    "exec": ("PodExecOptions", (("command", "string"), *_CONTAINER)),
    "portforward": ("PodPortForwardOptions", (("ports", "integer"),)),
}


def paths(resource: Resource, schemas: Schemas) -> Iterator[tuple[str, Object]]:
    """The paths of a resource and the operations at each."""
    base = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    home = f"{base}/namespaces/{{namespace}}" if resource.namespaced else base
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    model = resource.model
    here = _Place(resource, schemas, model, kind)
    collection = f"{home}/{resource.plural}"
    verbs = discovery.verbs(resource)
    yield collection, here.operations(_some(verbs, "list", "create", "deletecollection"), collection)
    if resource in REVIEWS:
        return
    if resource.namespaced:
        everywhere = f"{base}/{resource.plural}"
        yield everywhere, here.operations(["list"], everywhere)
    item = f"{collection}/{{name}}"
    yield item, here.operations(_some(verbs, "get", "update", "patch", "delete"), item)
    for subresource in resource.subresources:
        path = f"{item}/{subresource}"
        if subresource in _STREAMS:
            yield path, _stream(subresource, path)
            continue
        verbs = discovery.subresource_verbs(subresource)
        other = _Place(resource, schemas, *_OTHERS[subresource]) if subresource in _OTHERS else here
        yield path, other.operations(list(verbs), path)


def _stream(subresource: str, path: str) -> Object:
    """The operations at the path of a stream (`connect`, as Kubernetes' own document calls them)."""
    kind, parameters = _STREAMS[subresource]
    found: Object = {
        method: {
            "description": f"connect {method.upper()} requests to {subresource} of Pod",
            "operationId": _identifier(f"connect{method.capitalize()}", path),
            "responses": _answers("200", "*/*", {"type": "string"}),
            "x-kubernetes-action": "connect",
            "x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": kind},
        }
        for method in ("get", "post")
    }
    placed = [_parameter(name, "string", "path") for name in ("namespace", "name")]
    return {
        **found,
        "parameters": [*placed, *(_parameter(name, type_, "query") for name, type_ in parameters)],
    }


def _some(verbs: tuple[str, ...], *wanted: str) -> list[str]:
    return [verb for verb in wanted if verb in verbs]


class _Place:
    """What all operations on one kind of object share."""

    def __init__(self, resource: Resource, schemas: Schemas, model: str, kind: Object) -> None:
        self._resource = resource
        self._schemas = schemas
        self._kind = kind
        self._object = schemas.reference(model, kind)

    def operations(self, verbs: list[str], path: str) -> Object:
        """The operations at a path, by their HTTP methods."""
        found: Object = {_METHODS.get(verb, verb): self._operation(verb, path) for verb in verbs}
        names = [name for name in ("namespace", "name") if f"{{{name}}}" in path]
        if names:
            found["parameters"] = [_parameter(name, "string", "path") for name in names]
        return found

    def _operation(self, verb: str, path: str) -> Object:
        parameters = _PARAMETERS.get(_ACTIONS.get(verb, verb), ())
        operation: Object = {
            "description": f"{verb} {self._kind['kind']}",
            "operationId": _identifier(verb, path),
            "parameters": [_parameter(name, kind, "query") for name, kind in parameters],
            "responses": self._responses(verb, path),
            "x-kubernetes-action": _ACTIONS.get(verb, verb),
            "x-kubernetes-group-version-kind": self._kind,
        }
        if body := self._body(verb):
            operation["requestBody"] = body
        return operation

    def _body(self, verb: str) -> Object:
        if verb in ("create", "update"):
            return {"required": True, "content": {"*/*": {"schema": self._object}}}
        if verb == "patch":
            anything = {"schema": {"type": "object"}}
            custom = definitions.is_custom(self._resource.kind)
            return {"required": True, "content": dict.fromkeys(patches(custom=custom), anything)}
        if verb.startswith("delete"):
            return {"content": {"*/*": {"schema": self._schemas.reference("V1DeleteOptions")}}}
        return {}

    def _responses(self, verb: str, path: str) -> Object:
        if path.endswith("/log"):
            return _answers("200", "text/plain", {"type": "string"})
        shown = self._object
        if verb == "list":
            shown = {"type": "object", "properties": {"items": {"type": "array", "items": self._object}}}
        elif verb.startswith("delete") and not self._resource.returns_deleted:
            shown = {"type": "object", "description": "A Status."}
        return _answers("201" if verb == "create" else "200", JSON, shown)


def _answers(code: str, media_type: str, shown: Object) -> Object:
    return {
        code: {"description": "OK", "content": {media_type: {"schema": shown}}},
        "401": {"description": "Unauthorized"},
    }


def _parameter(name: str, kind: str, place: str) -> Object:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, **required, "schema": {"type": kind, "uniqueItems": True}}


def _identifier(verb: str, path: str) -> str:
    words = [word.strip("{}") for word in path.replace(".", "/").split("/") if word]
    return verb + "".join(word.capitalize() for word in words)
