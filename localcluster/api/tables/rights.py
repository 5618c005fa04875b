"""Roles and their bindings as tables."""

from __future__ import annotations

from localcluster.api.tables.columns import Cell, Sheet, age, columns
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


_ROLE = Sheet(columns("Name", "Created At"), _role)
_BINDING = Sheet(columns("Name", "Role", "Age", wide=("Users", "Groups", "ServiceAccounts")), _binding)
SHEETS = {
    "ClusterRole": _ROLE,
    "ClusterRoleBinding": _BINDING,
    "Role": _ROLE,
    "RoleBinding": _BINDING,
}
