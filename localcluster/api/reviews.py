"""What may I do? Everything: there is one user, who owns the cluster."""

from __future__ import annotations

from aiohttp import web

from localcluster.api import answers, bodies
from localcluster.api.calls import Call
from localcluster.types import Object, dump

_ALL = ["*"]
_STATUS: dict[str, Object] = {
    "SelfSubjectAccessReview": {"allowed": True, "reason": "the owner of the cluster may do everything"},
    "SelfSubjectRulesReview": {
        "resourceRules": [{"verbs": _ALL, "apiGroups": _ALL, "resources": _ALL}],
        "nonResourceRules": [{"verbs": _ALL, "nonResourceURLs": _ALL}],
        "incomplete": False,
    },
}


async def create(call: Call) -> web.Response:
    """`POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews`."""
    wanted = call.write_options("CreateOptions")
    body = await bodies.object_of(call.request, call.resource, wanted.validation)
    review = {
        **body.object,
        "kind": call.kind,
        "apiVersion": call.resource.api_version,
        "metadata": {"creationTimestamp": None, **body.object.get("metadata", {})},
        "status": _STATUS[call.kind],
    }
    return answers.text(call.request, dump(review), 201, body.warnings)
