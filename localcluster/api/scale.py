"""The `scale` subresource: the replicas of a Deployment or ReplicaSet as `autoscaling/v1` Scale."""

from __future__ import annotations

from aiohttp import web

from localcluster import errors
from localcluster.api import answers, bodies, forms, verbs
from localcluster.api.calls import Call
from localcluster.api.options import WriteOptions
from localcluster.errors import Conflict, Invalid, UnsupportedMediaType
from localcluster.objects import patches, preconditions, selectors
from localcluster.storage.resources import Resource
from localcluster.types import Object, dump

SCALE = Resource("Scale", "scales", "autoscaling")
_SHOWN = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Object) -> Object:
    """The Scale of an object."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    selector = selectors.format_object(spec.get("selector"))
    return {
        "kind": SCALE.kind,
        "apiVersion": SCALE.api_version,
        "metadata": {key: obj["metadata"][key] for key in _SHOWN if key in obj["metadata"]},
        "spec": {"replicas": spec["replicas"]} if spec.get("replicas") else {},
        "status": {"replicas": status.get("replicas", 0), **({"selector": selector} if selector else {})},
    }


async def get(call: Call) -> web.Response:
    """`GET /apis/apps/v1/namespaces/lab/deployments/demo/scale`."""
    scale = scale_of(_object(call))
    return answers.text(call.request, forms.one(SCALE, call.shape, scale, call.include))


async def update(call: Call) -> web.Response:
    """`PUT` of the same."""
    wanted = call.write_options("UpdateOptions")
    body = await bodies.object_of(call.request, SCALE, wanted.validation)
    bodies.place_known(call.target, body.object)
    if uid := (body.object.get("metadata") or {}).get("uid"):
        record = call.registry.record(call.kind, call.target.namespace, call.target.name)
        preconditions.check_replaced(call.resource, record, uid)
    return _write(call, body.object, wanted, body.warnings)


async def patch(call: Call) -> web.Response:
    """`PATCH` of the same."""
    change, wanted = await verbs.read_patch(call)
    if change.media_type == patches.APPLY:
        raise UnsupportedMediaType("a Scale is not applied here: send another patch, or apply the object")
    patched, unknown = patches.decode(SCALE, patches.apply(SCALE, scale_of(_object(call)), change), change)
    return _write(call, patched, wanted, verbs.told(wanted, unknown))


def _object(call: Call) -> Object:
    return call.registry.get(call.kind, call.target.namespace, call.target.name)


def _write(call: Call, scale: Object, wanted: WriteOptions, warnings: list[str]) -> web.Response:
    obj = _object(call)
    _check(call, scale, obj)
    obj["spec"]["replicas"] = (scale.get("spec") or {}).get("replicas", 0)
    written = call.registry.update(
        call.kind, obj, subresource="scale", manager=wanted.manager, dry_run=wanted.dry_run
    )
    return answers.text(call.request, dump(scale_of(written)), warnings=warnings)


def _check(call: Call, scale: Object, obj: Object) -> None:
    """Hold a Scale against its rules and against the object it is of."""
    meta, replicas = scale.get("metadata") or {}, (scale.get("spec") or {}).get("replicas") or 0
    if replicas < 0:
        cause = errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise Invalid(SCALE.kind, SCALE.group, call.target.name, [cause])
    version = obj["metadata"]["resourceVersion"]
    if (meta.get("resourceVersion") or version) != version:
        raise Conflict.stale(call.resource, call.target.name)
