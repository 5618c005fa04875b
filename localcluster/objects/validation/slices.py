"""Rules of EndpointSlices and Endpoints (`pkg/apis/discovery/validation`, `pkg/apis/core/validation`).

Addresses of the loopback range, which Kubernetes refuses, are the pods' own here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from localcluster.errors import FieldError, invalid, required
from localcluster.objects.validation import metadata, words
from localcluster.types import Object

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_PROTOCOLS = ("SCTP", "TCP", "UDP")


def of_endpoint_slice(piece: Object) -> Iterator[FieldError]:
    """What is wrong with an EndpointSlice."""
    kind = piece.get("addressType") or ""
    yield from words.one_of("addressType", kind, _ADDRESS_TYPES)
    for index, endpoint in enumerate(piece.get("endpoints") or []):
        field, addresses = f"endpoints[{index}].addresses", endpoint.get("addresses") or []
        if not addresses:
            yield required(field, "must contain at least 1 address")
        for at, address in enumerate(addresses if kind in ("IPv4", "IPv6") else []):
            yield from _address(f"{field}[{at}]", address, kind)
    for index, port in enumerate(piece.get("ports") or []):
        yield from _port(f"ports[{index}]", port)


def _address(field: str, address: str, kind: str) -> Iterator[FieldError]:
    if found := words.ip_address(address):
        yield from words.complain(field, address, found)
    elif ipaddress.ip_address(address).version != int(kind[-1]):
        yield invalid(field, address, f"must be an {kind} address")


def _port(field: str, port: Object) -> Iterator[FieldError]:
    if name := port.get("name"):
        yield from words.complain(f"{field}.name", name, words.dns_label(name))
    yield from words.one_of(f"{field}.protocol", port.get("protocol"), _PROTOCOLS)


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
            ip = address.get("ip") or ""
            yield from words.complain(f"{field}.{word}[{at}].ip", ip, words.ip_address(ip))
    ports = subset.get("ports") or []
    for at, port in enumerate(ports):
        here = f"{field}.ports[{at}]"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{here}.name")
        yield from words.port_number(f"{here}.port", port.get("port", 0))
        yield from _port(here, port)
