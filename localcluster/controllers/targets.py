"""Which pods are behind a Service, and at which ports: what Endpoints and EndpointSlices have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localcluster.controllers import conditions, pods
from localcluster.controllers.loop import Key
from localcluster.objects import selectors
from localcluster.storage.registry import Registry
from localcluster.types import Change, Object

HEADLESS = "service.kubernetes.io/headless"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"


def selects(service: Object) -> bool:
    """Whether the cluster finds the Service's endpoints; else its owner names them himself."""
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def services_of(registry: Registry, change: Change) -> Iterable[Key]:
    """The Services that a pod's change concerns: those that select it, or did before."""
    namespace = change.record.namespace
    versions = [r.view["metadata"].get("labels") or {} for r in (change.record, change.old_record) if r]
    for record in registry.store.records("Service", namespace):
        selector = record.view["spec"].get("selector") or {}
        if selector and any(selector.items() <= labels.items() for labels in versions):
            yield namespace, record.name


def pods_of(registry: Registry, service: Object) -> list[Object]:
    """The pods a Service selects that have an address and have not ended, by address."""
    selector = selectors.from_equalities(service["spec"]["selector"])
    found = (
        record.copy()
        for record in registry.store.records("Pod", service["metadata"]["namespace"])
        if selector.matches(record.view["metadata"].get("labels"))
    )
    return sorted((pod for pod in found if address(pod) and not pods.has_ended(pod)), key=address)


def address(pod: Object) -> str:
    """Its address, "" before it has one."""
    return str((pod.get("status") or {}).get("podIP") or "")


def ports(service: Object, pod: Object) -> list[Object]:
    """The Service's ports as one pod offers them; a named port that the pod lacks is left out."""
    found = []
    for port in service["spec"].get("ports") or []:
        number = _resolve(port, pod)
        if number is not None:
            entry = {
                "name": port.get("name") or "",
                "port": number,
                "protocol": port.get("protocol") or "TCP",
            }
            entry |= {"appProtocol": port["appProtocol"]} if port.get("appProtocol") else {}
            found.append(entry)
    return found


def target(pod: Object) -> Object:
    """The reference from an endpoint to its pod."""
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def hostname(service: Object, pod: Object) -> str:
    """The pod's own name below the Service's, if it has asked for one there."""
    spec = pod.get("spec") or {}
    return str(spec.get("hostname") or "") if spec.get("subdomain") == service["metadata"]["name"] else ""


def trigger_time(service: Object, found: Iterable[Object]) -> str:
    """The latest moment at which the Service or the readiness of one of its pods changed."""
    ready = (conditions.find(pod.get("status") or {}, "Ready") or {} for pod in found)
    moments = [condition.get("lastTransitionTime") or "" for condition in ready]
    return max([str(service["metadata"].get("creationTimestamp") or ""), *moments])


def annotated(annotations: Mapping[str, str] | None, moment: str) -> dict[str, str]:
    """Annotations with the trigger time, which programming-latency metrics are made from."""
    return {**(annotations or {}), TRIGGER_TIME: moment}


def _resolve(port: Mapping[str, object], pod: Object) -> int | None:
    wanted = port.get("targetPort") or port["port"]
    if isinstance(wanted, int):
        return wanted
    for container in (pod.get("spec") or {}).get("containers") or []:
        for offered in container.get("ports") or []:
            protocols = {offered.get("protocol") or "TCP", port.get("protocol") or "TCP"}
            if offered.get("name") == wanted and len(protocols) == 1:
                return int(offered["containerPort"])
    return None
