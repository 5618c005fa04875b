"""Rules of Roles and their bindings (`k8s.io/kubernetes/pkg/apis/rbac/validation`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, forbidden, invalid, required, unsupported
from localcluster.objects.validation import words
from localcluster.types import Object

GROUP = "rbac.authorization.k8s.io"
_SUBJECT_GROUPS = {"ServiceAccount": "", "User": GROUP, "Group": GROUP}


def of_role(role: Object) -> Iterator[FieldError]:
    """What is wrong with a Role."""
    yield from _rules(role, namespaced=True)


def of_cluster_role(role: Object) -> Iterator[FieldError]:
    """What is wrong with a ClusterRole."""
    yield from _rules(role, namespaced=False)
    if role.get("aggregationRule"):
        yield forbidden("aggregationRule", "is not emulated by a local cluster (localcluster/SCOPE.md)")


def _rules(role: Object, *, namespaced: bool) -> Iterator[FieldError]:
    for index, rule in enumerate(role.get("rules") or []):
        yield from _rule(f"rules[{index}]", rule, namespaced=namespaced)


def _rule(field: str, rule: Object, *, namespaced: bool) -> Iterator[FieldError]:
    if not rule.get("verbs"):
        yield required(f"{field}.verbs", "verbs must contain at least one value")
    urls = rule.get("nonResourceURLs") or []
    if urls:
        if namespaced:
            why = "namespaced rules cannot apply to non-resource URLs"
            yield invalid(f"{field}.nonResourceURLs", urls, why)
        if any(rule.get(word) for word in ("apiGroups", "resources", "resourceNames")):
            why = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(f"{field}.nonResourceURLs", urls, why)
        return
    if not rule.get("apiGroups"):
        yield required(f"{field}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield required(f"{field}.resources", "resource rules must supply at least one resource")


def of_role_binding(binding: Object) -> Iterator[FieldError]:
    """What is wrong with a RoleBinding."""
    yield from _reference(binding.get("roleRef") or {}, ("Role", "ClusterRole"))
    yield from _subjects(binding, namespaced=True)


def of_cluster_role_binding(binding: Object) -> Iterator[FieldError]:
    """What is wrong with a ClusterRoleBinding."""
    yield from _reference(binding.get("roleRef") or {}, ("ClusterRole",))
    yield from _subjects(binding, namespaced=False)


def _reference(reference: Object, kinds: tuple[str, ...]) -> Iterator[FieldError]:
    if reference.get("apiGroup") != GROUP:
        yield unsupported("roleRef.apiGroup", reference.get("apiGroup") or "", [GROUP])
    yield from words.one_of("roleRef.kind", reference.get("kind") or "", kinds)
    name = reference.get("name") or ""
    yield from words.demand("roleRef.name", name, words.path_segment(name))


def _subjects(binding: Object, *, namespaced: bool) -> Iterator[FieldError]:
    for index, subject in enumerate(binding.get("subjects") or []):
        yield from _subject(f"subjects[{index}]", subject, namespaced=namespaced)


def _subject(field: str, subject: Object, *, namespaced: bool) -> Iterator[FieldError]:
    name, kind = subject.get("name") or "", subject.get("kind") or ""
    if not name:
        yield required(f"{field}.name")
    if kind not in _SUBJECT_GROUPS:
        yield unsupported(f"{field}.kind", kind, list(_SUBJECT_GROUPS))
        return
    if kind == "ServiceAccount":
        if name:
            yield from words.complain(f"{field}.name", name, words.dns_subdomain(name))
        if not namespaced and not subject.get("namespace"):
            yield required(f"{field}.namespace")
    group = subject.get("apiGroup") or ""
    if group != _SUBJECT_GROUPS[kind]:
        yield unsupported(f"{field}.apiGroup", group, [_SUBJECT_GROUPS[kind]])


def same_role(old: Object, new: Object) -> Iterator[FieldError]:
    """A binding stays with its role."""
    role = new.get("roleRef") or {}
    if old.get("roleRef") != role:
        yield invalid("roleRef", role, "cannot change roleRef")
