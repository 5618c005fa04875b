"""EndpointSlices, what the network follows (`k8s.io/endpointslice`, `pkg/controller/endpointslice`).

Pods of one Service whose named ports have different numbers cannot share a slice, so there is one slice for
each set of ports, and an empty one when there is no pod at all. Slices are not cut at 100 endpoints: one
machine does not run that many pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localcluster.controllers import owners, pods, targets
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.network.directory import SERVICE_LABEL, is_headless, publishes_unready
from localcluster.storage.registry import Registry
from localcluster.types import Change, Object, dump

COMPONENT = "endpointslice-controller.k8s.io"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


class EndpointSliceController(OfRegistry):
    """Keeps the EndpointSlices of each Service that selects pods."""

    name = "endpointslice"
    kinds: tuple[str, ...] = ("Service", "Pod", "EndpointSlice")

    def keys(self, change: Change) -> Iterable[Key]:
        """The Service itself, the one a slice is for, or those that select a pod."""
        if change.kind == "Pod":
            return targets.services_of(self._registry, change)
        name = change.record.name
        if change.kind == "EndpointSlice":
            name = (change.record.view["metadata"].get("labels") or {}).get(SERVICE_LABEL, "")
        return [(change.record.namespace, name)] if name else []

    def reconcile(self, key: Key) -> None:
        """Bring the slices of a Service up to date; those of one that is gone are garbage, and collected."""
        service = self._registry.find("Service", *key)
        if service is None or owners.is_deleting(service) or not targets.selects(service):
            return
        if owners.in_leaving_namespace(self._registry, service):
            return
        behind = targets.pods_of(self._registry, service)
        moment, meta = targets.trigger_time(service, behind), service["metadata"]
        mark = {SERVICE_LABEL: meta["name"], MANAGED_BY: COMPONENT}
        made = {
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": labels(service),
            "annotations": targets.annotated(None, moment),
            "ownerReferences": [owners.reference(service)],
        }
        keep(self._registry, mark, contents(service, behind), made)


def keep(registry: Registry, mark: dict[str, str], wanted: list[Object], meta: Object) -> None:
    """Bring the slices with some labels to the wanted contents.

    A slice keeps its ports if it can; one whose ports nobody wants is changed rather than replaced, and the
    type of its addresses is all it has to keep.

    Args:
        registry: Where they are.
        mark: The labels.
        wanted: What they shall hold: type of addresses, ports and endpoints.
        meta: The metadata of a new one; labels and annotations are those of all.
    """
    known = registry.list("EndpointSlice", meta["namespace"], mark)
    held, missing = [one for one in known if not owners.is_deleting(one)], []
    for content in wanted:
        fitting = next((one for one in held if kind(one) == kind(content)), None)
        if fitting is None:
            missing.append(content)
        else:
            held.remove(fitting)
            _write(registry, fitting, content, meta)
    for content in missing:
        spare = next((one for one in held if one["addressType"] == content["addressType"]), None)
        if spare is None:
            registry.create("EndpointSlice", {"metadata": dict(meta), **content})
        else:
            held.remove(spare)
            _write(registry, spare, content, meta)
    for left in held:
        place = left["metadata"]
        registry.delete("EndpointSlice", place["namespace"], place["name"], uid=place["uid"])


def _write(registry: Registry, held: Object, content: Object, meta: Object) -> None:
    same = all(held.get(word) == value for word, value in content.items())
    if not same or held["metadata"].get("labels") != meta["labels"]:
        notes = {**(held["metadata"].get("annotations") or {}), **meta["annotations"]}
        held["metadata"] |= {"labels": meta["labels"], "annotations": notes}
        registry.update("EndpointSlice", {**held, **content})


def kind(slice_: Object) -> str:
    """What two slices of the same Service differ in."""
    return dump([slice_["addressType"], slice_.get("ports")])


def labels(service: Object) -> dict[str, str]:
    """The Service's labels, and those that say which Service it is and who keeps the slice."""
    own = service["metadata"].get("labels") or {}
    kept = {key: value for key, value in own.items() if key != targets.HEADLESS}
    headless = {targets.HEADLESS: ""} if is_headless(service) else {}
    return {**kept, MANAGED_BY: COMPONENT, SERVICE_LABEL: service["metadata"]["name"], **headless}


def contents(service: Object, behind: Sequence[Object]) -> list[Object]:
    """What the slices of a Service hold: one for each set of ports; an empty one when there is no pod."""
    found: dict[str, Object] = {}
    for pod in behind:
        ports = targets.ports(service, pod) or None  # as an empty list is read again
        slice_ = found.setdefault(dump(ports), {"addressType": "IPv4", "ports": ports, "endpoints": []})
        slice_["endpoints"].append(endpoint(service, pod))
    # Kubernetes writes null, not an empty list, in this placeholder.
    return list(found.values()) or [{"addressType": "IPv4", "ports": None, "endpoints": None}]


def endpoint(service: Object, pod: Object) -> Object:
    """One pod as the network sees it: terminating pods stay listed while they can still serve."""
    serving, terminating = pods.is_ready(pod), owners.is_deleting(pod)
    ready = publishes_unready(service) or (serving and not terminating)
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
