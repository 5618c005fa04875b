"""Rules of Ingresses and their classes (`pkg/apis/networking/validation`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from localcluster.errors import FieldError, invalid, required
from localcluster.objects.ingresses import CLASS_ANNOTATION
from localcluster.objects.validation import metadata, words
from localcluster.types import Object

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")


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
    yield from words.one_of(f"{field}.pathType", kind, _PATH_TYPES)
    if kind in _PATH_TYPES and not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        yield invalid(f"{field}.path", text, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for bad in _BAD_SEQUENCES:
            if bad in (text if bad == "//" else f"{text}/"):
                yield invalid(f"{field}.path", text, f"must not contain '{bad}'")
    yield from _backend(f"{field}.backend", path.get("backend") or {})


def _backend(field: str, backend: Object) -> Iterator[FieldError]:
    service = backend.get("service")
    if service is None and backend.get("resource") is None:
        yield invalid(field, "", "resource or service backend is required")
    elif service is not None:
        yield from _service_backend(field, service)


def _service_backend(field: str, service: Object) -> Iterator[FieldError]:
    name = service.get("name") or ""
    yield from words.demand(f"{field}.service.name", name, words.dns_label(name))
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


def of_new_ingress(ingress: Object) -> Iterator[FieldError]:
    """What is wrong with an Ingress only as long as it is new."""
    name = (ingress.get("spec") or {}).get("ingressClassName")
    noted = (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    if name is not None and noted is not None and name != noted:
        why = "must match `ingressClassName` when both are specified"
        yield invalid(f"annotations.{CLASS_ANNOTATION}", noted, why)


def of_ingress_class(ingress_class: Object) -> Iterator[FieldError]:
    """What is wrong with an IngressClass."""
    domain, _, rest = controller = ((ingress_class.get("spec") or {}).get("controller") or "").partition("/")
    if not domain or not rest:
        why = 'must be a domain-prefixed path (such as "acme.io/foo")'
        yield invalid("spec.controller", "".join(controller), why)
    else:
        yield from words.complain("spec.controller", domain, words.dns_subdomain(domain))


def same_controller(old: Object, new: Object) -> Iterator[FieldError]:
    """An IngressClass keeps its controller."""
    before, after = ((obj.get("spec") or {}).get("controller") for obj in (old, new))
    return metadata.unchanged("spec.controller", before, after)
