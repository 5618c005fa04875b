"""The check that a Service has a pod to send to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.diagnose import signs
from helpers.diagnose.clients import clients
from helpers.diagnose.findings import Finding
from helpers.diagnose.inventory import Inventory, at, each, mapping, name_of, reference, texts
from helpers.diagnose.signs import Port
from helpers.diagnose.workloads import JOBS, behind, containers, labels, port_numbers, replicas, workloads
from helpers.lab.objects import Object

SERVICE_NAME = "kubernetes.io/service-name"


def slices(service: Object, inventory: Inventory) -> list[Object]:
    """Return the EndpointSlices of a Service."""
    found = inventory.of("EndpointSlice", namespace=inventory.namespace_of(service))
    return [one for one in found if texts(one, "metadata", "labels").get(SERVICE_NAME) == name_of(service)]


def endpoints(service: Object, inventory: Inventory) -> list[Object]:
    """Return the endpoints of a Service, ready or not."""
    return [one for piece in slices(service, inventory) for one in each(piece, "endpoints")]


def is_ready(endpoint: Object) -> bool:
    """Whether an endpoint takes requests; one that does not say counts as ready, as the API has it."""
    return at(endpoint, "conditions", "ready") is not False


def no_endpoints(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """A Service without a pod to send to."""
    found = _empty_live(service, inventory) if inventory.live else _empty_files(service, ports, inventory)
    if found is None:
        return
    field, saw, change = found
    yield Finding(
        id="no-endpoints",
        severity="warning",
        object=reference(service),
        namespace=inventory.namespace_of(service),
        field=field,
        saw=saw,
        effect="There is no pod to send to: a gRPC client gets UNAVAILABLE, with connection refused behind "
        "a ClusterIP "
        "and a name that does not resolve behind a headless Service.",
        change=change,
    )


Empty = tuple[str, str, str]


def _selector_words(service: Object) -> str:
    return (
        ", ".join(f"{key}={value}" for key, value in texts(service, "spec", "selector").items())
        or "no selector"
    )


def _empty_live(service: Object, inventory: Inventory) -> Empty | None:
    every = endpoints(service, inventory)
    if "EndpointSlice" in inventory.unread or any(is_ready(one) for one in every):
        return None
    pods = behind(service, inventory)
    if every:
        return (
            "spec.selector",
            f"{_selector_words(service)}: {len(every)} pods, none of them ready",
            "Find out why the pods are not ready.\n"
            f"kubectl -n {inventory.namespace_of(service)} describe pods -l "
            f"{_selector_words(service).replace(' ', '')}",
        )
    if pods and (stopped := _stopped(pods, inventory)):
        return stopped
    return _mismatch(service, inventory, pods=bool(pods))


def _stopped(pods: Sequence[Object], inventory: Inventory) -> Empty | None:
    if any(replicas(item, inventory) != 0 for item in pods):
        return None
    return (
        "spec.selector",
        f"{', '.join(reference(item) for item in pods)} with 0 replicas",
        f"Start pods.\nkubectl -n {inventory.namespace_of(pods[0])} scale {reference(pods[0])} --replicas=3",
    )


def _mismatch(service: Object, inventory: Inventory, *, pods: bool = False) -> Empty:
    near = [] if pods else candidates(service, inventory)
    yaml = "".join(f"    {key}: {value}\n" for key, value in labels(near[0]).items()) if near else ""
    shown = (
        ""
        if not near
        else f"; the pods of {reference(near[0])} have "
        + ", ".join(f"{key}={value}" for key, value in labels(near[0]).items())
    )
    return (
        "spec.selector",
        f"{_selector_words(service)}, which matches no pod{shown}",
        "Select labels that the pods have.\nspec:\n  selector:\n"
        + (yaml or "    <label>: <value of the pods>"),
    )


def _empty_files(service: Object, ports: Sequence[Port], inventory: Inventory) -> Empty | None:
    if not texts(service, "spec", "selector") or any(is_ready(one) for one in endpoints(service, inventory)):
        return None
    pods = behind(service, inventory)
    if not pods:
        # Files may hold a part only; it is a slip if they hold pods that look meant.
        return _mismatch(service, inventory) if candidates(service, inventory) else None
    for port in ports:
        if isinstance(port.target, str) and not any(port_numbers(item, port.target) for item in pods):
            return (
                f"{port.field}.targetPort",
                f"{port.target}, which is the name of no container port of {reference(pods[0])}",
                f"Name the container's port.\nports:\n  - name: {port.target}\n    containerPort: <the gRPC "
                "port>",
            )
    return _stopped(pods, inventory)


def candidates(service: Object, inventory: Inventory) -> list[Object]:
    """Return the pods that a Service which selects nothing may have been meant for.

    They listen somewhere, and either no other Service selects them or they have the very port; clients of the
    Service are none.
    """
    home = inventory.namespace_of(service)
    dialling = [id(item) for item in clients(service, inventory)]
    others = [one for one in inventory.of("Service", namespace=home) if one is not service]
    taken = {id(item) for other in others for item in behind(other, inventory)}
    return [
        item
        for item in workloads(inventory, home)
        if item.get("kind") not in JOBS
        and id(item) not in dialling
        and _listens(item)
        and (id(item) not in taken or _has_port(item, service))
    ]


def _listens(item: Object) -> bool:
    return any(
        each(one, "ports") or any(mapping(one, probe) for probe in signs.PROBES) for one in containers(item)
    )


def _has_port(item: Object, service: Object) -> bool:
    targets = [one.get("targetPort") or one.get("port") for one in each(service, "spec", "ports")]
    return any(
        target in {one.get("name"), one.get("containerPort")}
        for target in targets
        for container in containers(item)
        for one in each(container, "ports")
    )
