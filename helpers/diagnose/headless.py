"""The checks of a Service without an address, whose clients know every pod and choose for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from helpers.diagnose import mesh
from helpers.diagnose.clients import clients, told
from helpers.diagnose.endpoints import slices
from helpers.diagnose.findings import Finding
from helpers.diagnose.inventory import Inventory, at, each, name_of, number, reference, texts
from helpers.diagnose.signs import Port
from helpers.diagnose.workloads import behind, is_proxy, port_numbers
from helpers.lab import objects
from helpers.lab.objects import Object


def is_headless(service: Object) -> bool:
    """Whether a Service has no address of its own, and is no other name for another host."""
    return objects.is_headless(service) and at(service, "spec", "type") != "ExternalName"


def client_code(name: str, port: Any) -> str:
    """Return the lines with which a client balances, and those of its server."""
    return (
        "# Python; FIX.md has the same for Go, Java and Node.js\n"
        f'grpc.insecure_channel(\n    "dns:///{name}:{port}",\n'
        '    options=[("grpc.service_config", \'{"loadBalancingConfig": [{"round_robin": {}}]}\')],\n)\n'
        "# on the server, so that clients ask DNS again and find new pods\n"
        'grpc.server(pool, options=[("grpc.max_connection_age_ms", 60_000), '
        '("grpc.max_connection_age_grace_ms", 30_000)])'
    )


def headless_client(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """A headless Service: what a client does with all the addresses is the client's."""
    if not is_headless(service):
        return
    known = clients(service, inventory)
    numbers = {one for item in behind(service, inventory) for one in port_numbers(item, ports[0].target)}
    yield Finding(
        id="headless-client",
        severity="note",
        object=reference(service),
        namespace=inventory.namespace_of(service),
        field="spec.clusterIP",
        saw="None" + "".join(f"; {_policy_seen(item, inventory)}" for item in known[:3]),
        effect="DNS gives a client every pod's address. With gRPC's default policy, pick_first, it uses one "
        "of them; "
        "with round_robin all. It asks DNS again only when a connection ends.",
        change="Look for these lines in each client and in the server.\n"
        + client_code(name_of(service), min(numbers, default=ports[0].number)),
    )


def _policy_seen(item: Object, inventory: Inventory) -> str:
    if is_proxy(item):
        return f"{reference(item)} is a proxy and dials it, with a policy of its own"
    named = any("round_robin" in text for _, text in told(item, inventory))
    return f"{reference(item)} " + (
        "is a client with round_robin" if named else "is a client of it, and no policy is set for it"
    )


def headless_port(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """A port that nothing translates."""
    if not is_headless(service):
        return
    for port in ports:
        real = _real_ports(service, port, inventory)
        if port.number is None or not real - {port.number}:
            continue
        shown = " and ".join(str(one) for one in sorted(real))
        yield Finding(
            id="headless-port",
            severity="warning",
            object=reference(service),
            namespace=inventory.namespace_of(service),
            field=f"{port.field}.port",
            saw=f"{port.number}, where the pods listen on {shown}",
            effect=f"Nothing translates the port of a headless Service: a client that dials {port.number} "
            f"connects to port {port.number} of the pod and gets UNAVAILABLE.",
            change="Give the Service the pod's port, and dial that.\nspec:\n  ports:\n    - port: "
            f"{min(real)}",
        )


def _real_ports(service: Object, port: Port, inventory: Inventory) -> set[int]:
    found = {one for item in behind(service, inventory) for one in port_numbers(item, port.target)}
    if found or (given := number(port.target)) is None:
        return found or _sliced_ports(service, port, inventory)
    return {given}


def _sliced_ports(service: Object, port: Port, inventory: Inventory) -> set[int]:
    every = [one for piece in slices(service, inventory) for one in each(piece, "ports")]
    found = (
        number(one.get("port")) for one in every if (one.get("name") or "") == (port.spec.get("name") or "")
    )
    return {one for one in found if one is not None}


def headless_and_mesh(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """A mesh's proxy beside the clients of a headless Service."""
    del ports
    if not is_headless(service):
        return
    known = [item for item in clients(service, inventory) if not is_proxy(item)]
    asked = [found for item in known if (found := mesh.sidecar(item, inventory))]
    if not known and not _is_for_identity(service, inventory):
        found = mesh.namespace_asks(inventory.namespace_of(service), inventory)
        asked = [found] if found else []
    if asked:
        name, field, value = asked[0]
        yield Finding(
            id="headless-and-mesh",
            severity="warning",
            object=name,
            namespace=inventory.namespace_of(known[0] if known else service),
            field=field,
            saw=f"{value}, on clients of the headless {reference(service)}",
            effect="Two layers want to choose the pod. The client's own connections, one for each pod, go "
            "through the "
            "mesh's proxy, which passes a headless Service's on as they are or bundles them: the mesh's "
            "balancing, "
            "retries and ejection do not act, and the client's policy may not either.",
            change="Let one layer choose: give the Service an address and leave balancing to the mesh, with "
            "pick_first "
            "in the client; or keep it headless and take the proxy away from its clients (Istio: "
            'sidecar.istio.io/inject: "false").\nspec:\n  type: ClusterIP\n  # without clusterIP: None; '
            "the field cannot be changed, so make the Service anew",
        )


def _is_for_identity(service: Object, inventory: Inventory) -> bool:
    """Whether a Service only gives a StatefulSet's pods their names, beside another one for clients."""
    home = inventory.namespace_of(service)
    governs = any(
        at(item, "spec", "serviceName") == name_of(service)
        for item in inventory.of("StatefulSet", namespace=home)
    )
    chosen = texts(service, "spec", "selector")
    return governs and any(
        not is_headless(other) and texts(other, "spec", "selector") == chosen
        for other in inventory.of("Service", namespace=home)
    )
