"""The parts of a definition by names, so that they can be asked for like the official client's models.

The name of a part is its kind's model and the path to it: `V1Gateway`, `V1Gateway.spec.listeners`.
"""

from __future__ import annotations

from localcluster.objects.custom import definitions
from localcluster.types import Object

_PREFIX = "V1"


def find(model: str) -> Object | None:
    """The schema of a part with fields; None when no definition has it."""
    kind, *path = model.removeprefix(_PREFIX).split(".")
    if not model.startswith(_PREFIX) or not definitions.is_custom(kind):
        return None
    found = definitions.schema(kind)
    for name in path:
        found = innermost(found["properties"][name])
    return found


def innermost(schema: Object) -> Object:
    """The schema of what a list (of lists) is made of."""
    while schema["type"] == "array":
        schema = schema["items"]
    return schema


def field(model: str, name: str) -> Object | None:
    """The schema of a field of a part; None when no definition has it."""
    known: dict[str, Object] = (find(model) or {}).get("properties", {})
    return known.get(name)
