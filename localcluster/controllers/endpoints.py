"""Endpoints, the older list of a Service's addresses (`k8s.io/kubernetes/pkg/controller/endpoint`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localcluster.controllers import owners, pods, targets
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.network.directory import is_headless, publishes_unready
from localcluster.types import Change, Object, dump

COMPONENT = "endpoint-controller"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"


class EndpointsController(OfRegistry):
    """Keeps the Endpoints of each Service that selects pods."""

    name = "endpoints"
    kinds: tuple[str, ...] = ("Service", "Pod", "Endpoints")

    def keys(self, change: Change) -> Iterable[Key]:
        """The Service, which its Endpoints are named after; for a pod those that select it."""
        if change.kind == "Pod":
            return targets.services_of(self._registry, change)
        if change.kind == "Endpoints" and change.type != "DELETED" and not _is_kept(change.record.view):
            return []  # made by hand, perhaps before their Service
        return [(change.record.namespace, change.record.name)]

    def reconcile(self, key: Key) -> None:
        """Write the Endpoints that a Service should have, or delete those of a Service that is gone."""
        namespace, name = key
        service = self._registry.find("Service", namespace, name)
        known = self._registry.find("Endpoints", namespace, name)
        if service is None:
            if known:
                self._registry.delete("Endpoints", namespace, name, uid=known["metadata"]["uid"])
            return
        if not targets.selects(service) or owners.in_leaving_namespace(self._registry, service):
            return
        behind = targets.pods_of(self._registry, service)
        moment = targets.trigger_time(service, behind)
        self._write(service, known, subsets(service, behind), moment)

    def _write(self, service: Object, known: Object | None, wanted: list[Object], moment: str) -> None:
        wanted_labels = labels(service)
        meta = (
            known["metadata"]
            if known
            else {word: service["metadata"][word] for word in ("namespace", "name")}
        )
        if known and meta.get("labels") == wanted_labels and (known.get("subsets") or []) == wanted:
            return
        notes = targets.annotated(meta.get("annotations"), moment)
        filled: Object = {"metadata": {**meta, "labels": wanted_labels, "annotations": notes}}
        if wanted:
            filled["subsets"] = wanted
        write = self._registry.update if known else self._registry.create
        write("Endpoints", filled)


def _is_kept(endpoints: Object) -> bool:
    """Whether the controller keeps these Endpoints."""
    return (endpoints["metadata"].get("labels") or {}).get(MANAGED_BY) == COMPONENT


def labels(service: Object) -> dict[str, str]:
    """The Service's labels, and those that say whose list it is."""
    own = service["metadata"].get("labels") or {}
    kept = {key: value for key, value in own.items() if key != targets.HEADLESS}
    headless = {targets.HEADLESS: ""} if is_headless(service) else {}
    return {**kept, MANAGED_BY: COMPONENT, **headless}


def subsets(service: Object, behind: Sequence[Object]) -> list[Object]:
    """Pods that offer the same ports, the ready ones apart from the others."""
    found: dict[str, Object] = {}
    everyone = publishes_unready(service)
    for pod in behind:
        ports = targets.ports(service, pod)
        if owners.is_deleting(pod) and not everyone:
            continue
        if not ports and service["spec"].get("ports"):
            continue
        subset = found.setdefault(dump(ports), {"ports": [_without_empty(port) for port in ports]})
        word = "addresses" if pods.is_ready(pod) or everyone else "notReadyAddresses"
        subset.setdefault(word, []).append(_address(service, pod))
    return [_without_empty(found[key]) for key in sorted(found)]


def _address(service: Object, pod: Object) -> Object:
    found = {
        "ip": targets.address(pod),
        "hostname": targets.hostname(service, pod),
        "nodeName": (pod.get("spec") or {}).get("nodeName"),
        "targetRef": targets.target(pod),
    }
    return _without_empty(found)


def _without_empty(value: Object) -> Object:
    return {key: item for key, item in value.items() if item}
