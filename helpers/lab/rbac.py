"""What a user may not do, as the RBAC rule that is missing.

A refusal of the API server's authorization names a user and a resource; whoever has to ask for the right
needs the rule as a Role writes it. How a request becomes a verb and a resource:
https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kubernetes.client import ApiException

from helpers.lab.errors import LabError, refusal

# The words of the authorization, and of nothing else that answers 403 (a quota, a pod security standard).
UNAUTHORIZED = re.compile(r"\bcannot [a-z]+ (resource|path)\b")
# An unknown user is told the same as a known one without the right.
ANONYMOUS = "system:anonymous"
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/[^/]+"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?)?/?"
)


@dataclass(frozen=True)
class Rule:
    """One right: a verb on a resource, such as ``pods/log``, in a namespace or (``""``) the whole cluster."""

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        return f'{{apiGroups: ["{self.group}"], resources: ["{self.resource}"], verbs: ["{self.verb}"]}} ' + (
            f"in a Role of namespace {self.namespace}" if self.namespace else "in a ClusterRole"
        )


def rule_of(method: str, path: str, query: Mapping[str, str] | None = None) -> Rule | None:
    """Return the right that a request needs; None for a path that is no resource's, such as ``/version``."""
    found = PATH.fullmatch(path)
    if found is None:
        return None
    resource, name, namespace = found["resource"], found["name"], found["namespace"] or ""
    if resource == "namespaces" and name:
        namespace = name  # so that a Role in a namespace can give rights on it
    if method == "GET":
        verb = "get" if name else "watch" if (query or {}).get("watch") in {"1", "true"} else "list"
    else:
        verb = VERBS[method] if name or method != "DELETE" else "deletecollection"
    whole = f"{resource}/{found['subresource']}" if found["subresource"] else resource
    return Rule(verb, whole, found["group"] or "", namespace)


class DeniedError(LabError, ApiException):
    """The API server refused a request for want of a right.

    An ``ApiException``, so that who can do without goes on; a ``LabError``, so that everybody else shows a
    sentence with the missing rule.
    """

    def __init__(self, rule: Rule, error: ApiException) -> None:
        ApiException.__init__(self, status=error.status, reason=error.reason)
        self.body, self.headers = error.body, error.headers
        self.rule = rule

    def __str__(self) -> str:
        verb, resource = self.rule.verb, self.rule.resource
        return f"you have no right to {verb} {resource}; what is missing is {self.rule} (see manifests/rbac)"


def denied(error: ApiException, rule: Rule | None) -> DeniedError | None:
    """Return what an error of the API says about rights, or None if it is about something else."""
    if rule is None or error.status != 403 or not UNAUTHORIZED.search(refusal(error)):
        return None
    return DeniedError(rule, error)


_noted: set[str] = set()


def note(what: str, error: ApiException) -> None:
    """Say once what cannot be done, and why, where the lesson goes on without it."""
    say(f"{what}: {refusal(error)}.")


def say(sentence: str) -> None:
    """Say once what the lesson goes on without."""
    if sentence not in _noted:
        _noted.add(sentence)
        print(sentence)  # noqa: T201 - for whoever reads the notebook


def forget_notes() -> None:
    """Say everything anew: another lab may have other rights."""
    _noted.clear()
