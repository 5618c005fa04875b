"""Which class an Ingress is of, which places it asks for, and whether another one has them already."""

from __future__ import annotations

from collections.abc import Iterable

from localcluster.types import Object

PREFIX = "nginx.ingress.kubernetes.io/"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
CONTROLLER = "k8s.io/ingress-nginx"
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


def overlap(ingress: Object, others: Iterable[Object]) -> str:
    """Why ingress-nginx's webhook refuses an Ingress; "" when it does not.

    After `checkOverlap` in its `internal/ingress/controller/controller.go`: paths are compared as they are
    written, whatever their type, and nothing is compared where an annotation says anything about a canary.

    Args:
        ingress: the one to be written.
        others: the other Ingresses of its class.
    """
    if annotation(ingress, "canary"):
        return ""
    stable = [other for other in others if not annotation(other, "canary")]
    owners = {place: other["metadata"] for other in reversed(stable) for place in _places(other)}
    for host, path in _places(ingress):
        if meta := owners.get((host, path)):
            where = f'host "{host}" and path "{path}"'
            return f"{where} is already defined in ingress {meta['namespace']}/{meta['name']}"
    return ""


def _places(ingress: Object) -> Iterable[tuple[str, str]]:
    for rule in ingress["spec"].get("rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            if path["backend"].get("service"):
                yield rule.get("host") or "_", path.get("path") or "/"


def _annotations(obj: Object) -> Object:
    return obj["metadata"].get("annotations") or {}
