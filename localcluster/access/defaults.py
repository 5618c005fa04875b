"""The roles each cluster has (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.access.users import AUTHENTICATED, MASTERS
from localcluster.types import Object

_EVERY = ["*"]
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_PUBLIC = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]
_CORE = ["configmaps", "endpoints", "pods", "serviceaccounts", "services"]
_CORE_READ = [*_CORE, "events", "namespaces", "pods/log", "pods/status", "services/status"]
_APPS = ["deployments", "deployments/scale", "replicasets", "replicasets/scale"]
_RIGHTS = "rbac.authorization.k8s.io"


def default_rights() -> Iterator[tuple[str, Object]]:
    """Kind and object of each default role and binding, as far as what they name is served here."""
    for name, rules in _roles().items():
        yield "ClusterRole", {"metadata": _meta(name), "rules": rules}
    for name, group in _BINDINGS.items():
        yield "ClusterRoleBinding", _binding(name, group)


_BINDINGS = {
    "cluster-admin": MASTERS,
    "system:basic-user": AUTHENTICATED,
    "system:discovery": AUTHENTICATED,
    "system:public-info-viewer": AUTHENTICATED,
}


def _meta(name: str) -> Object:
    annotations = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
    return {
        "name": name,
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": annotations,
    }


def _binding(name: str, group: str) -> Object:
    subject = {"kind": "Group", "name": group, "apiGroup": _RIGHTS}
    reference = {"kind": "ClusterRole", "name": name, "apiGroup": _RIGHTS}
    return {"metadata": _meta(name), "subjects": [subject], "roleRef": reference}


def _rule(group: str, resources: list[str], verbs: list[str]) -> Object:
    return {"verbs": verbs, "apiGroups": [group], "resources": resources}


def _roles() -> dict[str, list[Object]]:
    view = [
        _rule("", _CORE_READ, _READ),
        _rule("apps", [*_APPS, "deployments/status", "replicasets/status"], _READ),
        _rule("networking.k8s.io", ["ingresses", "ingresses/status"], _READ),
        _rule("discovery.k8s.io", ["endpointslices"], _READ),
    ]
    edit = [
        *view,
        _rule("", [*_CORE, "secrets"], [*_WRITE, *_READ]),
        _rule("apps", _APPS, _WRITE),
        _rule("networking.k8s.io", ["ingresses"], _WRITE),
        _rule("", ["serviceaccounts"], ["impersonate"]),
        _rule("", ["serviceaccounts/token"], ["create"]),
    ]
    own = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
    return {
        "cluster-admin": [
            _rule("*", _EVERY, _EVERY),
            {"verbs": _EVERY, "nonResourceURLs": _EVERY},
        ],
        "admin": [
            *edit,
            _rule(_RIGHTS, ["roles", "rolebindings"], [*_WRITE, *_READ]),
        ],
        "edit": edit,
        "view": view,
        "system:basic-user": [
            _rule("authorization.k8s.io", own, ["create"]),
            _rule("authentication.k8s.io", ["selfsubjectreviews"], ["create"]),
        ],
        "system:discovery": [{"verbs": ["get"], "nonResourceURLs": [*_DISCOVERY, *_PUBLIC]}],
        "system:public-info-viewer": [{"verbs": ["get"], "nonResourceURLs": _PUBLIC}],
    }
