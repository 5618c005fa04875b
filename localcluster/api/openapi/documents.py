"""The OpenAPI v3 documents: an index, and one document for each group and version."""

from __future__ import annotations

from localcluster.api import discovery
from localcluster.api.openapi.paths import paths
from localcluster.api.openapi.schemas import Schemas
from localcluster.storage import resources
from localcluster.types import Object, dump


def index() -> Object:
    """`GET /openapi/v3`.

    The addresses carry no hash, so clients do not keep the documents: they are made from models that change
    with the installed client, and made quickly.
    """
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in _documents()}}


def document(path: str) -> str | None:
    """`GET /openapi/v3/apis/apps/v1`: the document as JSON text; None when there is none."""
    found = _documents().get(path.strip("/"))
    if found is None:
        return None
    schemas = Schemas()
    described: Object = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": discovery.version()["gitVersion"]},
        "paths": {},
        "components": {"schemas": schemas.found},
    }
    for resource in resources.serving(*found):
        described["paths"] |= dict(paths(resource, schemas))
    # Kinds first seen as a part of others are put in order, so that two documents are the same text.
    described["components"]["schemas"] = dict(sorted(schemas.found.items()))
    return dump(described)


def _documents() -> dict[str, tuple[str, str]]:
    versions = resources.group_versions()
    return {
        f"apis/{group}/{version}" if group else f"api/{version}": (group, version)
        for group, version in versions
    }
