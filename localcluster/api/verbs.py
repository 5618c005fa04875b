"""The verbs on objects: get, list, create, update, patch, delete and deletecollection."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from localcluster.api import answers, bodies, forms, lists, negotiation, options
from localcluster.api.calls import Call
from localcluster.api.options import DeleteOptions
from localcluster.errors import (
    BadRequest,
    Invalid,
    Unclassified,
    invalid,
)
from localcluster.objects import advice, decoding, patches, schema
from localcluster.objects.custom import definitions
from localcluster.objects.decoding import Decoder
from localcluster.objects.patches import Patch
from localcluster.types import Object, dump

# What stands before the mistake that makes a patch unreadable.
_UNREADABLE = {
    patches.JSON: "error decoding patch: ",
    patches.MERGE: "error decoding patch: ",
    patches.STRATEGIC: "",
    patches.APPLY: "error decoding YAML: error converting YAML to JSON: ",
}


async def get(call: Call) -> web.Response:
    """`GET /api/v1/namespaces/lab/pods/demo`."""
    target = call.target
    lists.check_reached(call.registry.store, call.query)
    record = call.registry.record(call.kind, target.namespace, target.name)
    return answers.text(call.request, forms.stored(call.resource, call.shape, record, call.include))


async def list_(call: Call) -> web.Response:
    """`GET /api/v1/namespaces/lab/pods`, or `/api/v1/pods` for all namespaces."""
    shape = call.shape
    page = lists.page(call.registry.store, call.target, call.query)
    body = forms.many(call.resource, shape, page.records, page.metadata, call.include)
    return answers.text(call.request, body)


async def create(call: Call) -> web.Response:
    """`POST /api/v1/namespaces/lab/pods`."""
    wanted, shape = call.write_options("CreateOptions"), call.shape
    body = await bodies.object_of(call.request, call.resource, wanted.validation)
    bodies.place_new(call.target, body.object)
    if body.object["metadata"].get("resourceVersion") and not wanted.dry_run:
        raise Unclassified("resourceVersion should not be set on objects to be created")
    obj = call.registry.create(call.kind, body.object, manager=wanted.manager, dry_run=wanted.dry_run)
    return _written(call, obj, shape, 201, body.warnings)


async def update(call: Call) -> web.Response:
    """`PUT /api/v1/namespaces/lab/pods/demo`, and its `status` and `finalize`."""
    wanted, shape = call.write_options("UpdateOptions"), call.shape
    body = await bodies.object_of(call.request, call.resource, wanted.validation)
    bodies.place_known(call.target, body.object)
    meta = body.object["metadata"]
    if _is_missing(call) and call.resource.created_by_update:
        call.check_may("create")
        made = call.registry.create(call.kind, body.object, manager=wanted.manager, dry_run=wanted.dry_run)
        return _written(call, made, shape, 201, body.warnings)
    if not meta.get("resourceVersion") and not call.resource.blind_update and not _is_missing(call):
        cause = invalid("metadata.resourceVersion", 0, "must be specified for an update")
        raise Invalid(call.resource.plural, call.resource.group, call.target.name, [cause])
    obj = call.registry.update(
        call.kind,
        body.object,
        subresource=call.target.subresource,
        manager=wanted.manager,
        dry_run=wanted.dry_run,
    )
    return _written(call, obj, shape, 200, body.warnings)


def _is_missing(call: Call) -> bool:
    return not call.target.subresource and (
        call.registry.store.get(call.kind, call.target.place, call.target.name) is None
    )


async def patch(call: Call) -> web.Response:
    """`PATCH /api/v1/namespaces/lab/pods/demo`, and its `status`."""
    change, wanted = await read_patch(call)
    shape = call.shape
    if change.media_type == patches.APPLY and _is_missing(call):
        call.check_may("create")
    written = call.registry.patch(
        call.kind,
        call.target.namespace,
        call.target.name,
        change,
        subresource=call.target.subresource,
        manager=wanted.manager,
        dry_run=wanted.dry_run,
    )
    return _written(
        call, written.object, shape, 201 if written.created else 200, told(wanted, written.unknown)
    )


async def read_patch(call: Call) -> tuple[Patch, options.WriteOptions]:
    """The patch in a body, and its options."""
    custom = definitions.is_custom(call.kind)
    media_type = negotiation.patch_type(call.request.headers.get("Content-Type", ""), custom=custom)
    wanted = call.write_options("PatchOptions", apply=media_type == patches.APPLY)
    raw = await bodies.read(call.request)
    try:
        value = bodies.parse(raw, media_type)
    except BadRequest as error:
        raise BadRequest(_UNREADABLE[media_type] + error.message) from error
    change = Patch(media_type, value, wanted.force, wanted.validation == "Strict")
    return change, wanted


def told(wanted: options.WriteOptions, unknown: Iterable[str]) -> list[str]:
    """The warnings that go with the answer to a patch: about fields that were dropped."""
    return [] if wanted.validation == "Ignore" else decoding.complaints(unknown)


async def delete(call: Call) -> web.Response:
    """`DELETE /api/v1/namespaces/lab/pods/demo`."""
    wanted = await _delete_options(call)
    obj = _delete(call, call.target.namespace, call.target.name, wanted)
    if call.resource.returns_deleted or obj["metadata"].get("deletionTimestamp"):
        return answers.text(call.request, forms.one(call.resource, call.shape, obj, call.include))
    group = {"group": call.resource.group} if call.resource.group else {}
    details = {
        "name": call.target.name,
        **group,
        "kind": call.resource.plural,
        "uid": obj["metadata"]["uid"],
    }
    return answers.value(call.request, answers.success(details))


async def delete_collection(call: Call) -> web.Response:
    """`DELETE /api/v1/namespaces/lab/configmaps?labelSelector=app=demo`."""
    wanted = await _delete_options(call)
    page = lists.page(call.registry.store, call.target, call.query)
    for record in page.records:
        _delete(call, record.namespace or None, record.name, wanted)
    return answers.text(
        call.request, forms.many(call.resource, call.shape, page.records, page.metadata, call.include)
    )


async def _delete_options(call: Call) -> DeleteOptions:
    raw = await bodies.read(call.request)
    if not raw.strip():
        return options.delete_options({}, call.query)
    media_type = negotiation.body_type(call.request.headers.get("Content-Type", ""))
    # Every kind takes the same options; the names in messages are those of the options.
    try:
        value = bodies.parse(raw, media_type, "V1DeleteOptions")
    except BadRequest as error:
        raise BadRequest(f"couldn't get version/kind; json parse error: {error.message}") from error
    decoded = _decode_options(value)
    return options.delete_options(decoded, call.query)


def _decode_options(value: object) -> Object:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in (None, "", "DeleteOptions"):
        raise BadRequest(f"decoded object cannot be converted to DeleteOptions: it is a {dump(kind)}")
    try:
        decoded: Object = Decoder().value(value, schema.root("V1DeleteOptions"), "", "")
    except decoding.WrongType as error:
        raise BadRequest(str(error)) from error
    return decoded


def _delete(call: Call, namespace: str | None, name: str, wanted: DeleteOptions) -> Object:
    return call.registry.delete(
        call.kind,
        namespace,
        name,
        propagation=wanted.propagation,
        grace=wanted.grace,
        uid=wanted.uid,
        version=wanted.revision,
        dry_run=wanted.dry_run,
    )


def _written(
    call: Call, obj: Object, shape: negotiation.Shape, status: int, warnings: list[str]
) -> web.Response:
    body = forms.one(call.resource, shape, obj, call.include)
    hints = () if call.target.subresource else advice.of(obj, new=status == 201)
    return answers.text(call.request, body, status, [*warnings, *hints])
