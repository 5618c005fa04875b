"""EndpointSlices of Endpoints made by hand (`k8s.io/kubernetes/pkg/controller/endpointslicemirroring`).

The network follows slices alone, so the Endpoints of a Service without a selector are mirrored into some: one
for each family of addresses and set of ports, none while there is no address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from localcluster.controllers import owners, targets
from localcluster.controllers.endpointslice import MANAGED_BY
from localcluster.controllers.loop import Key
from localcluster.storage.registry import Registry
from localcluster.types import Change, Object, dump

COMPONENT = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
# Some programs keep in Endpoints who leads them; nobody connects to that.
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_NOT_COPIED = (targets.TRIGGER_TIME, "kubectl.kubernetes.io/last-applied-configuration")
_MOST_ADDRESSES = 1000
_EVENTS_FROM = "endpoint-slice-mirroring-controller"


class EndpointSliceMirroringController:
    """Keeps the mirror of the Endpoints of each Service without a selector."""

    name = "endpointslicemirroring"
    kinds: tuple[str, ...] = ("Endpoints", "Service", "EndpointSlice")

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def keys(self, change: Change) -> Iterable[Key]:
        """Namespace and name of the Endpoints and their Service; for a slice those it mirrors, or did."""
        if change.kind != "EndpointSlice":
            return [(change.record.namespace, change.record.name)]
        versions = [r.view["metadata"].get("labels") or {} for r in (change.record, change.old_record) if r]
        names = {one.get(targets.SERVICE_NAME) for one in versions if one.get(MANAGED_BY) == COMPONENT}
        return [(change.record.namespace, name) for name in names if name]

    def reconcile(self, key: Key) -> None:
        """Bring the mirror up to date; what is not to be mirrored has none."""
        namespace, name = key
        service = self._registry.find("Service", namespace, name)
        endpoints = self._registry.find("Endpoints", namespace, name)
        mark = {targets.SERVICE_NAME: name, MANAGED_BY: COMPONENT}
        known = self._registry.list("EndpointSlice", namespace, mark)
        held = [one for one in known if not owners.is_deleting(one)]
        if endpoints and service and _is_mirrored(service, endpoints):
            held = self._mirror(endpoints, held)
        for left in held:
            meta = left["metadata"]
            self._registry.delete("EndpointSlice", namespace, meta["name"], uid=meta["uid"])

    def _mirror(self, endpoints: Object, held: list[Object]) -> list[Object]:
        """Write the slices; returns those that are of no more use."""
        missing = []
        for content in contents(endpoints):
            fitting = next((one for one in held if _kind(one) == _kind(content)), None)
            if fitting is None:
                missing.append(content)
            else:
                held.remove(fitting)
                self._write(endpoints, fitting, content)
        for content in missing:
            # Another slice is changed rather than replaced; its type of addresses is all it has to keep.
            spare = next((one for one in held if one["addressType"] == content["addressType"]), None)
            if spare is not None:
                held.remove(spare)
                self._write(endpoints, spare, content)
            elif not (
                owners.is_deleting(endpoints) or owners.in_leaving_namespace(self._registry, endpoints)
            ):
                self._create(endpoints, content)
        self._tell_of_rest(endpoints)
        return held

    def _create(self, endpoints: Object, content: Object) -> None:
        meta = endpoints["metadata"]
        place = {"generateName": f"{meta['name']}-", "namespace": meta["namespace"]}
        self._registry.create("EndpointSlice", {"metadata": {**place, **_metadata(endpoints)}, **content})

    def _write(self, endpoints: Object, held: Object, content: Object) -> None:
        self._registry.update(
            "EndpointSlice", {**held, "metadata": {**held["metadata"], **_metadata(endpoints)}, **content}
        )

    def _tell_of_rest(self, endpoints: Object) -> None:
        rest = sum(max(0, len(_addresses(one)) - _MOST_ADDRESSES) for one in endpoints.get("subsets") or [])
        if rest:
            most = (
                f"A max of {_MOST_ADDRESSES} addresses can be mirrored to EndpointSlices per Endpoints subset"
            )
            text = f"{most}. {rest} addresses were skipped"
            why = "TooManyAddressesToMirror"
            self._registry.event(endpoints, why, text, type="Warning", component=_EVENTS_FROM)


def _is_mirrored(service: Object, endpoints: Object) -> bool:
    labels, notes = (endpoints["metadata"].get(word) or {} for word in ("labels", "annotations"))
    return not (service["spec"].get("selector") or labels.get(SKIP) == "true" or _LEADER in notes)


def contents(endpoints: Object) -> list[Object]:
    """What the slices of Endpoints hold: type of addresses, ports and endpoints."""
    found: dict[str, Object] = {}
    for subset in endpoints.get("subsets") or []:
        ports = [{**port, "name": port.get("name") or ""} for port in subset.get("ports") or []] or None
        for address, is_ready in _addresses(subset)[:_MOST_ADDRESSES]:
            family = f"IPv{ipaddress.ip_address(address['ip']).version}"
            slice_: Object = {"addressType": family, "ports": ports, "endpoints": []}
            listed = found.setdefault(_kind(slice_), slice_)["endpoints"]
            if (one := _endpoint(address, is_ready)) not in listed and len(listed) < _MOST_ADDRESSES:
                listed.append(one)
    return list(found.values())


def _addresses(subset: Object) -> list[tuple[Object, bool]]:
    """The addresses of a subset, and whether each is ready."""
    words = (("addresses", True), ("notReadyAddresses", False))
    return [(one, is_ready) for word, is_ready in words for one in subset.get(word) or []]


def _endpoint(address: Object, is_ready: bool) -> Object:
    kept = {word: address[word] for word in ("hostname", "nodeName", "targetRef") if address.get(word)}
    return {"addresses": [address["ip"]], "conditions": {"ready": is_ready}, **kept}


def _kind(slice_: Object) -> str:
    """What two slices of the same Endpoints differ in."""
    return dump([slice_["addressType"], slice_.get("ports")])


def _metadata(endpoints: Object) -> Object:
    """What a slice has of its Endpoints: labels, annotations, and to be gone with them."""
    meta = endpoints["metadata"]
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _NOT_COPIED}
    labels = {**(meta.get("labels") or {}), targets.SERVICE_NAME: meta["name"], MANAGED_BY: COMPONENT}
    return {"labels": labels, "annotations": notes, "ownerReferences": [owners.reference(endpoints)]}
