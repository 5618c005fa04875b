"""What the server has: versions, groups, resources and their verbs."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

from localcluster.storage import resources
from localcluster.storage.resources import EVENTS_VIEW, REVIEWS, Resource
from localcluster.types import Object

MAJOR, MINOR, PATCH = "1", "36", "2"
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_NOT_THERE = {"Namespace": ("deletecollection",)}
_SUBRESOURCE_VERBS = {
    "log": ("get",),
    "finalize": ("update",),
    **dict.fromkeys(("eviction", "token"), ("create",)),
    **dict.fromkeys(("attach", "exec", "portforward"), ("create", "get")),
}
_OTHER_KINDS = {
    "attach": {"kind": "PodAttachOptions"},
    "exec": {"kind": "PodExecOptions"},
    "portforward": {"kind": "PodPortForwardOptions"},
    "eviction": {"group": "policy", "version": "v1", "kind": "Eviction"},
    "scale": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
    "token": {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"},
}
_DEFAULT_SUBRESOURCE_VERBS = ("get", "patch", "update")


def verbs(resource: Resource) -> tuple[str, ...]:
    """The verbs a resource is served with."""
    if resource in REVIEWS:
        return ("create",)
    if resource is EVENTS_VIEW:
        return ("get", "list", "watch")
    return tuple(verb for verb in _VERBS if verb not in _NOT_THERE.get(resource.kind, ()))


def subresource_verbs(subresource: str) -> tuple[str, ...]:
    """The verbs a subresource is served with."""
    return _SUBRESOURCE_VERBS.get(subresource, _DEFAULT_SUBRESOURCE_VERBS)


def version() -> Object:
    """`GET /version`: the Kubernetes whose behaviour this is, and what it really runs on."""
    kernel, machine = platform.system().lower(), platform.machine()
    return {
        "major": MAJOR,
        "minor": MINOR,
        "emulationMajor": MAJOR,
        "emulationMinor": MINOR,
        "minCompatibilityMajor": MAJOR,
        "minCompatibilityMinor": MINOR,
        # Build metadata, which the order of versions ignores.
        "gitVersion": f"v{MAJOR}.{MINOR}.{PATCH}+localcluster",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": f"none (Python {platform.python_version()})",
        "compiler": sys.implementation.name,
        "platform": f"{kernel}/{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }",
    }


def core_versions(host: str) -> Object:
    """`GET /api`."""
    address = {"clientCIDR": "0.0.0.0/0", "serverAddress": host}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}


def groups() -> Object:
    """`GET /apis`."""
    names = dict.fromkeys(group for group, _ in resources.group_versions() if group)
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in names]}


def group(name: str) -> Object | None:
    """`GET /apis/apps`; None when there is no such group."""
    if not name or name not in {group for group, _ in resources.group_versions()}:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name)}


def _group(name: str) -> Object:
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version}
        for group, version in resources.group_versions()
        if group == name
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(group: str, version: str) -> Object:
    """`GET /apis/apps/v1`."""
    listed = [entry for resource in resources.serving(group, version) for entry in _entries(resource)]
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": listed}


def _entries(resource: Resource) -> Iterator[Object]:
    optional: Object = {"shortNames": list(resource.short), "categories": list(resource.categories)}
    yield {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(verbs(resource)),
        **{key: value for key, value in optional.items() if value},
    }
    for subresource in resource.subresources:
        entry: Object = {
            "name": f"{resource.plural}/{subresource}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": list(subresource_verbs(subresource)),
        }
        yield {**entry, **_OTHER_KINDS.get(subresource, {})}
