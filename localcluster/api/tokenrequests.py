"""`kubectl create token`: a ServiceAccount's token for whoever may ask for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from aiohttp import web

from localcluster.access.tokens import AUDIENCE
from localcluster.api import answers, bodies
from localcluster.api.calls import Call
from localcluster.errors import BadRequest, FieldError, Invalid, invalid
from localcluster.objects import clock
from localcluster.storage.resources import Resource
from localcluster.types import dump

REQUEST = Resource("TokenRequest", "tokenrequests", "authentication.k8s.io")
_SECONDS = 3600
_SHORTEST, _LONGEST = 600, 1 << 32


async def create(call: Call) -> web.Response:
    """`POST /api/v1/namespaces/lab/serviceaccounts/default/token`."""
    wanted = call.write_options("CreateOptions")
    body = await bodies.object_of(call.request, REQUEST, wanted.validation)
    account = call.registry.get("ServiceAccount", call.target.namespace, call.target.name)
    spec = {"expirationSeconds": _SECONDS, **(body.object.get("spec") or {})}
    spec["audiences"] = spec.get("audiences") or [AUDIENCE]
    if found := list(_errors(spec["expirationSeconds"])):
        raise Invalid(REQUEST.kind, REQUEST.group, "", found)
    if spec.get("boundObjectRef"):
        raise BadRequest("the local cluster binds tokens to the pods it starts, and to nothing on request")
    issued = call.tokens.issue(account, spec["expirationSeconds"], audiences=spec["audiences"])
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
