"""Nobody gives rights that he has not: who writes roles and bindings holds what they grant.

After `k8s.io/kubernetes/pkg/registry/rbac`: the verbs `escalate` and `bind` are the way around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from localcluster.access import rules
from localcluster.access.rules import Attributes
from localcluster.access.users import User
from localcluster.errors import Forbidden
from localcluster.storage.resources import BY_KIND
from localcluster.storage.store import Store
from localcluster.types import Object, dump

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def check(store: Store, user: User, kind: str, obj: Object) -> None:
    """Let a role or binding pass that grants no more than its writer holds; raises `Forbidden`."""
    if kind not in (*ROLES, *BINDINGS) or user.is_master:
        return
    resource, meta = BY_KIND[kind], obj.get("metadata") or {}
    name, namespace = meta.get("name") or "", meta.get("namespace") or ""
    if kind in ROLES:
        way, granted = Attributes("escalate", resource.group, resource.plural, "", name, namespace), obj
    else:
        reference = obj.get("roleRef") or {}
        role = BY_KIND.get(reference.get("kind", ""), resource)
        way = Attributes("bind", role.group, role.plural, "", reference.get("name", ""), namespace)
        record = store.get(role.kind, namespace if role.namespaced else "", way.name)
        granted = record.view if record else {}
    if rules.decide(store, user, way).allowed:
        return
    held = rules.rules(store, user, namespace)
    missing = [one for one in _single(granted.get("rules") or []) if not _covered(one, held)]
    if missing:
        groups = " ".join(map(dump, user.groups))
        why = (
            f"user {dump(user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions "
            "not currently held:\n" + "\n".join(sorted(_described(missing)))
        )
        raise Forbidden.object(resource, name, why)


def _single(granted: Iterable[Object]) -> Iterator[Attributes]:
    """Rules as single rights; stars stand for themselves."""
    for rule in granted:
        verbs = rule.get("verbs") or []
        for verb, path in product(verbs, rule.get("nonResourceURLs") or []):
            yield Attributes(verb, path=path)
        names = rule.get("resourceNames") or [""]
        for group, resource, name in product(rule.get("apiGroups") or [], rule.get("resources") or [], names):
            for verb in verbs:
                plural, _, subresource = resource.partition("/")
                yield Attributes(verb, group, plural, subresource, name)


def _covered(right: Attributes, held: Iterable[Object]) -> bool:
    return any(rules.matches(rule, right) for rule in held)


def _described(missing: Iterable[Attributes]) -> Iterator[str]:
    """Rights as the API server writes them, one line for each resource."""
    verbs: dict[Attributes, list[str]] = {}
    for one in missing:
        place = Attributes("", one.group, one.resource, one.subresource, one.name, path=one.path)
        verbs.setdefault(place, []).append(one.verb)
    for place, words in verbs.items():
        parts = [f"APIGroups:[{dump(place.group)}]", f"Resources:[{dump(place.whole)}]"]
        if place.path:
            parts = [f"NonResourceURLs:[{dump(place.path)}]"]
        elif place.name:
            parts.append(f"ResourceNames:[{dump(place.name)}]")
        yield "{" + ", ".join([*parts, f"Verbs:[{' '.join(map(dump, words))}]"]) + "}"
