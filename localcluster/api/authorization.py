"""Whether a request may be made: what it asks for in the words of rules, and the refusal.

After `k8s.io/apiserver/pkg/endpoints/request/requestinfo.go` and `handlers/responsewriters/errors.go`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from localcluster.access.rules import Attributes, Decision
from localcluster.access.users import User
from localcluster.api import options
from localcluster.api.options import Query
from localcluster.errors import Forbidden
from localcluster.types import Object

_VERBS = {
    "POST": "create",
    "GET": "get",
    "HEAD": "get",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
_NAMESPACE_SUBRESOURCES = ("status", "finalize")
_NAMED = re.compile(r"(?:^|,)\s*metadata\.name\s*==?\s*([^,\s]+)")


def attributes(method: str, segments: Sequence[str], query: Query) -> Attributes:
    """What a request asks for.

    Args:
        method: Its HTTP method.
        segments: The parts of its path.
        query: Its parameters.
    """
    group, parts = _resource_parts(segments)
    if not parts:
        return Attributes(method.lower(), path="/" + "/".join(segments))
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
            parts = parts[2:]
    resource, name, subresource = (*parts[:3], "", "")[:3]
    verb = _VERBS.get(method, "")
    if not name and verb in ("get", "delete"):
        verb, name = _of_many(verb, query)
    return Attributes(verb, group, resource, subresource, name, namespace)


def _resource_parts(segments: Sequence[str]) -> tuple[str, list[str]]:
    """The group, and what comes behind the version; nothing for what is not a resource."""
    if segments[:1] == ["api"]:
        return "", list(segments[2:])
    if segments[:1] == ["apis"] and len(segments) > 3:
        return segments[1], list(segments[3:])
    return "", []


def _of_many(verb: str, query: Query) -> tuple[str, str]:
    """The verb on a list, and the one name a field selector leaves of it."""
    if verb == "delete":
        return "deletecollection", ""
    named = _NAMED.search(query.get("fieldSelector", ""))
    return "watch" if options.boolean(query, "watch") else "list", named[1] if named else ""


def check(decision: Decision, user: User, wanted: Attributes) -> None:
    """Go on if it is allowed; raises `Forbidden`."""
    if decision.allowed:
        return
    why = wanted.refusal(user) + (f": {decision.reason}" if decision.reason else "")
    if not wanted.resource:
        raise Forbidden(f"forbidden: {why}")
    qualified = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    named = f"{qualified} {_quoted(wanted.name)}" if wanted.name else qualified
    details: Object = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    raise Forbidden(f"{named} is forbidden: {why}", {key: value for key, value in details.items() if value})


def _quoted(name: str) -> str:
    return f'"{name}"'
