"""What a client sends and what it can read: media types.

After `k8s.io/apiserver/pkg/endpoints/handlers/negotiation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from localcluster.errors import NotAcceptable, UnsupportedMediaType

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
APPLY = "application/apply-patch+yaml"
STRATEGIC = "application/strategic-merge-patch+json"
PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    STRATEGIC,
    APPLY,
)
OFFERED = (JSON, YAML, PROTOBUF)
"""What a kube-apiserver offers to read and to write; here nothing is written in protobuf."""
Shape = Literal["object", "table"]
_SHAPES: dict[str, Shape] = {"": "object", "Table": "table"}
_JSON_NAMES = (JSON, "application/*", "*/*")
_WRITTEN = (*_JSON_NAMES, YAML)


@dataclass(frozen=True)
class Clause:
    """One alternative of an Accept header."""

    media_type: str
    parameters: dict[str, str]

    @property
    def quality(self) -> float:
        """How much it is wanted."""
        try:
            return float(self.parameters.get("q", "1"))
        except ValueError:
            return 0.0

    @property
    def shape(self) -> Shape | None:
        """The form it asks for, when that is one the server has."""
        shape = _SHAPES.get(self.parameters.get("as", ""))
        about = self.parameters.get("g"), self.parameters.get("v")
        return shape if shape in (None, "object") or about == ("meta.k8s.io", "v1") else None


def clauses(accept: str) -> list[Clause]:
    """The alternatives of an Accept header, the most wanted first."""
    return sorted(_clauses(accept), key=lambda clause: -clause.quality)


def _clauses(accept: str) -> Iterator[Clause]:
    for part in accept.split(","):
        media_type, *rest = (word.strip() for word in part.split(";"))
        pairs = (word.partition("=") for word in rest)
        yield Clause(media_type.lower(), {name.strip(): value.strip().strip('"') for name, _, value in pairs})


def shape(accept: str) -> Shape:
    """The form to answer in.

    Raises:
        NotAcceptable: The client reads none that the server writes.
    """
    if not accept.strip():
        return "object"
    for clause in clauses(accept):
        if (shape := _written(clause)) is not None:
            return shape
    raise NotAcceptable(f"only the following media types are accepted: {', '.join(OFFERED)}")


def in_yaml(accept: str) -> bool:
    """Whether an answer is to be written in YAML; in JSON, too, where the client reads neither."""
    found = next((clause for clause in clauses(accept) if _written(clause) is not None), None)
    return found is not None and found.media_type == YAML


def _written(clause: Clause) -> Shape | None:
    known = clause.media_type in _WRITTEN and clause.quality > 0
    return clause.shape if known else None


def body_type(content_type: str, *, custom: bool = False) -> str:
    """The media type of an object in a body: JSON unless named otherwise.

    Args:
        content_type: The header.
        custom: The object is of a custom kind, of which there are no protobuf messages.

    Raises:
        UnsupportedMediaType: The server cannot read it.
    """
    return _known(content_type, (JSON, YAML) if custom else OFFERED, JSON)


def patch_type(content_type: str, *, custom: bool = False) -> str:
    """The media type of a patch, `custom` if of a custom kind: no strategic merge; raises as `body_type`."""
    return _known(content_type, patches(custom=custom), "")


def patches(*, custom: bool) -> tuple[str, ...]:
    """The media types of patches of a kind; a custom one has no merge keys for the strategic merge."""
    return tuple(one for one in PATCHES if not (custom and one == STRATEGIC))


def _known(content_type: str, known: tuple[str, ...], default: str) -> str:
    media_type = content_type.partition(";")[0].strip().lower() or default
    if media_type not in known:
        raise UnsupportedMediaType(
            "the body of the request was in an unknown format - accepted media types include: "
            + ", ".join(known)
        )
    return media_type
