"""Rules of Services (`pkg/apis/core/validation/validation.go`)."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, forbidden, invalid, required, unsupported
from localcluster.objects.validation import metadata, words
from localcluster.objects.validation.containers import PROTOCOLS
from localcluster.types import Object

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
_LONGEST_AFFINITY_SECONDS = 86400


def of_service(service: Object) -> Iterator[FieldError]:
    """What is wrong with a Service."""
    spec = service.get("spec") or {}
    kind, ports = spec.get("type"), spec.get("ports") or []
    if not ports and spec.get("clusterIP") != "None" and kind != "ExternalName":
        yield required("spec.ports")
    if kind == "ExternalName":
        yield from _external_name(spec)
    yield from _ports(ports, str(kind))
    yield from metadata.of_labels("spec.selector", spec.get("selector"))
    yield from _affinity(spec)
    if kind not in _TYPES:
        yield unsupported("spec.type", kind, _TYPES)
    yield from _addresses(spec)
    for word in ("externalTrafficPolicy", "internalTrafficPolicy"):
        if spec.get(word) not in (None, *_POLICIES):
            yield unsupported(f"spec.{word}", spec[word], _POLICIES)
    yield from _load_balancer(spec, str(kind))
    if spec.get("externalTrafficPolicy") and kind not in ("NodePort", "LoadBalancer"):
        why = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], why)


def _load_balancer(spec: Object, kind: str) -> Iterator[FieldError]:
    if spec.get("loadBalancerClass") and kind != "LoadBalancer":
        yield forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")
    local = kind == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"
    if spec.get("healthCheckNodePort") and not local:
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", spec["healthCheckNodePort"], why)


def _external_name(spec: Object) -> Iterator[FieldError]:
    for word in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(word):
            yield forbidden(f"spec.{word}", "may not be set for ExternalName services")
    name = spec.get("externalName") or ""
    if not name:
        yield required("spec.externalName")
    else:
        yield from words.complain("spec.externalName", name, words.dns_subdomain(name.removesuffix(".")))


def _ports(ports: list[Object], kind: str) -> Iterator[FieldError]:
    names: set[str] = set()
    seen: set[tuple[object, ...]] = set()
    for index, port in enumerate(ports):
        here = f"spec.ports[{index}]"
        yield from _port(here, port, names, must_have_name=len(ports) > 1)
        key = (port.get("protocol"), port.get("port"))
        if key in seen:
            yield duplicate(here, {"protocol": key[0], "port": key[1]})
        seen.add(key)
        if port.get("nodePort") and kind == "ClusterIP":
            yield forbidden(f"{here}.nodePort", "may not be used when `type` is 'ClusterIP'")


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
    if port.get("protocol") not in PROTOCOLS:
        yield unsupported(f"{field}.protocol", port.get("protocol"), PROTOCOLS)
    yield from words.port(f"{field}.targetPort", port.get("targetPort", 0))
    if port.get("appProtocol"):
        complaints = words.qualified_name(port["appProtocol"])
        yield from words.complain(f"{field}.appProtocol", port["appProtocol"], complaints)


def _affinity(spec: Object) -> Iterator[FieldError]:
    affinity = spec.get("sessionAffinity")
    if affinity not in _AFFINITIES:
        yield unsupported("spec.sessionAffinity", affinity, _AFFINITIES)
    seconds = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds")
    if seconds is not None and not 0 < seconds <= _LONGEST_AFFINITY_SECONDS:
        field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        yield invalid(field, seconds, f"must be greater than 0 and less than {_LONGEST_AFFINITY_SECONDS}")


def _addresses(spec: Object) -> Iterator[FieldError]:
    one, many = spec.get("clusterIP"), spec.get("clusterIPs") or []
    if "None" in (one, *many) and spec.get("type") in ("NodePort", "LoadBalancer"):
        why = f"may not be set to 'None' for {spec['type']} services"
        yield invalid("spec.clusterIPs[0]", "None", why)
    # This cluster has IPv4 and nothing else.
    for index, family in enumerate(spec.get("ipFamilies") or []):
        if family == "IPv6":
            yield invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        why = "this cluster is not configured for dual-stack services"
        yield invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], why)
    if many and one and many[0] != one:
        yield invalid("spec.clusterIPs", many, "first value must match `clusterIP`")
    for index, address in enumerate(many or ([one] if one else [])):
        if address == "None":
            if len(many) > 1:
                yield invalid(f"spec.clusterIPs[{index}]", address, "'None' must be the first and only value")
        else:
            yield from words.complain(f"spec.clusterIPs[{index}]", address, words.ip_address(address))


def of_change(old: Object, new: Object) -> Iterator[FieldError]:
    """A Service that has an address keeps it."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if "ExternalName" in (before.get("type"), after.get("type")):
        return
    if before.get("clusterIP") and before["clusterIP"] != after.get("clusterIP"):
        yield invalid("spec.clusterIPs[0]", after.get("clusterIPs"), "may not change once set")
