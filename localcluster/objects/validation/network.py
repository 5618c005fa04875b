"""Rules of Ingresses, their classes, Endpoints, EndpointSlices and Events.

After `pkg/apis/networking/validation`, `pkg/apis/discovery/validation` and `pkg/apis/core/validation`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from localcluster.errors import FieldError, duplicate, invalid, required, too_long, unsupported
from localcluster.objects.validation import metadata, words
from localcluster.objects.validation.containers import PROTOCOLS
from localcluster.types import Object

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDINGS = ("/..", "/.")
_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_CONTROLLER_LENGTH = 250
_MOST_ENDPOINTS = 1000


def of_ingress(ingress: Object) -> Iterator[FieldError]:
    """What is wrong with an Ingress."""
    spec = ingress.get("spec") or {}
    rules, backend = spec.get("rules") or [], spec.get("defaultBackend")
    if not rules and backend is None:
        yield invalid("spec", None, "either `defaultBackend` or `rules` must be specified")
    if backend is not None:
        yield from _backend("spec.defaultBackend", backend)
    for index, rule in enumerate(rules):
        yield from _rule(f"spec.rules[{index}]", rule)
    for index, tls in enumerate(spec.get("tls") or []):
        yield from _tls(f"spec.tls[{index}]", tls)
    name = spec.get("ingressClassName")
    if name is not None:
        yield from words.complain("spec.ingressClassName", name, words.dns_subdomain(name))


def _rule(field: str, rule: Object) -> Iterator[FieldError]:
    if rule.get("host"):
        yield from _host(f"{field}.host", rule["host"])
    http = rule.get("http")
    if http is None:
        return
    if not http.get("paths"):
        yield required(f"{field}.http.paths")
    for index, path in enumerate(http.get("paths") or []):
        yield from _path(f"{field}.http.paths[{index}]", path)


def _host(field: str, host: str) -> Iterator[FieldError]:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        test = words.wildcard_subdomain if "*" in host else words.dns_subdomain
        yield from words.complain(field, host, test(host))
    else:
        yield invalid(field, host, "must be a DNS name, not an IP address")


def _path(field: str, path: Object) -> Iterator[FieldError]:
    kind, text = path.get("pathType"), path.get("path") or ""
    if kind is None:
        yield required(f"{field}.pathType", "pathType must be specified")
        return
    if kind not in _PATH_TYPES:
        yield unsupported(f"{field}.pathType", kind, _PATH_TYPES)
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        yield invalid(f"{field}.path", text, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for bad in _BAD_SEQUENCES:
            if bad in text:
                yield invalid(f"{field}.path", text, f"must not contain '{bad}'")
        for bad in _BAD_ENDINGS:
            if text.endswith(bad):
                yield invalid(f"{field}.path", text, f"cannot end with '{bad}'")
    yield from _backend(f"{field}.backend", path.get("backend") or {})


def _backend(field: str, backend: Object) -> Iterator[FieldError]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        yield invalid(field, "", "cannot set both resource and service backends")
    elif service is None and resource is None:
        yield invalid(field, "", "resource or service backend is required")
    elif service is not None:
        yield from _service_backend(field, service)


def _service_backend(field: str, service: Object) -> Iterator[FieldError]:
    name = service.get("name") or ""
    if not name:
        yield required(f"{field}.service.name")
    else:
        yield from words.complain(f"{field}.service.name", name, words.dns_1035_label(name))
    port = service.get("port") or {}
    if port.get("name") and port.get("number"):
        yield invalid(field, "", "cannot set both port name & port number")
    elif port.get("name"):
        yield from words.complain(f"{field}.service.port.name", port["name"], words.port_name(port["name"]))
    elif port.get("number"):
        yield from words.port_number(f"{field}.service.port.number", port["number"])
    else:
        yield required(field, "port name or number is required")


def _tls(field: str, tls: Object) -> Iterator[FieldError]:
    for index, host in enumerate(tls.get("hosts") or []):
        test = words.wildcard_subdomain if "*" in host else words.dns_subdomain
        yield from words.complain(f"{field}.hosts[{index}]", host, test(host))
    name = tls.get("secretName")
    if name:
        yield from words.complain(f"{field}.secretName", name, words.dns_subdomain(name))


def of_ingress_class(ingress_class: Object) -> Iterator[FieldError]:
    """What is wrong with an IngressClass."""
    controller = (ingress_class.get("spec") or {}).get("controller") or ""
    if not controller:
        yield required("spec.controller")
    elif len(controller) > _CONTROLLER_LENGTH:
        yield too_long("spec.controller", _CONTROLLER_LENGTH)
    else:
        domain, slash, path = controller.partition("/")
        if not slash or not path:
            yield invalid(
                "spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")'
            )
        else:
            yield from words.complain("spec.controller", controller, words.dns_subdomain(domain))


def same_controller(old: Object, new: Object) -> Iterator[FieldError]:
    """An IngressClass keeps its controller."""
    before, after = ((obj.get("spec") or {}).get("controller") for obj in (old, new))
    return metadata.unchanged("spec.controller", before, after)


def of_endpoint_slice(piece: Object) -> Iterator[FieldError]:
    """What is wrong with an EndpointSlice."""
    kind = piece.get("addressType") or ""
    if not kind:
        yield required("addressType")
    elif kind not in _ADDRESS_TYPES:
        yield unsupported("addressType", kind, _ADDRESS_TYPES)
    if len(piece.get("endpoints") or []) > _MOST_ENDPOINTS:
        yield invalid("endpoints", len(piece["endpoints"]), f"must have at most {_MOST_ENDPOINTS} items")
    for index, endpoint in enumerate(piece.get("endpoints") or []):
        yield from _endpoint(f"endpoints[{index}]", endpoint, kind)
    names: set[str] = set()
    for index, port in enumerate(piece.get("ports") or []):
        name = port.get("name") or ""
        if name in names:
            yield duplicate(f"ports[{index}].name", name)
        names.add(name)
        if name:
            yield from words.complain(f"ports[{index}].name", name, words.dns_label(name))
        if port.get("protocol") not in PROTOCOLS:
            yield unsupported(f"ports[{index}].protocol", port.get("protocol"), PROTOCOLS)


def _endpoint(field: str, endpoint: Object, kind: str) -> Iterator[FieldError]:
    if not endpoint.get("addresses"):
        yield required(f"{field}.addresses", "must contain at least 1 address")
    for index, address in enumerate(endpoint.get("addresses") or []):
        here = f"{field}.addresses[{index}]"
        if kind == "FQDN":
            yield from words.complain(here, address, words.dns_subdomain(address))
        elif kind in ("IPv4", "IPv6"):
            found = words.ip_address(address)
            yield from words.complain(here, address, found)
            if not found and ipaddress.ip_address(address).version != int(kind[-1]):
                yield invalid(here, address, f"must be an {kind} address")


def same_address_type(old: Object, new: Object) -> Iterator[FieldError]:
    """An EndpointSlice keeps the type of its addresses."""
    return metadata.unchanged("addressType", old.get("addressType"), new.get("addressType"))


def of_endpoints(endpoints: Object) -> Iterator[FieldError]:
    """What is wrong with an Endpoints object."""
    for index, subset in enumerate(endpoints.get("subsets") or []):
        here = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            yield required(here, "must specify `addresses` or `notReadyAddresses`")
        for word in ("addresses", "notReadyAddresses"):
            for at, address in enumerate(subset.get(word) or []):
                ip = address.get("ip") or ""
                yield from words.complain(f"{here}.{word}[{at}].ip", ip, words.ip_address(ip))
        for at, port in enumerate(subset.get("ports") or []):
            if len(subset["ports"]) > 1 and not port.get("name"):
                yield required(f"{here}.ports[{at}].name")
            yield from words.port_number(f"{here}.ports[{at}].port", port.get("port", 0))


def of_event(event: Object) -> Iterator[FieldError]:
    """What is wrong with an Event."""
    home = event["metadata"].get("namespace") or ""
    about = (event.get("involvedObject") or {}).get("namespace") or ""
    # Events about what has no namespace live in `default`.
    if about != home and not (not about and home == "default"):
        yield invalid("involvedObject.namespace", about, "does not match event.namespace")
