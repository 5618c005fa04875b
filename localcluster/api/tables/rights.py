"""Roles and their bindings as tables."""

from __future__ import annotations

from localcluster.api.tables.columns import AGE, NAME, Cell, Column, Sheet, age
from localcluster.types import Object


def _role(role: Object) -> list[Cell]:
    return [role["metadata"]["name"], role["metadata"].get("creationTimestamp") or ""]


def _binding(binding: Object) -> list[Cell]:
    reference, subjects = binding.get("roleRef") or {}, binding.get("subjects") or []
    named = {kind: [one["name"] for one in subjects if one.get("kind") == kind] for kind in ("User", "Group")}
    accounts = [
        f"{one.get('namespace', '')}/{one['name']}" for one in subjects if one.get("kind") == "ServiceAccount"
    ]
    listed = [", ".join(words) for words in (named["User"], named["Group"], accounts)]
    role = f"{reference.get('kind', '')}/{reference.get('name', '')}"
    return [binding["metadata"]["name"], role, age(binding), *listed]


_ROLE = Sheet((NAME, Column("Created At", "When the object was created", "date")), _role)
_BINDING = Sheet(
    (
        NAME,
        Column("Role", "The role that is granted"),
        AGE,
        Column("Users", "Users it is granted to", wide=True),
        Column("Groups", "Groups it is granted to", wide=True),
        Column("ServiceAccounts", "ServiceAccounts it is granted to", wide=True),
    ),
    _binding,
)
SHEETS = {
    "ClusterRole": _ROLE,
    "ClusterRoleBinding": _BINDING,
    "Role": _ROLE,
    "RoleBinding": _BINDING,
}
