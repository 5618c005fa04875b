"""The objects that are looked at, whether they come from a cluster or from files.

Nothing is asked of an object's shape: files may hold anything, and what is not there or is of another type
counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.lab.objects import Object

# Groups of kinds whose names others use too: Knative has a Service, Istio a Gateway, OpenShift an Ingress.
GROUPS = {
    "Service": ("",),
    "Pod": ("",),
    "Namespace": ("",),
    "ConfigMap": ("",),
    "Ingress": ("networking.k8s.io", "extensions"),
    "Gateway": ("gateway.networking.k8s.io",),
}


def at(value: Any, *path: str) -> Any:
    """Return what stands at a path of keys, None where there is nothing."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def each(value: Any, *path: str) -> list[Object]:
    """Return the mappings of the list at a path of keys."""
    found = at(value, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def mapping(value: Any, *path: str) -> dict[str, Any]:
    """Return the mapping at a path of keys, an empty one where there is none."""
    found = at(value, *path)
    return {str(key): one for key, one in found.items()} if isinstance(found, dict) else {}


def texts(value: Any, *path: str) -> dict[str, str]:
    """Return labels or annotations; YAML's true and false as a server would have them."""
    return {
        key: str(one).lower() if isinstance(one, bool) else str(one)
        for key, one in mapping(value, *path).items()
    }


def number(value: Any) -> int | None:
    """Return a whole number, also one in quotes; None for anything else, such as a template's placeholder."""
    if isinstance(value, bool):
        return None
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None


def name_of(item: Object) -> str:
    """Return an object's name, empty where it has none."""
    return str(at(item, "metadata", "name") or "")


def group_of(item: Object) -> str:
    """Return the group of an object's API, empty for the core."""
    return str(item.get("apiVersion") or "").rpartition("/")[0]


def reference(item: Object) -> str:
    """Return an object as kubectl writes it: ``service/checkout``."""
    return f"{str(item.get('kind')).lower()}/{name_of(item)}"


@dataclass(frozen=True)
class Inventory:
    """Objects, and how far they are to be trusted.

    Attributes:
        items: The objects.
        namespace: Where an object lives that does not say it.
        live: Whether a cluster told them: what is not among them is not there, unless it could not be read.
        unread: Kinds that could not be read.
    """

    items: Sequence[Object]
    namespace: str = "default"
    live: bool = False
    unread: frozenset[str] = field(default_factory=frozenset)

    def namespace_of(self, item: Object) -> str:
        """Return where an object lives."""
        return str(at(item, "metadata", "namespace") or self.namespace)

    def of(self, *kinds: str, namespace: str | None = None) -> list[Object]:
        """Return the objects of some kinds, of one namespace or of all."""
        return [
            item
            for item in self.items
            if item.get("kind") in kinds
            and _is(item)
            and (namespace is None or self.namespace_of(item) == namespace)
        ]

    def find(self, kind: str, namespace: str | None, name: str) -> Object | None:
        """Return one object, or None."""
        found = self.of(kind, namespace=namespace)
        return next((item for item in found if name_of(item) == name), None)


def _is(item: Object) -> bool:
    """Whether an object is of the API's own kind of that name; one without a version is taken for it."""
    groups = GROUPS.get(str(item.get("kind")))
    return groups is None or not item.get("apiVersion") or group_of(item) in groups


def flat(documents: Iterable[Any]) -> list[Object]:
    """Return the objects of documents, those of a ``List`` one by one; whatever is no object is left out."""
    found: list[Object] = []
    for document in documents:
        if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
            continue
        if document["kind"].endswith("List") and isinstance(document.get("items"), list):
            kind = {"kind": document["kind"].removesuffix("List")} if document["kind"] != "List" else {}
            found += flat({**kind, **one} for one in document["items"] if isinstance(one, dict))
        else:
            found.append(document)
    return found
