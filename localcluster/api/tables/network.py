"""Services, Endpoints, EndpointSlices, Ingresses and IngressClasses as tables."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.api.tables.columns import (
    AGE,
    NAME,
    NONE,
    UNSET,
    Cell,
    Column,
    Sheet,
    age,
    first_few,
    pairs,
)
from localcluster.types import Object


def _service(service: Object) -> list[Cell]:
    spec = service.get("spec") or {}
    return [
        service["metadata"]["name"],
        spec.get("type", "ClusterIP"),
        spec.get("clusterIP") or NONE,
        _external_address(service),
        ",".join(_service_port(port) for port in spec.get("ports") or []) or NONE,
        age(service),
        pairs(spec.get("selector")),
    ]


def _service_port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def _external_address(service: Object) -> str:
    spec = service.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    found = list(spec.get("externalIPs") or [])
    if spec.get("type") != "LoadBalancer":
        return ",".join(found) or NONE
    return ",".join([*_balancer_addresses(service), *found]) or "<pending>"


def _balancer_addresses(obj: Object) -> list[str]:
    entries = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return [entry.get("ip") or entry.get("hostname") or "" for entry in entries]


def _endpoints(endpoints: Object) -> list[Cell]:
    return [endpoints["metadata"]["name"], first_few(_subset_addresses(endpoints)) or NONE, age(endpoints)]


def _subset_addresses(endpoints: Object) -> Iterator[str]:
    for subset in endpoints.get("subsets") or []:
        addresses = [_in_brackets(one["ip"]) for one in subset.get("addresses") or []]
        ports = subset.get("ports") or []
        if not ports:
            yield from addresses
        for port in ports:
            yield from (f"{address}:{port['port']}" for address in addresses)


def _in_brackets(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _endpoint_slice(piece: Object) -> list[Cell]:
    ports = [str(port.get("port") or port.get("name", "*")) for port in piece.get("ports") or []]
    addresses = [one for endpoint in piece.get("endpoints") or [] for one in endpoint.get("addresses") or []]
    return [
        piece["metadata"]["name"],
        piece.get("addressType", ""),
        first_few(ports) or UNSET,
        first_few(addresses) or UNSET,
        age(piece),
    ]


def _ingress(ingress: Object) -> list[Cell]:
    spec = ingress.get("spec") or {}
    hosts = [rule["host"] for rule in spec.get("rules") or [] if rule.get("host")]
    return [
        ingress["metadata"]["name"],
        spec.get("ingressClassName") or NONE,
        first_few(hosts) or "*",
        ",".join(dict.fromkeys(_balancer_addresses(ingress))),
        "80, 443" if spec.get("tls") else "80",
        age(ingress),
    ]


def _ingress_class(one: Object) -> list[Cell]:
    spec = one.get("spec") or {}
    about = spec.get("parameters")
    parameters = NONE
    if about:
        group = f".{about['apiGroup']}" if about.get("apiGroup") else ""
        parameters = f"{about.get('kind', '')}{group}/{about.get('name', '')}"
    return [one["metadata"]["name"], spec.get("controller", ""), parameters, age(one)]


_SERVICE_COLUMNS = (
    NAME,
    Column("Type", "How the Service is exposed"),
    Column("Cluster-IP", "Address of the Service inside the cluster"),
    Column("External-IP", "Addresses of the Service outside the cluster"),
    Column("Port(s)", "Ports of the Service"),
    AGE,
    Column("Selector", "Labels of the pods behind the Service", wide=True),
)
_SLICE_COLUMNS = (
    NAME,
    Column("AddressType", "Type of the addresses"),
    Column("Ports", "Ports of the endpoints"),
    Column("Endpoints", "Addresses of the endpoints"),
    AGE,
)
_INGRESS_COLUMNS = (
    NAME,
    Column("Class", "IngressClass that serves it"),
    Column("Hosts", "Hosts it has rules for"),
    Column("Address", "Where it is served"),
    Column("Ports", "Ports it is served on, by convention"),
    AGE,
)
_CLASS_COLUMNS = (
    NAME,
    Column("Controller", "Controller that serves Ingresses of this class"),
    Column("Parameters", "Object with more of the controller's settings"),
    AGE,
)
SHEETS = {
    "Service": Sheet(_SERVICE_COLUMNS, _service),
    "Endpoints": Sheet((NAME, Column("Endpoints", "Addresses and ports that are ready"), AGE), _endpoints),
    "EndpointSlice": Sheet(_SLICE_COLUMNS, _endpoint_slice),
    "Ingress": Sheet(_INGRESS_COLUMNS, _ingress),
    "IngressClass": Sheet(_CLASS_COLUMNS, _ingress_class),
}
