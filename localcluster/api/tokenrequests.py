"""`kubectl create token`: a ServiceAccount's token for whoever may ask for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from aiohttp import web

from localcluster.access.tokens import AUDIENCE
from localcluster.api import answers, bodies
from localcluster.api.calls import Call
from localcluster.errors import BadRequest, Conflict, FieldError, Invalid, invalid
from localcluster.objects import clock
from localcluster.storage.resources import BY_KIND, Resource
from localcluster.types import Object, dump

REQUEST = Resource("TokenRequest", "tokenrequests", "authentication.k8s.io")
_SECONDS = 3600
_SHORTEST, _LONGEST = 600, 1 << 32
_BINDABLE = {"Pod": ("v1", "Pod"), "Secret": ("v1", "Secret")}


async def create(call: Call) -> web.Response:
    """`POST /api/v1/namespaces/lab/serviceaccounts/default/token`."""
    wanted = call.write_options("CreateOptions")
    body = await bodies.object_of(call.request, REQUEST, wanted.validation)
    account = call.registry.get("ServiceAccount", call.target.namespace, call.target.name)
    spec = {"expirationSeconds": _SECONDS, **(body.object.get("spec") or {})}
    spec["audiences"] = spec.get("audiences") or [AUDIENCE]
    if found := list(_errors(spec["expirationSeconds"])):
        raise Invalid(REQUEST.kind, REQUEST.group, "", found)
    bound = _bound(call, spec.get("boundObjectRef"), account)
    issued = call.tokens.issue(account, spec["expirationSeconds"], bound, spec["audiences"])
    ends = clock.text(datetime.fromtimestamp(issued.expires, UTC))
    answer = {
        "kind": REQUEST.kind,
        "apiVersion": REQUEST.api_version,
        "metadata": {
            "name": call.target.name,
            "namespace": call.target.namespace,
            "creationTimestamp": clock.now(),
        },
        "spec": spec,
        "status": {"token": issued.text, "expirationTimestamp": ends},
    }
    return answers.text(call.request, dump(answer), 201, body.warnings)


def _errors(seconds: int) -> Iterator[FieldError]:
    field = "spec.expirationSeconds"
    if seconds < _SHORTEST:
        yield invalid(field, seconds, "may not specify a duration less than 10 minutes")
    if seconds > _LONGEST:
        yield invalid(field, seconds, "may not specify a duration larger than 2^32 seconds")


def _bound(call: Call, reference: Object | None, account: Object) -> Object | None:
    """The Pod or Secret a token shall end with (`serviceaccount/storage/token.go`)."""
    if not reference:
        return None
    kind, version = reference.get("kind") or "", reference.get("apiVersion") or ""
    if _BINDABLE.get(kind) != (version, kind):
        raise BadRequest(f"cannot bind token for serviceaccount to object with kind: {kind!r}")
    name = reference.get("name") or ""
    found = call.registry.get(kind, call.target.namespace, name)
    uid = found["metadata"]["uid"]
    if reference.get("uid") not in (None, "", uid):
        why = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
        why += "The object might have been deleted and then recreated"
        raise Conflict.object(BY_KIND[kind], name, why)
    own = account["metadata"]["name"]
    if kind == "Pod" and found["spec"].get("serviceAccountName") != own:
        used = found["spec"].get("serviceAccountName")
        raise BadRequest(
            f'cannot bind token for serviceaccount "{own}" to pod running with different serviceaccount '
            f'name: "{used}"'
        )
    return found
