"""The check of a Service with an address: it picks a pod for each connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.diagnose import doors, mesh
from helpers.diagnose.clients import clients
from helpers.diagnose.endpoints import endpoints, is_ready
from helpers.diagnose.findings import Finding
from helpers.diagnose.headless import client_code, is_headless
from helpers.diagnose.inventory import Inventory, at, name_of, reference, texts
from helpers.diagnose.signs import Port
from helpers.diagnose.workloads import behind, is_proxy, port_numbers, replicas, scalers
from helpers.lab.objects import Object


def clusterip_pins(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """More than one gRPC pod behind a Service that picks one of them for each connection."""
    pods = behind(service, inventory)
    count, counted = _count(service, pods, inventory)
    if is_headless(service) or count < 2 or _is_node_local(service) or (pods and all(map(is_proxy, pods))):
        return
    bare = next((port for port in ports if not _has_front(service, port, inventory)), None)
    if bare is None or _is_meshed(service, pods, inventory):
        return
    unseen = sorted({"Ingress", "GRPCRoute", "Namespace"} & inventory.unread)
    yield Finding(
        id="clusterip-pins",
        severity="warning",
        object=reference(service),
        namespace=inventory.namespace_of(service),
        field="spec.clusterIP",
        saw=f"{at(service, 'spec', 'clusterIP') or 'not None'}, in front of {counted}",
        effect=f"The Service picks a pod when a connection to port {bare.number} is opened, and a gRPC "
        "client opens "
        "one. All requests of a client go to one pod, however many there are; new pods get nothing from it."
        + (
            f" (Objects of kind {', '.join(unseen)} could not be read; there may be one in front of it.)"
            if unseen
            else ""
        ),
        change=_headless_yaml(service, ports, pods),
    )


def _headless_yaml(service: Object, ports: Sequence[Port], pods: Sequence[Object]) -> str:
    name, port = name_of(service), ports[0]
    numbers = {one for item in pods for one in port_numbers(item, port.target)}
    given = min(numbers, default=port.number)
    chosen = "".join(f"    {key}: {value}\n" for key, value in texts(service, "spec", "selector").items())
    title = port.spec.get("name") or "grpc"
    return (
        "Add a headless Service, and let every client balance; or put a proxy in front that works on "
        "requests "
        "(an Ingress, a GRPCRoute, a mesh).\n"
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}-headless\nspec:\n  clusterIP: None\n"
        f"  selector:\n{chosen}  ports:\n    - name: {title}\n      port: {given}\n\n"
        + client_code(f"{name}-headless", given)
    )


def _count(service: Object, pods: Sequence[Object], inventory: Inventory) -> tuple[int, str]:
    """Return how many pods a Service has or may get, and in words of what."""
    if not pods:
        found = len([one for one in endpoints(service, inventory) if is_ready(one)])
        return found, f"{found} endpoints"
    counts = {reference(item): replicas(item, inventory) or 1 for item in pods}
    words = [f"{reference(item)} ({_amount(item, counts[reference(item)], inventory)})" for item in pods]
    return sum(counts.values()), " and ".join(words)


def _amount(item: Object, count: int, inventory: Inventory) -> str:
    if item.get("kind") == "DaemonSet":
        return "a pod on every node"
    if found := scalers(item, inventory):
        return f"up to {count} replicas by {reference(found[0])}"
    return f"{count} replica{'s' if count > 1 else ''}"


def _is_node_local(service: Object) -> bool:
    """Whether a node's clients get that node's pods only, which is what one asks of a DaemonSet."""
    return bool(at(service, "spec", "internalTrafficPolicy") == "Local")


def _has_front(service: Object, port: Port, inventory: Inventory) -> bool:
    return bool(
        doors.ingress_rules(service, port.spec, inventory)
        or doors.routes(service, port.spec, inventory)
        or doors.foreign_routes(service, inventory)
    )


def _is_meshed(service: Object, pods: Sequence[Object], inventory: Inventory) -> bool:
    """Whether a mesh balances requests: its proxies stand beside the clients or, if none is known, pods."""
    if mesh.in_front(service, inventory):
        return True
    known = clients(service, inventory)
    if known:
        return any(mesh.sidecar(item, inventory) for item in known)
    home = inventory.namespace_of(service)
    return any(mesh.sidecar(item, inventory) for item in pods) or bool(mesh.namespace_asks(home, inventory))
