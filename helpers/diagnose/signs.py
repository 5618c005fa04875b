"""What says that a port of a Service speaks gRPC.

Kubernetes has no field for it that everybody fills in, so these are taken in turn: ``appProtocol``, the
port's name, the container port's name, a gRPC probe, an annotation, a GRPCRoute; for a single port without a
name, the Service's name. A port's number alone says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from helpers.diagnose import doors
from helpers.diagnose.inventory import Inventory, at, each, name_of, number, reference, texts
from helpers.diagnose.workloads import behind, containers, port_numbers, serving
from helpers.lab.objects import Object

# https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol and
# https://gateway-api.sigs.k8s.io/guides/user-guides/backend-protocol/
PROTOCOLS = {"grpc", "grpcs", "kubernetes.io/grpc", "kubernetes.io/h2c", "h2c"}
# Words beside "grpc" that make something else of it: HTTP/1.1 for browsers, JSON, figures about it.
ELSE = re.compile(r"grpc[-_.]?(web|gateway|gw|ui|json|metrics|docs?)|metrics|prometheus")
HEALTH_PROGRAM = re.compile(r"grpc[-_]health[-_]probe")
HEALTH_PORT = re.compile(r"-addr[= ]\S*?:(\d+)")
PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
# On a Service, by controllers other than nginx; the value that means gRPC or HTTP/2 towards the pods.
ANNOTATIONS = {
    "traefik.ingress.kubernetes.io/service.serversscheme": "h2c",
    "konghq.com/protocol": "grpc",
    "haproxy.org/server-proto": "h2",
    "alb.ingress.kubernetes.io/backend-protocol-version": "grpc",
}
CONTOUR = re.compile(r"projectcontour\.io/upstream-protocol\.h2c?")


@dataclass(frozen=True)
class Port:
    """A port of a Service that speaks gRPC.

    Attributes:
        index: Its place in the Service's list.
        spec: The port itself.
        sign: What says that it speaks gRPC.
    """

    index: int
    spec: Object
    sign: str

    @property
    def number(self) -> int | None:
        """The Service's port."""
        return number(self.spec.get("port"))

    @property
    def target(self) -> Any:
        """The pod's port, by number or name."""
        return self.spec.get("targetPort") or self.spec.get("port")

    @property
    def field(self) -> str:
        """Where it stands."""
        return f"spec.ports[{self.index}]"


def grpc_ports(service: Object, inventory: Inventory, pods: list[Object] | None = None) -> list[Port]:
    """Return the ports of a Service that speak gRPC.

    Args:
        service: The Service.
        inventory: Everything that is known.
        pods: What makes its pods; what the Service selects, by default.
    """
    made = behind(service, inventory) if pods is None else pods
    found = []
    for index, port in enumerate(each(service, "spec", "ports")):
        if str(port.get("protocol") or "TCP") == "TCP":
            sign = next(_signs(service, Port(index, port, ""), made, inventory), None)
            found += [Port(index, port, sign)] if sign else []
    return found


def says_grpc(name: Any) -> bool:
    """Whether a name speaks of gRPC and of nothing else."""
    text = str(name or "").lower()
    return "grpc" in text and not ELSE.search(text)


def _signs(service: Object, port: Port, pods: list[Object], inventory: Inventory) -> Iterator[str]:
    protocol = str(port.spec.get("appProtocol") or "").lower()
    if protocol in PROTOCOLS:
        yield f"its appProtocol is {port.spec['appProtocol']}"
    if (protocol.startswith("http") and protocol != "http2") or protocol.endswith(
        ("grpc-web", "/ws", "/wss")
    ):
        return
    if says_grpc(port.spec.get("name")):
        yield f"its name is {port.spec['name']}"
    for item in pods:
        yield from _pod_signs(item, port, service)
    yield from _route_signs(service, port, inventory)
    yield from _annotation_signs(service, port)
    alone = len(each(service, "spec", "ports")) == 1 and not port.spec.get("name")
    if alone and says_grpc(name_of(service)) and not _names(pods, port.target):
        yield "it is the only port of a Service of that name"


def _pod_signs(item: Object, port: Port, service: Object) -> Iterator[str]:
    numbers = port_numbers(item, port.target)
    for container in containers(item):
        for one in each(container, "ports"):
            named = one.get("name") == port.target or number(one.get("containerPort")) in numbers
            if named and says_grpc(one.get("name")):
                yield f"the container port's name is {one['name']} ({reference(item)})"
        for probe in PROBES:
            if asked := _probed(container, probe):
                # A program that asks a port which cannot be read, such as $PORT, asks the only one there is.
                alone = asked == {None} and len(each(service, "spec", "ports")) == 1
                if numbers & asked or alone:
                    yield f"the {probe} asks it by gRPC ({reference(item)})"


def _probed(container: Object, probe: str) -> set[int | None]:
    """Return the ports that a probe asks by gRPC."""
    if (port := at(container, probe, "grpc", "port")) is not None:
        return {number(port)}
    command = " ".join(str(word) for word in at(container, probe, "exec", "command") or [])
    if not HEALTH_PROGRAM.search(command):
        return set()
    found = HEALTH_PORT.search(command)
    return {int(found[1]) if found else None}


def _route_signs(service: Object, port: Port, inventory: Inventory) -> Iterator[str]:
    for ingress, _ in doors.ingress_rules(service, port.spec, inventory):
        annotations = texts(ingress, "metadata", "annotations")
        if doors.speaks_grpc(ingress, name_of(service)):
            yield f"{reference(ingress)} says that nginx speaks gRPC to it"
        if annotations.get("alb.ingress.kubernetes.io/backend-protocol-version", "").upper() == "GRPC":
            yield f"{reference(ingress)} says that the load balancer speaks gRPC to it"
    for route in doors.routes(service, port.spec, inventory, "GRPCRoute"):
        yield f"{reference(route)} leads to it"


def _annotation_signs(service: Object, port: Port) -> Iterator[str]:
    here = {str(port.spec.get("port")), str(port.spec.get("name"))}
    for key, value in texts(service, "metadata", "annotations").items():
        listed = {one.strip() for one in value.split(",")}
        if ANNOTATIONS.get(key) and value.lower().startswith(ANNOTATIONS[key]):
            yield f"the annotation {key} is {value}"
        if CONTOUR.fullmatch(key) and here & listed:
            yield f"the annotation {key} names it"


def _names(pods: list[Object], target: Any) -> set[str]:
    """Return the names that a target port has in pods."""
    found = set()
    for item in pods:
        owner = serving(item, target)
        for one in each(owner[1], "ports") if owner else []:
            if one.get("name") and target in {one.get("name"), one.get("containerPort")}:
                found.add(str(one["name"]))
    return found
