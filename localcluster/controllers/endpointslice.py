"""EndpointSlices, what the network follows (`k8s.io/endpointslice`, `pkg/controller/endpointslice`).

Pods of one Service whose named ports have different numbers cannot share a slice, so there is one slice for
each set of ports, and an empty one when there is no pod at all. Slices are not cut at 100 endpoints: one
machine does not run that many pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localcluster.controllers import owners, pods, targets
from localcluster.controllers.loop import Key
from localcluster.storage.registry import Registry
from localcluster.types import Change, Object, dump

COMPONENT = "endpointslice-controller.k8s.io"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


class EndpointSliceController:
    """Keeps the EndpointSlices of each Service that selects pods."""

    name = "endpointslice"
    kinds: tuple[str, ...] = ("Service", "Pod", "EndpointSlice")

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def keys(self, change: Change) -> Iterable[Key]:
        """The Service itself, the one a slice is for, or those that select a pod."""
        if change.kind == "Pod":
            return targets.services_of(self._registry, change)
        name = change.record.name
        if change.kind == "EndpointSlice":
            name = (change.record.view["metadata"].get("labels") or {}).get(targets.SERVICE_NAME, "")
        return [(change.record.namespace, name)] if name else []

    def reconcile(self, key: Key) -> None:
        """Bring the slices of a Service up to date; those of one that is gone are garbage, and collected."""
        service = self._registry.find("Service", *key)
        if service is None or owners.is_deleting(service) or not targets.selects(service):
            return
        if owners.in_leaving_namespace(self._registry, service):
            return
        behind = targets.pods_of(self._registry, service)
        moment = targets.trigger_time(service, behind)
        known = self._known(service)
        wanted = contents(service, behind)
        # A slice keeps its ports if it can, so that the others are free to become what is still missing.
        spare = {
            name: known.pop(name) for name in list(known) if dump(known[name].get("ports")) not in wanted
        }
        by_ports = {dump(slice_.get("ports")): slice_ for slice_ in known.values()}
        for ports, content in wanted.items():
            held = by_ports.pop(ports, None) or (spare.pop(next(iter(spare))) if spare else None)
            self._write(service, held, content, moment)
        for slice_ in (*spare.values(), *by_ports.values()):
            self._delete(slice_)

    def _known(self, service: Object) -> dict[str, Object]:
        mark = {targets.SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: COMPONENT}
        held = self._registry.list("EndpointSlice", service["metadata"]["namespace"], mark)
        known = {slice_["metadata"]["name"]: slice_ for slice_ in held if not owners.is_deleting(slice_)}
        # Two with the same ports (one made by hand, say) are one too many.
        for name in _doubles(known):
            self._delete(known.pop(name))
        return known

    def _write(self, service: Object, held: Object | None, content: Object, moment: str) -> None:
        wanted_labels = labels(service)
        if held is None:
            meta = service["metadata"]
            made = {
                "generateName": f"{meta['name']}-",
                "namespace": meta["namespace"],
                "labels": wanted_labels,
                "annotations": targets.annotated(None, moment),
                "ownerReferences": [owners.reference(service)],
            }
            self._registry.create("EndpointSlice", {"metadata": made, "addressType": "IPv4", **content})
        elif held["metadata"].get("labels") != wanted_labels or _content(held) != content:
            notes = targets.annotated(held["metadata"].get("annotations"), moment)
            held["metadata"] |= {"labels": wanted_labels, "annotations": notes}
            self._registry.update("EndpointSlice", {**held, **content})

    def _delete(self, slice_: Object) -> None:
        meta = slice_["metadata"]
        self._registry.delete("EndpointSlice", meta["namespace"], meta["name"], uid=meta["uid"])


def labels(service: Object) -> dict[str, str]:
    """The Service's labels, and those that say which Service it is and who keeps the slice."""
    own = service["metadata"].get("labels") or {}
    kept = {key: value for key, value in own.items() if key != targets.HEADLESS}
    headless = {targets.HEADLESS: ""} if targets.is_headless(service) else {}
    return {**kept, MANAGED_BY: COMPONENT, targets.SERVICE_NAME: service["metadata"]["name"], **headless}


def contents(service: Object, behind: Sequence[Object]) -> dict[str, Object]:
    """What the slices of a Service hold, by their ports as JSON; one empty slice when there is no pod."""
    found: dict[str, Object] = {}
    for pod in behind:
        ports = targets.ports(service, pod) or None  # as an empty list is read again
        slice_ = found.setdefault(dump(ports), {"ports": ports, "endpoints": []})
        slice_["endpoints"].append(endpoint(service, pod))
    # Kubernetes writes null, not an empty list, in this placeholder.
    return found or {dump(None): {"ports": None, "endpoints": None}}


def endpoint(service: Object, pod: Object) -> Object:
    """One pod as the network sees it: terminating pods stay listed while they can still serve."""
    serving, terminating = pods.is_ready(pod), owners.is_deleting(pod)
    ready = targets.publishes_unready(service) or (serving and not terminating)
    optional = {
        "hostname": targets.hostname(service, pod),
        "nodeName": (pod.get("spec") or {}).get("nodeName"),
    }
    return {
        "addresses": [targets.address(pod)],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": targets.target(pod),
        **{word: value for word, value in optional.items() if value},
    }


def _content(slice_: Object) -> Object:
    return {"ports": slice_.get("ports"), "endpoints": slice_.get("endpoints")}


def _doubles(known: dict[str, Object]) -> list[str]:
    seen: set[str] = set()
    doubles = []
    for name, slice_ in known.items():
        ports = dump(slice_.get("ports"))
        if ports in seen:
            doubles.append(name)
        seen.add(ports)
    return doubles
