"""Rules of Services (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, forbidden, invalid, required
from localcluster.objects import services
from localcluster.objects.validation import labels, words
from localcluster.objects.validation.containers import PROTOCOLS
from localcluster.types import Object

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
_OUTSIDE = ("NodePort", "LoadBalancer")


def of_service(service: Object) -> Iterator[FieldError]:
    """What is wrong with a Service."""
    spec = service.get("spec") or {}
    kind, ports = str(spec.get("type")), spec.get("ports") or []
    if not ports and not _is_headless(spec) and kind != "ExternalName":
        yield required("spec.ports")
    yield from _of_type(spec, kind)
    yield from _ports(ports)
    yield from labels.of("spec.selector", spec.get("selector"))
    yield from words.one_of("spec.sessionAffinity", spec.get("sessionAffinity"), _AFFINITIES)
    if kind != "ExternalName":
        yield from _addresses(spec)
    yield from words.one_of("spec.type", kind, _TYPES)
    yield from _port_conflicts(ports, kind)
    yield from _policies(spec)


def _is_headless(spec: Object) -> bool:
    return (spec.get("clusterIPs") or [spec.get("clusterIP")]) == ["None"]


def _of_type(spec: Object, kind: str) -> Iterator[FieldError]:
    if kind in _OUTSIDE and _is_headless(spec):
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    if kind == "ExternalName":
        yield from _external_name(spec)


def _policies(spec: Object) -> Iterator[FieldError]:
    """Rules of who gets the traffic."""
    outer, inner = spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    if outer and not services.is_reachable(spec):
        why = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", outer, why)
    for word, policy in (("externalTrafficPolicy", outer), ("internalTrafficPolicy", inner)):
        yield from words.one_of(f"spec.{word}", policy or "Cluster", _POLICIES)


def _external_name(spec: Object) -> Iterator[FieldError]:
    addresses = spec.get("clusterIPs") or spec.get("clusterIP")
    for word in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if addresses if word == "clusterIPs" else spec.get(word):
            yield forbidden(f"spec.{word}", "may not be set for ExternalName services")
    name = spec.get("externalName") or ""
    yield from words.demand("spec.externalName", name, words.dns_subdomain(name.removesuffix(".")))


def _ports(ports: list[Object]) -> Iterator[FieldError]:
    names: set[str] = set()
    for index, port in enumerate(ports):
        yield from _port(f"spec.ports[{index}]", port, names, must_have_name=len(ports) > 1)


def _port_conflicts(ports: list[Object], kind: str) -> Iterator[FieldError]:
    """Ports that cannot be beside each other, or not in this type of Service."""
    numbers: set[tuple[object, ...]] = set()
    nodes: set[tuple[object, ...]] = set()
    for index, port in enumerate(ports):
        if port.get("nodePort") and kind == "ClusterIP":
            yield forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
    for index, port in enumerate(ports):
        key = (port.get("protocol"), port.get("nodePort"))
        if port.get("nodePort") and key in nodes:
            yield duplicate(f"spec.ports[{index}].nodePort", port["nodePort"])
        nodes.add(key)
    for index, port in enumerate(ports):
        key = (port.get("protocol"), port.get("port"))
        if key in numbers:
            yield duplicate(f"spec.ports[{index}]", port)
        numbers.add(key)


def _port(field: str, port: Object, names: set[str], *, must_have_name: bool) -> Iterator[FieldError]:
    name = port.get("name")
    if name:
        yield from words.complain(f"{field}.name", name, words.dns_label(name))
        if name in names:
            yield duplicate(f"{field}.name", name)
        names.add(name)
    elif must_have_name:
        yield required(f"{field}.name")
    yield from words.port_number(f"{field}.port", port.get("port", 0))
    yield from words.one_of(f"{field}.protocol", port.get("protocol"), PROTOCOLS)
    yield from words.port(f"{field}.targetPort", port.get("targetPort", 0))


def _addresses(spec: Object) -> Iterator[FieldError]:
    one = spec.get("clusterIP")
    many = spec.get("clusterIPs") or ([one] if one else [])
    if one and many[0] != one:
        yield invalid("spec.clusterIPs", many, "first value must match `clusterIP`")
    if many and not one:
        yield invalid("spec.clusterIPs", many, "must be empty when `clusterIP` is not specified")
    for index, address in enumerate(many):
        if address == "None" and index == 0:
            if len(many) > 1:
                yield invalid("spec.clusterIPs", many, "'None' must be the first and only value")
        else:
            yield from words.complain(f"spec.clusterIPs[{index}]", address, words.ip_address(address))
    # This cluster has IPv4 and nothing else.
    for index, family in enumerate(spec.get("ipFamilies") or []):
        if family != "IPv4":
            yield invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        why = "this cluster is not configured for dual-stack services"
        yield invalid("spec.ipFamilyPolicy", "RequireDualStack", why)


def of_change(old: Object, new: Object) -> Iterator[FieldError]:
    """A Service that has an address keeps it."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if "ExternalName" not in (before.get("type"), after.get("type")) and before.get("clusterIP"):
        one = after.get("clusterIP")
        if before["clusterIP"] != one:
            told = after.get("clusterIPs") or ([one] if one else None)
            why = "may not change once set" if told else "primary clusterIP can not be unset"
            yield invalid("spec.clusterIPs[0]", told, why)
