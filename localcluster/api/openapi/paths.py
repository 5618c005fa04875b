"""The paths of an OpenAPI document, as far as kubectl reads them.

`kubectl explain` looks up the kind of a resource at its paths; before it writes, kubectl looks up at the
patch of a kind whether the server validates fields and can try a write. Bodies and answers are not described.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.api import discovery
from localcluster.api.openapi.schemas import Schemas
from localcluster.storage.resources import REVIEWS, Resource
from localcluster.types import Object

_OF_WRITES = ("dryRun", "fieldManager", "fieldValidation")
_METHODS = {"create": "post", "update": "put", "list": "get", "deletecollection": "delete"}


def paths(resource: Resource, schemas: Schemas) -> Iterator[tuple[str, Object]]:
    """The paths of a resource and the operations at each; its schema is added."""
    base = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    home = f"{base}/namespaces/{{namespace}}" if resource.namespaced else base
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    schemas.reference(resource.model, kind)
    verbs = discovery.verbs(resource)
    collection = f"{home}/{resource.plural}"
    yield collection, _operations(verbs, ("list", "create", "deletecollection"), collection, kind)
    if resource not in REVIEWS:
        item = f"{collection}/{{name}}"
        yield item, _operations(verbs, ("get", "update", "patch", "delete"), item, kind)


def _operations(verbs: tuple[str, ...], wanted: tuple[str, ...], path: str, kind: Object) -> Object:
    """The operations at a path, by their HTTP methods."""
    served = [verb for verb in wanted if verb in verbs]
    found: Object = {_METHODS.get(verb, verb): _operation(verb, path, kind) for verb in served}
    names = [name for name in ("namespace", "name") if f"{{{name}}}" in path]
    return found | ({"parameters": [_parameter(name, "path") for name in names]} if names else {})


def _operation(verb: str, path: str, kind: Object) -> Object:
    names = {"patch": (*_OF_WRITES, "force")}.get(verb, _OF_WRITES if verb in ("create", "update") else ())
    words = [word.strip("{}") for word in path.replace(".", "/").split("/") if word]
    return {
        "operationId": verb + "".join(word.capitalize() for word in words),
        "parameters": [_parameter(name, "query") for name in names],
        "responses": {"default": {"description": "The object, a list of objects, or a Status."}},
        "x-kubernetes-action": {"create": "post", "update": "put"}.get(verb, verb),
        "x-kubernetes-group-version-kind": kind,
    }


def _parameter(name: str, place: str) -> Object:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
