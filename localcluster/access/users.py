"""Users as the API server knows them: a name, groups, and what else a credential says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcluster.types import Object

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
_PREFIX = "system:serviceaccount:"
_ACCOUNTS = "system:serviceaccounts"


@dataclass(frozen=True)
class User:
    """Somebody who makes a request."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_master(self) -> bool:
        """Whether no rule is asked."""
        return MASTERS in self.groups

    def info(self) -> Object:
        """The `UserInfo` that reviews show."""
        found: Object = {"username": self.name, "uid": self.uid, "groups": list(self.groups)}
        found["extra"] = {key: list(values) for key, values in self.extra.items()}
        return {key: value for key, value in found.items() if value}


ADMINISTRATOR = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
"""The bearer of the cluster's own token, who may do everything."""


def account_name(namespace: str, name: str) -> str:
    """The user name of a ServiceAccount."""
    return f"{_PREFIX}{namespace}:{name}"


def account_groups(namespace: str) -> tuple[str, ...]:
    """The groups each ServiceAccount of a namespace is in."""
    return (_ACCOUNTS, f"{_ACCOUNTS}:{namespace}", AUTHENTICATED)


def account_of(user: str) -> tuple[str, str] | None:
    """Namespace and name of the ServiceAccount a user name stands for; None for anybody else."""
    namespace, colon, name = user.removeprefix(_PREFIX).partition(":")
    return (namespace, name) if user.startswith(_PREFIX) and colon and namespace and name else None
