"""Aggregated discovery: all groups, versions and resources in one answer, where a client can read that.

After `k8s.io/api/apidiscovery/v2` and `k8s.io/apiserver/pkg/endpoints/discovery/aggregated`.
"""

from __future__ import annotations

from aiohttp import web

from localcluster.api import answers, discovery, negotiation
from localcluster.storage import resources
from localcluster.types import Object

_GROUP = "apidiscovery.k8s.io"
_KIND = "APIGroupDiscoveryList"
# Clients tell by it which of the two forms they were given.
_CONTENT_TYPE = f"{negotiation.JSON};g={_GROUP};v=v2;as={_KIND}"


def wanted(accept: str) -> bool:
    """Whether the first form of an Accept header that the server can write is the aggregated one."""
    for clause in negotiation.clauses(accept):
        asked = tuple(clause.parameters.get(key, "") for key in ("g", "v", "as"))
        if clause.media_type == negotiation.JSON and asked == (_GROUP, "v2", _KIND):
            return clause.quality > 0
        if clause.media_type == negotiation.JSON and not any(asked):
            return False
    return False


def answer(request: web.Request, names: list[str]) -> web.Response:
    """The groups of these names, `[""]` for the core group."""
    items = [_group(name) for name in names]
    body = {"kind": _KIND, "apiVersion": f"{_GROUP}/v2", "metadata": {}, "items": items}
    response = answers.value(request, body)
    response.headers["Content-Type"] = _CONTENT_TYPE
    response.headers["Vary"] = "Accept"
    return response


def _group(name: str) -> Object:
    versions = [version for group, version in resources.group_versions() if group == name]
    return {
        "metadata": {**({"name": name} if name else {}), "creationTimestamp": None},
        "versions": [_version(name, version) for version in versions],
    }


def _version(group: str, version: str) -> Object:
    found: dict[str, Object] = {}
    for entry in discovery.resource_list(group, version)["resources"]:
        name, _, subresource = entry["name"].partition("/")
        if subresource:
            found[name].setdefault("subresources", []).append(
                {
                    "subresource": subresource,
                    "responseKind": _kind(entry, group, version),
                    "verbs": entry["verbs"],
                }
            )
        else:
            found[name] = _resource(entry, group, version)
    return {"version": version, "resources": list(found.values()), "freshness": "Current"}


def _resource(entry: Object, group: str, version: str) -> Object:
    optional: Object = {key: entry[key] for key in ("shortNames", "categories") if key in entry}
    return {
        "resource": entry["name"],
        "responseKind": _kind(entry, group, version),
        "scope": "Namespaced" if entry["namespaced"] else "Cluster",
        "singularResource": entry["singularName"],
        "verbs": entry["verbs"],
        **optional,
    }


def _kind(entry: Object, group: str, version: str) -> Object:
    return {
        "group": entry.get("group", group),
        "version": entry.get("version", version),
        "kind": entry["kind"],
    }
