"""OpenAPI v2, as a document that describes nothing: who reads it goes on without.

A client of today asks for it where the newer documents do not know a kind, and must then hear that there is
no such kind, not that the server is broken.
"""

from __future__ import annotations

from localcluster.api import discovery
from localcluster.types import dump

PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_VERSION, _TITLE = "2.0", "Kubernetes"


def document(accept: str) -> tuple[bytes, str]:
    """`GET /openapi/v2`: the document in the form a client accepts, and its content type."""
    release = str(discovery.version()["gitVersion"])
    if _ASKED in accept or PROTOBUF in accept:
        info = _field(1, _TITLE.encode()) + _field(2, release.encode())
        return _field(1, _VERSION.encode()) + _field(2, info), PROTOBUF
    content = {"swagger": _VERSION, "info": {"title": _TITLE, "version": release}, "paths": {}}
    return dump(content).encode(), "application/json"


def _field(number: int, content: bytes) -> bytes:
    """A field of a message of Protocol Buffers, of text or of a message; shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content
