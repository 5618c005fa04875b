"""Questions about rights and users: answered by the rules, not stored."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from localcluster.access import rules
from localcluster.access.rules import Attributes
from localcluster.access.users import User
from localcluster.api import answers, bodies
from localcluster.api.calls import Call
from localcluster.errors import BadRequest, FieldError, Invalid, invalid
from localcluster.types import Object, dump

_OWN = ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SelfSubjectReview")


async def create(call: Call) -> web.Response:
    """`POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, and the other reviews."""
    wanted = call.write_options("CreateOptions")
    body = await bodies.object_of(call.request, call.resource, wanted.validation)
    spec = body.object.get("spec") or {}
    user = call.user if call.kind in _OWN else _named(spec)
    review = {
        **body.object,
        "kind": call.kind,
        "apiVersion": call.resource.api_version,
        "metadata": {"creationTimestamp": None, **body.object.get("metadata", {})},
        "status": _status(call, spec, user),
    }
    return answers.text(call.request, dump(review), 201, body.warnings)


def _status(call: Call, spec: Object, user: User) -> Object:
    if call.kind == "SelfSubjectReview":
        return {"userInfo": user.info()}
    if call.kind == "SelfSubjectRulesReview":
        return _rules(call, spec, user)
    _refuse(call, list(_errors(call.kind, spec)))
    wanted = _attributes(spec)
    decision = rules.decide(call.registry.store, user, wanted)
    return {"allowed": decision.allowed, **({"reason": decision.reason} if decision.reason else {})}


def _rules(call: Call, spec: Object, user: User) -> Object:
    namespace = spec.get("namespace") or ""
    if not namespace:
        raise BadRequest("no namespace on request")
    found = rules.rules(call.registry.store, user, namespace)
    return {
        "resourceRules": [rule for rule in found if not rule.get("nonResourceURLs")],
        "nonResourceRules": [rule for rule in found if rule.get("nonResourceURLs")],
        "incomplete": False,
    }


def _named(spec: Object) -> User:
    return User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "")


def _attributes(spec: Object) -> Attributes:
    if path := spec.get("nonResourceAttributes"):
        return Attributes(path.get("verb") or "", path=path.get("path") or "/")
    asked: dict[str, Any] = spec["resourceAttributes"]
    words = ("verb", "group", "resource", "subresource", "name", "namespace")
    return Attributes(**{word: asked.get(word) or "" for word in words})


def _errors(kind: str, spec: Object) -> list[FieldError]:
    """As `k8s.io/kubernetes/pkg/apis/authorization/validation` says it."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    found = []
    if resource is not None and path is not None:
        why = "cannot be specified in combination with resourceAttributes"
        found.append(invalid("spec.nonResourceAttributes", path, why))
    if resource is None and path is None:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        found.append(invalid("spec.resourceAttributes", None, why))
    if kind not in _OWN and not spec.get("user") and not spec.get("groups"):
        found.append(invalid("spec.user", "", "at least one of user or group must be specified"))
    return found


def _refuse(call: Call, found: list[FieldError]) -> None:
    if found:
        raise Invalid("", call.resource.group, "", found)
