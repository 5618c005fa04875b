"""What an Ingress says of itself: its class, its annotations, whether it is a canary."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.types import Object

PREFIX = "nginx.ingress.kubernetes.io/"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def class_of(ingress: Object) -> str:
    """The class an Ingress asks for: the field, else the annotation from before it."""
    return str(ingress["spec"].get("ingressClassName") or _annotations(ingress).get(CLASS_ANNOTATION, ""))


def annotation(ingress: Object, name: str, default: str = "") -> str:
    """The value of one of ingress-nginx's annotations."""
    return str(_annotations(ingress).get(PREFIX + name, default)).strip()


def is_canary(ingress: Object) -> bool:
    """Whether an Ingress only takes a share of another one's requests."""
    return annotation(ingress, "canary").lower() == "true"


def admit(ingress: Object, classes: Iterable[Object]) -> None:
    """Give a new Ingress without a class the default one, in place (the DefaultIngressClass plugin)."""
    spec = ingress.setdefault("spec", {})
    if spec.get("ingressClassName") is not None or CLASS_ANNOTATION in _annotations(ingress):
        return
    marked = [one["metadata"] for one in classes if _annotations(one).get(_DEFAULT_CLASS) == "true"]
    # Of several the newest, and then the first by name.
    marked.sort(key=lambda meta: meta["name"])
    marked.sort(key=lambda meta: meta["creationTimestamp"], reverse=True)
    if marked:
        spec["ingressClassName"] = marked[0]["name"]


def _annotations(obj: Object) -> Object:
    return obj["metadata"].get("annotations") or {}
