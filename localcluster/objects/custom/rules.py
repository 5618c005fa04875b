"""The rules that the Gateway API's definitions write in CEL (`x-kubernetes-validations`, v1.6).

Each has the words of the definition; the value shown is, as in Kubernetes, the type of what the rule is on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from localcluster.errors import FieldError, invalid
from localcluster.types import Object

_SERVICE = re.compile(r"\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*", re.IGNORECASE | re.ASCII)
_METHOD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_WITHOUT_TLS = ("HTTP", "TCP", "UDP")
_FILTERS = {one: one[0].lower() + one[1:] for one in ("RequestHeaderModifier", "ResponseHeaderModifier")}


def broken(kind: str, obj: Object, old: Object | None) -> Iterator[FieldError]:
    """The rules that an object breaks whose schema is kept; `old` is how it was."""
    yield from _RULES[kind](obj)
    if kind == "GatewayClass" and old and old["spec"]["controllerName"] != obj["spec"]["controllerName"]:
        yield invalid("spec.controllerName", "string", "Value is immutable")


def _no_rules(_: Object) -> Iterator[FieldError]:
    yield from ()


# -- Gateway


def _gateway(obj: Object) -> Iterator[FieldError]:
    listeners, place = obj["spec"]["listeners"], "spec.listeners"
    if any(one["protocol"].upper() in _WITHOUT_TLS and "tls" in one for one in listeners):
        yield invalid(place, "array", f"tls must not be specified for protocols {list(_WITHOUT_TLS)}")
    if any(_same_place(one, other) for one, other in combinations(listeners, 2)):
        yield invalid(
            place, "array", "Combination of port, protocol and hostname must be unique for each listener"
        )
    for index, one in enumerate(listeners):
        tls = one.get("tls")
        if tls is not None and tls["mode"] == "Terminate" and not tls.get("certificateRefs"):
            words = "certificateRefs or options must be specified when mode is Terminate"
            yield invalid(f"{place}[{index}].tls", "object", words)


def _same_place(one: Object, other: Object) -> bool:
    return all(one.get(key) == other.get(key) for key in ("port", "protocol", "hostname"))


# -- GRPCRoute


def _route(obj: Object) -> Iterator[FieldError]:
    for index, rule in enumerate((obj.get("spec") or {}).get("rules") or []):
        yield from _rule(f"spec.rules[{index}]", rule)


def _rule(place: str, rule: Object) -> Iterator[FieldError]:
    for index, match in enumerate(rule.get("matches") or []):
        if "method" in match:
            yield from _method(f"{place}.matches[{index}].method", match["method"])
    yield from _filters(f"{place}.filters", rule.get("filters") or [])
    for index, backend in enumerate(rule.get("backendRefs") or []):
        here = f"{place}.backendRefs[{index}]"
        yield from _backend(here, backend)
        yield from _filters(f"{here}.filters", backend.get("filters") or [])


def _method(place: str, method: Object) -> Iterator[FieldError]:
    if "service" not in method and "method" not in method:
        yield invalid(place, "object", "One or both of 'service' or 'method' must be specified")
    if method["type"] != "Exact":
        return
    for word, form in (("service", _SERVICE), ("method", _METHOD)):
        if word in method and not form.fullmatch(method[word]):
            why = f"{word} must only contain valid characters (matching ^{form.pattern}$)"
            yield invalid(place, "object", why)


def _filters(place: str, filters: list[Object]) -> Iterator[FieldError]:
    for index, one in enumerate(filters):
        name = _FILTERS[one["type"]]
        if name not in one or len(one.keys() & set(_FILTERS.values())) > 1:
            words = f"filter.{name} must be specified for {one['type']} filter.type, and no other"
            yield invalid(f"{place}[{index}]", "object", words)


def _backend(place: str, backend: Object) -> Iterator[FieldError]:
    if not backend["group"] and backend["kind"] == "Service" and "port" not in backend:
        yield invalid(place, "object", "Must have port for Service reference")


_RULES: dict[str, Callable[[Object], Iterator[FieldError]]] = {
    "GRPCRoute": _route,
    "Gateway": _gateway,
    "GatewayClass": _no_rules,
}
