"""All checks over all Services that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from helpers.diagnose import signs
from helpers.diagnose.clusterip import clusterip_pins
from helpers.diagnose.endpoints import candidates, endpoints, no_endpoints
from helpers.diagnose.findings import Diagnosis, Finding
from helpers.diagnose.headless import headless_and_mesh, headless_client, headless_port
from helpers.diagnose.ingresses import ingress_duplicate, ingress_not_grpc, ingress_plaintext
from helpers.diagnose.inventory import Inventory, at, each, name_of, reference, texts
from helpers.diagnose.readiness import readiness_not_grpc
from helpers.diagnose.routes import route_not_accepted
from helpers.diagnose.workloads import behind
from helpers.lab.errors import LabError
from helpers.lab.objects import Object

# From a Service, its ports that speak gRPC and everything that is known, to findings.
Check = Callable[[Object, Sequence[signs.Port], Inventory], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    clusterip_pins,
    headless_client,
    headless_port,
    no_endpoints,
    ingress_not_grpc,
    ingress_plaintext,
    ingress_duplicate,
    route_not_accepted,
    headless_and_mesh,
    readiness_not_grpc,
)
SIGNS = (
    "no sign of gRPC: no appProtocol grpc, no port of that name, no gRPC probe, no annotation. If it does "
    "speak gRPC, "
    'name its port: "name: grpc"'
)


def judge(inventory: Inventory, services: Iterable[Object]) -> Diagnosis:
    """Return what all checks find in some Services of an inventory."""
    findings: dict[tuple[str, str, str, str], Finding] = {}
    judged, unjudged = [], []
    for service in services:
        name = _full(service, inventory)
        ports = signs.grpc_ports(service, inventory) or _near(service, inventory)
        if reason := _left_out(service, ports):
            unjudged.append(f"{name}: {reason}.")
            continue
        judged += [f"{name}, port {port.number}: it speaks gRPC, since {port.sign}." for port in ports]
        if not behind(service, inventory) and not endpoints(service, inventory) and not inventory.live:
            unjudged.append(f"The pods of {name}: they are not among these objects.")
        for check in CHECKS:
            for one in check(service, ports, inventory):
                findings.setdefault((one.id, one.namespace, one.object, one.field), one)
    ordered = sorted(findings.values(), key=lambda one: one.severity != "warning")
    return Diagnosis(ordered, judged, unjudged)


def judge_all(
    inventories: Iterable[Inventory], name: str | None, namespace: str | None, where: str
) -> Diagnosis:
    """Return what all checks find in inventories that do not belong together, as overlays do not.

    Args:
        inventories: At least one.
        name: Of the one Service to judge; all when None.
        namespace: Its namespace; any when None.
        where: What the inventories are, for the error.

    Raises:
        LabError: No inventory has the Service.
    """
    several = list(inventories)
    if name is None and not any(_named(one, None, namespace) for one in several):
        return Diagnosis([], unjudged=[f"There is no Service in {where}."])
    having = [one for one in several if _named(one, name, namespace)] or several
    parts = [judge(one, choose(one, name, namespace, where)) for one in having]
    return Diagnosis(
        list(dict.fromkeys(one for part in parts for one in part.findings)),
        list(dict.fromkeys(one for part in parts for one in part.judged)),
        list(dict.fromkeys(one for part in parts for one in part.unjudged)),
    )


def _near(service: Object, inventory: Inventory) -> list[signs.Port]:
    """Return the gRPC ports by the pods that a Service which selects none was meant for."""
    if behind(service, inventory) or not texts(service, "spec", "selector"):
        return []
    return signs.grpc_ports(service, inventory, candidates(service, inventory))


def _left_out(service: Object, ports: list[signs.Port]) -> str:
    if at(service, "spec", "type") == "ExternalName":
        return f"it is a name for {at(service, 'spec', 'externalName')}, and has no pods here"
    if not each(service, "spec", "ports"):
        return "it has no ports"
    return "" if ports else SIGNS


def _full(service: Object, inventory: Inventory) -> str:
    return f"{reference(service)} in namespace {inventory.namespace_of(service)}"


def choose(inventory: Inventory, name: str | None, namespace: str | None, where: str) -> list[Object]:
    """Return the Services to judge.

    Args:
        inventory: Where they are looked for.
        name: Of one; all when None.
        namespace: Its namespace; any when None.
        where: What the inventory is, for the error.

    Raises:
        LabError: There is none of that name, or none at all.
    """
    every = inventory.of("Service", namespace=namespace)
    if found := _named(inventory, name, namespace):
        return found
    if name is None:
        raise LabError(f"There is no Service in {where}, so there is nothing to judge.")
    known = ", ".join(sorted({name_of(one) for one in every})) or "none"
    raise LabError(
        f"There is no Service {name} in {where}; it has: {known}. Another namespace is named with -n."
    )


def _named(inventory: Inventory, name: str | None, namespace: str | None) -> list[Object]:
    every = inventory.of("Service", namespace=namespace)
    return [one for one in every if name in {None, name_of(one)}]
