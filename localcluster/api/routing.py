"""Which object, or which list of objects, a path names (`k8s.io/apiserver/pkg/endpoints/request`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localcluster.errors import NoSuchPath
from localcluster.storage import resources
from localcluster.storage.resources import Resource

_NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True)
class Target:
    """What a request is about."""

    resource: Resource
    namespace: str | None
    """None for kinds outside namespaces, and for a list over all namespaces."""
    name: str = ""
    """"" for a list."""
    subresource: str = ""

    @property
    def place(self) -> str:
        """The namespace as the store has it: "" for kinds outside namespaces."""
        return self.namespace or ""


def group_and_rest(segments: Sequence[str]) -> tuple[str, str, list[str]] | None:
    """Group, version and the rest of a path below `/api` or `/apis`; None when nothing is served there."""
    found: tuple[str, str, list[str]]
    if segments[:2] == ["api", "v1"]:
        found = "", "v1", list(segments[2:])
    elif segments[:1] == ["apis"] and len(segments) > 2:
        found = segments[1], segments[2], list(segments[3:])
    else:
        return None
    return found if found[:2] in resources.group_versions() else None


def resolve(group: str, version: str, parts: Sequence[str]) -> Target:
    """The target of the path behind a group and version.

    Raises:
        NoSuchPath: The group has no such resource, or not at this place.
    """
    namespace: str | None = None
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
        namespace, parts = parts[1], parts[2:]
    resource = resources.lookup(group, version, parts[0])
    if resource is None or "" in parts or namespace == "":
        raise NoSuchPath
    name, subresource = (*parts[1:3], "", "")[:2]
    misplaced = bool(namespace) if not resource.namespaced else bool(name) and namespace is None
    if misplaced:
        raise NoSuchPath
    return Target(resource, namespace, name, subresource)
