"""Services, Endpoints, EndpointSlices, Ingresses and IngressClasses as tables."""

from __future__ import annotations

from collections.abc import Iterator

from localcluster.api.tables.columns import NONE, UNSET, Cell, Sheet, age, columns, first_few, pairs
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
    about = spec.get("parameters") or {}
    parameters = ".".join(about[word] for word in ("kind", "apiGroup") if about.get(word))
    named = f"{parameters}/{about.get('name', '')}" if about else NONE
    return [one["metadata"]["name"], spec.get("controller", ""), named, age(one)]


_SERVICE_COLUMNS = columns(
    *("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age"), wide=("Selector",)
)
_SLICE_COLUMNS = columns("Name", "AddressType", "Ports", "Endpoints", "Age")
SHEETS = {
    "Service": Sheet(_SERVICE_COLUMNS, _service),
    "Endpoints": Sheet(columns("Name", "Endpoints", "Age"), _endpoints),
    "EndpointSlice": Sheet(_SLICE_COLUMNS, _endpoint_slice),
    "Ingress": Sheet(columns("Name", "Class", "Hosts", "Address", "Ports", "Age"), _ingress),
    "IngressClass": Sheet(columns("Name", "Controller", "Parameters", "Age"), _ingress_class),
}
