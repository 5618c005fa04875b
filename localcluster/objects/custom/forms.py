"""Building blocks of structural schemas: OpenAPI v3 as a CustomResourceDefinition carries it.

Only what the served definitions use; the patterns are those of the Gateway API's shared types
(https://gateway-api.sigs.k8s.io/reference/spec/, v1.6).
"""

from __future__ import annotations

from typing import Any

from localcluster.types import Object

DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS_NAME = rf"{DNS_LABEL}(\.{DNS_LABEL})*"
GROUP = rf"^$|^{DNS_NAME}$"
KIND = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"
HOSTNAME = rf"^(\*\.)?{DNS_NAME}$"
SECTION = f"^{DNS_NAME}$"
HEADER = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$"
REASON = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
GATEWAY_GROUP = "gateway.networking.k8s.io"
NEVER = "1970-01-01T00:00:00Z"


def text(about: str, low: int = 0, high: int = 0, pattern: str = "", **more: Any) -> Object:
    """A string of `low` to `high` characters."""
    bounds = {"minLength": low, "maxLength": high, "pattern": pattern}
    return {"description": about, "type": "string", **{k: v for k, v in bounds.items() if v}, **more}


def choice(about: str, *words: str, **more: Any) -> Object:
    """A string that is one of some words."""
    return {"description": about, "type": "string", "enum": list(words), **more}


def whole(about: str, low: int, high: int, *, bits: int = 32, **more: Any) -> Object:
    """A whole number of `low` to `high`."""
    bounds = {"minimum": low, "maximum": high, "format": f"int{bits}"}
    return {"description": about, "type": "integer", **bounds, **more}


def struct(about: str, required: tuple[str, ...] = (), /, **properties: Object) -> Object:
    """An object with named fields; a trailing underscore is not part of a name."""
    named = {name.rstrip("_"): one for name, one in properties.items()}
    needed = {"required": list(required)} if required else {}
    return {"description": about, "type": "object", "properties": named, **needed}


def texts(about: str, **more: Any) -> Object:
    """A map from names to strings."""
    return {"description": about, "type": "object", "additionalProperties": {"type": "string"}, **more}


def items(about: str, item: Object, high: int, low: int = 0, keys: tuple[str, ...] = ()) -> Object:
    """A list of `low` to `high` items: one whole, or a map by some of the items' fields."""
    form: Object = {"x-kubernetes-list-type": "map" if keys else "atomic"}
    form |= {"x-kubernetes-list-map-keys": list(keys)} if keys else {}
    form |= {"minItems": low} if low else {}
    return {"description": about, "type": "array", "items": item, "maxItems": high, **form}


def group(default: str | None) -> Object:
    """The group of a reference."""
    more = {} if default is None else {"default": default}
    return text('API group of what is referred to; "" is the core group.', 0, 253, GROUP, **more)


def kind(default: str | None) -> Object:
    """The kind of a reference."""
    return text(
        "Kind of what is referred to.", 1, 63, KIND, **({} if default is None else {"default": default})
    )


def name() -> Object:
    """The name in a reference."""
    return text("Name of what is referred to.", 1, 253)


def namespace() -> Object:
    """The namespace in a reference."""
    return text("Namespace of what is referred to; the object's own when left out.", 1, 63, f"^{DNS_LABEL}$")


def port(about: str) -> Object:
    """A port number."""
    return whole(about, 1, 65535)


def conditions(high: int = 8, *pending: str) -> Object:
    """A list of conditions; those of the `pending` types stand there until a controller writes."""
    one = struct(
        "One aspect of the object's state.",
        ("lastTransitionTime", "message", "reason", "status", "type"),
        lastTransitionTime=text("When the status last changed.", format="date-time"),
        message=text("What it means, for people.", 0, 32768),
        observedGeneration=whole("The generation it was found for.", 0, 2**63 - 1, bits=64),
        reason=text("Why, in one word for programs.", 1, 1024, REASON),
        status=choice("Whether it holds.", "True", "False", "Unknown"),
        type=text("Which aspect.", 0, 316),
    )
    found = items("The state, aspect by aspect.", one, high, keys=("type",))
    return found | ({"default": [waiting(kind) for kind in pending]} if pending else {})


def waiting(kind: str) -> Object:
    """The condition of an object that no controller has looked at (the definitions' own words)."""
    return {
        "lastTransitionTime": NEVER,
        "message": "Waiting for controller",
        "reason": "Pending",
        "status": "Unknown",
        "type": kind,
    }


def whole_object(about: str, spec: Object, status: Object) -> Object:
    """A kind: its type, metadata, spec and status."""
    return struct(
        about,
        ("spec",),
        apiVersion=text("Version of the schema that this object is written in."),
        kind=text("Kind of this object."),
        metadata={"type": "object"},
        spec=spec,
        status=status,
    )
