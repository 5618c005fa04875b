"""What somebody may do, by Roles and their bindings (`k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcluster.access.users import User, account_name
from localcluster.storage.resources import BY_KIND
from localcluster.storage.store import Store
from localcluster.types import Object, dump


@dataclass(frozen=True)
class Attributes:
    """What is to be done: a verb on a resource, or on a path."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""
    """Set for what is not a resource."""

    @property
    def whole(self) -> str:
        """The resource with its subresource, as rules name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def refusal(self, user: User) -> str:
        """The sentence for somebody who may not (`forbiddenMessage`)."""
        who = f"User {dump(user.name)} cannot {self.verb}"
        if self.path:
            return f"{who} path {dump(self.path)}"
        what = f"{who} resource {dump(self.whole)} in API group {dump(self.group)}"
        return what + (
            f" in the namespace {dump(self.namespace)}" if self.namespace else " at the cluster scope"
        )


@dataclass(frozen=True)
class Decision:
    """Whether it is allowed, and why."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True)
class _Grant:
    """What one binding gives a user; without rules it names a role that is not there."""

    rules: list[Object]
    source: str
    problem: str = ""


def decide(store: Store, user: User, wanted: Attributes) -> Decision:
    """Whether a user may do something."""
    if user.is_master:
        return Decision(True)
    problems = []
    for grant in _grants(store, user, wanted.namespace):
        if any(matches(rule, wanted) for rule in grant.rules):
            return Decision(True, f"RBAC: allowed by {grant.source}")
        if grant.problem:
            problems.append(grant.problem)
    unique = list(dict.fromkeys(problems))
    if not unique:
        return Decision(False)
    return Decision(False, f"RBAC: {unique[0] if len(unique) == 1 else '[' + ', '.join(unique) + ']'}")


def rules(store: Store, user: User, namespace: str) -> list[Object]:
    """All rules that hold for a user in a namespace."""
    if user.is_master:
        every = ["*"]
        return [
            {"verbs": every, "apiGroups": every, "resources": every},
            {"verbs": every, "nonResourceURLs": every},
        ]
    return [rule for grant in _grants(store, user, namespace) for rule in grant.rules]


def matches(rule: Mapping[str, Any], wanted: Attributes) -> bool:
    """Whether a rule allows something."""
    if not _has(rule, "verbs", wanted.verb):
        return False
    if wanted.path:
        return any(_covers(url, wanted.path) for url in rule.get("nonResourceURLs") or [])
    names = rule.get("resourceNames") or []
    return (
        _has(rule, "apiGroups", wanted.group)
        and _has_resource(rule.get("resources") or [], wanted)
        and (not names or wanted.name in names)
    )


def _has(rule: Mapping[str, Any], field: str, word: str) -> bool:
    listed = rule.get(field) or []
    return "*" in listed or word in listed


def _has_resource(listed: list[str], wanted: Attributes) -> bool:
    if "*" in listed or wanted.whole in listed:
        return True
    return bool(wanted.subresource) and f"*/{wanted.subresource}" in listed


def _covers(url: str, path: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


def _grants(store: Store, user: User, namespace: str) -> Iterator[_Grant]:
    for record in store.records("ClusterRoleBinding"):
        yield from _granted(store, user, record.view, "", dump(record.name))
    if namespace:
        for record in store.records("RoleBinding", namespace):
            yield from _granted(store, user, record.view, namespace, dump(f"{record.name}/{namespace}"))


def _granted(store: Store, user: User, binding: Object, namespace: str, name: str) -> Iterator[_Grant]:
    subject = _subject(binding.get("subjects") or [], user, namespace)
    if subject is None:
        return
    reference = binding["roleRef"]
    role = store.get(reference["kind"], namespace if reference["kind"] == "Role" else "", reference["name"])
    source = (
        f"{binding['kind']} {name} of {reference['kind']} {dump(reference['name'])} "
        f"to {_described(subject, namespace)}"
    )
    if role is None:
        kind = BY_KIND[reference["kind"]]
        missing = f"{kind.singular}.{kind.group} {dump(reference['name'])} not found"
        yield _Grant([], source, missing)
    else:
        yield _Grant(role.view.get("rules") or [], source)


def _subject(subjects: Iterable[Object], user: User, namespace: str) -> Object | None:
    return next((one for one in subjects if _is(one, user, namespace)), None)


def _is(subject: Object, user: User, namespace: str) -> bool:
    if subject["kind"] == "ServiceAccount":
        home = subject.get("namespace") or namespace
        return bool(home) and user.name == account_name(home, subject["name"])
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    return bool(subject["name"] == user.name)


def _described(subject: Object, namespace: str) -> str:
    name = subject["name"]
    if subject["kind"] == "ServiceAccount":
        name = f"{name}/{subject.get('namespace') or namespace}"
    return f"{subject['kind']} {dump(name)}"
