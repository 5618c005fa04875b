"""`pods/eviction`, with which `kubectl drain` empties a node.

After `k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go`; there are no disruption budgets here that
could object, so a pod is deleted.
"""

from __future__ import annotations

from aiohttp import web

from localcluster.api import answers, bodies, options
from localcluster.api.calls import Call
from localcluster.errors import BadRequest
from localcluster.storage.resources import Resource
from localcluster.types import Object

EVICTION = Resource("Eviction", "evictions", "policy")


async def create(call: Call) -> web.Response:
    """`POST /api/v1/namespaces/lab/pods/demo/eviction`."""
    wanted = call.write_options("CreateOptions")
    body = await bodies.object_of(call.request, EVICTION, wanted.validation)
    named = (body.object.get("metadata") or {}).get("name")
    if named and named != call.target.name:
        raise BadRequest("name in URL does not match name in Eviction object")
    chosen = options.delete_options(body.object.get("deleteOptions") or {}, call.query)
    call.registry.delete(
        "Pod",
        call.target.namespace,
        call.target.name,
        propagation=chosen.propagation,
        grace=chosen.grace,
        uid=chosen.uid,
        dry_run=wanted.dry_run or chosen.dry_run,
    )
    done: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
    return answers.value(call.request, done, 201)
