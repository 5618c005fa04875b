"""Rules of EndpointSlices and Endpoints (`pkg/apis/discovery/validation`, `pkg/apis/core/validation`).

Addresses of the loopback range, which Kubernetes refuses, are the pods' own here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, invalid, required, too_many, unsupported
from localcluster.objects.validation import metadata, words
from localcluster.types import Object

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_MOST_ENDPOINTS = 1000
_MOST_ADDRESSES = 100
_MOST_PORTS = 100
_MOST_ZONES = 8


def of_endpoint_slice(piece: Object) -> Iterator[FieldError]:
    """What is wrong with an EndpointSlice."""
    kind = piece.get("addressType") or ""
    if not kind:
        yield required("addressType")
    elif kind not in _ADDRESS_TYPES:
        yield unsupported("addressType", kind, _ADDRESS_TYPES)
    endpoints = piece.get("endpoints") or []
    if len(endpoints) > _MOST_ENDPOINTS:
        yield too_many("endpoints", len(endpoints), _MOST_ENDPOINTS)
    else:
        for index, endpoint in enumerate(endpoints):
            yield from _endpoint(f"endpoints[{index}]", endpoint, kind)
    ports = piece.get("ports") or []
    if len(ports) > _MOST_PORTS:
        yield too_many("ports", len(ports), _MOST_PORTS)
    else:
        yield from _slice_ports(ports)


def _slice_ports(ports: list[Object]) -> Iterator[FieldError]:
    names: set[str] = set()
    for index, port in enumerate(ports):
        here, name = f"ports[{index}]", port.get("name") or ""
        yield from _port_name(here, name)
        if name in names:
            yield duplicate(f"{here}.name", name)
        names.add(name)
        yield from _protocol(here, port)


def _port_name(field: str, name: str) -> Iterator[FieldError]:
    if name:
        yield from words.complain(f"{field}.name", name, words.dns_label(name))


def _protocol(field: str, port: Object) -> Iterator[FieldError]:
    if not port.get("protocol"):
        yield required(f"{field}.protocol")
    elif port["protocol"] not in _PROTOCOLS:
        yield unsupported(f"{field}.protocol", port["protocol"], _PROTOCOLS)
    if (protocol := port.get("appProtocol")) is not None:
        yield from words.complain(f"{field}.appProtocol", protocol, words.qualified_name(protocol))


def _endpoint(field: str, endpoint: Object, kind: str) -> Iterator[FieldError]:
    addresses = endpoint.get("addresses") or []
    if not addresses:
        yield required(f"{field}.addresses", "must contain at least 1 address")
    elif len(addresses) > _MOST_ADDRESSES:
        yield too_many(f"{field}.addresses", len(addresses), _MOST_ADDRESSES)
    for index, address in enumerate(addresses):
        yield from _address(f"{field}.addresses[{index}]", address, kind)
    yield from _place(field, endpoint)
    zones = (endpoint.get("hints") or {}).get("forZones") or []
    yield from _zones(f"{field}.hints.forZones", zones)


def _place(field: str, address: Object) -> Iterator[FieldError]:
    """The node and the host name of an endpoint."""
    for key, test in (("nodeName", words.dns_subdomain), ("hostname", words.dns_label)):
        if (name := address.get(key)) is not None:
            yield from words.complain(f"{field}.{key}", name, test(name))


def _address(field: str, address: str, kind: str) -> Iterator[FieldError]:
    if kind == "FQDN":
        yield from _domain(field, address)
    elif kind in ("IPv4", "IPv6"):
        found = words.ip_address(address)
        yield from words.complain(field, address, found)
        if found:
            return
        if ipaddress.ip_address(address).version != int(kind[-1]):
            yield invalid(field, address, f"must be an {kind} address")
        yield from _reachable(field, address)


def _reachable(field: str, address: str) -> Iterator[FieldError]:
    if not ipaddress.ip_address(address).is_loopback:
        yield from words.complain(field, address, words.ordinary_address(address))


def _domain(field: str, name: str) -> Iterator[FieldError]:
    """A fully qualified domain name (`IsFullyQualifiedDomainName`)."""
    name = name.removesuffix(".")
    if not name:
        yield required(field)
    elif complaints := words.dns_subdomain(name):
        yield invalid(field, name, ",".join(complaints))
    elif "." not in name:
        yield invalid(field, name, "should be a domain with at least two segments separated by dots")
    else:
        for label in name.split("."):
            if complaints := words.dns_label(label):
                yield invalid(field, label, ",".join(complaints))


def _zones(field: str, zones: list[Object]) -> Iterator[FieldError]:
    if len(zones) > _MOST_ZONES:
        yield too_many(field, len(zones), _MOST_ZONES)
        return
    seen: set[str] = set()
    for index, zone in enumerate(zones):
        here, name = f"{field}[{index}].name", zone.get("name") or ""
        if name in seen:
            yield duplicate(here, name)
        seen.add(name)
        yield from words.complain(here, name, words.label_value(name))


def same_address_type(old: Object, new: Object) -> Iterator[FieldError]:
    """An EndpointSlice keeps the type of its addresses."""
    return metadata.unchanged("addressType", old.get("addressType"), new.get("addressType"))


def of_endpoints(endpoints: Object) -> Iterator[FieldError]:
    """What is wrong with an Endpoints object."""
    for index, subset in enumerate(endpoints.get("subsets") or []):
        yield from _subset(f"subsets[{index}]", subset)


def _subset(field: str, subset: Object) -> Iterator[FieldError]:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        yield required(field, "must specify `addresses` or `notReadyAddresses`")
    for word in ("addresses", "notReadyAddresses"):
        for at, address in enumerate(subset.get(word) or []):
            yield from _subset_address(f"{field}.{word}[{at}]", address)
    ports = subset.get("ports") or []
    for at, port in enumerate(ports):
        here = f"{field}.ports[{at}]"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{here}.name")
        yield from _port_name(here, port.get("name") or "")
        yield from words.port_number(f"{here}.port", port.get("port", 0))
        yield from _protocol(here, port)


def _subset_address(field: str, address: Object) -> Iterator[FieldError]:
    ip = address.get("ip") or ""
    found = words.ip_address(ip)
    yield from words.complain(f"{field}.ip", ip, found)
    if hostname := address.get("hostname"):
        yield from words.complain(f"{field}.hostname", hostname, words.dns_label(hostname))
    if (node := address.get("nodeName")) is not None:
        yield from words.complain(f"{field}.nodeName", node, words.dns_subdomain(node))
    if not found:
        yield from _reachable(f"{field}.ip", ip)
