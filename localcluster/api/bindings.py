"""`pods/binding`, with which a scheduler gives a pod its node.

After `k8s.io/kubernetes/pkg/registry/core/pod/storage/storage.go` (BindingREST).
"""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from localcluster.api import answers, bodies
from localcluster.api.calls import Call
from localcluster.errors import BadRequest, FieldError, Unclassified, required, unsupported
from localcluster.storage.resources import Resource
from localcluster.types import Object

BINDING = Resource("Binding", "bindings")


async def create(call: Call) -> web.Response:
    """`POST /api/v1/namespaces/lab/pods/demo/binding`."""
    wanted = call.write_options("CreateOptions")
    body = await bodies.object_of(call.request, BINDING, wanted.validation)
    named = (body.object.get("metadata") or {}).get("name")
    if named != call.target.name:
        raise BadRequest("name in URL does not match name in Binding object")
    target = body.object.get("target") or {}
    if wrong := [str(error) for error in _errors(target)]:
        # Not as an invalid object: the server hands the list on as it is.
        raise Unclassified(wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]")
    pod = call.registry.get("Pod", call.target.namespace, call.target.name)
    pod["spec"]["nodeName"] = target["name"]
    call.registry.update("Pod", pod, subresource="binding", manager=wanted.manager, dry_run=wanted.dry_run)
    done: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
    return answers.value(call.request, done, 201)


def _errors(target: Object) -> Iterator[FieldError]:
    if target.get("kind") not in (None, "", "Node"):
        yield unsupported("target.kind", target["kind"], ("Node", "<empty>"))
    if not target.get("name"):
        yield required("target.name")
