"""EndpointSlices of Endpoints made by hand (`k8s.io/kubernetes/pkg/controller/endpointslicemirroring`).

The network follows slices alone, so the Endpoints of a Service without a selector are mirrored into some: one
for each family of addresses and set of ports, none while there is no address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from localcluster.controllers import endpointslice, owners, targets
from localcluster.controllers.endpointslice import MANAGED_BY
from localcluster.controllers.loop import Key, OfRegistry
from localcluster.network.directory import SERVICE_LABEL
from localcluster.types import Change, Object

COMPONENT = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
_NOT_COPIED = (targets.TRIGGER_TIME, "kubectl.kubernetes.io/last-applied-configuration")


class EndpointSliceMirroringController(OfRegistry):
    """Keeps the mirror of the Endpoints of each Service without a selector."""

    name = "endpointslicemirroring"
    kinds: tuple[str, ...] = ("Endpoints", "Service", "EndpointSlice")

    def keys(self, change: Change) -> Iterable[Key]:
        """Namespace and name of the Endpoints and their Service; for a slice those it mirrors, or did."""
        if change.kind != "EndpointSlice":
            return [(change.record.namespace, change.record.name)]
        versions = [r.view["metadata"].get("labels") or {} for r in (change.record, change.old_record) if r]
        names = {one.get(SERVICE_LABEL) for one in versions if one.get(MANAGED_BY) == COMPONENT}
        return [(change.record.namespace, name) for name in names if name]

    def reconcile(self, key: Key) -> None:
        """Bring the mirror up to date; what is not to be mirrored has none."""
        namespace, name = key
        service = self._registry.find("Service", namespace, name)
        endpoints = self._registry.find("Endpoints", namespace, name)
        if endpoints is not None and owners.in_leaving_namespace(self._registry, endpoints):
            return
        mark = {SERVICE_LABEL: name, MANAGED_BY: COMPONENT}
        if endpoints is None or service is None or not _is_mirrored(service, endpoints):
            endpointslice.keep(self._registry, mark, [], {"namespace": namespace})
        else:
            endpointslice.keep(self._registry, mark, contents(endpoints), _metadata(endpoints, mark))


def _is_mirrored(service: Object, endpoints: Object) -> bool:
    labels = endpoints["metadata"].get("labels") or {}
    return not service["spec"].get("selector") and labels.get(SKIP) != "true"


def contents(endpoints: Object) -> list[Object]:
    """What the slices of Endpoints hold: type of addresses, ports and endpoints."""
    found: dict[str, Object] = {}
    for subset in endpoints.get("subsets") or []:
        ports = [{**port, "name": port.get("name") or ""} for port in subset.get("ports") or []] or None
        for address, is_ready in _addresses(subset):
            family = f"IPv{ipaddress.ip_address(address['ip']).version}"
            slice_: Object = {"addressType": family, "ports": ports, "endpoints": []}
            listed = found.setdefault(endpointslice.kind(slice_), slice_)["endpoints"]
            if (one := _endpoint(address, is_ready)) not in listed:
                listed.append(one)
    return list(found.values())


def _addresses(subset: Object) -> list[tuple[Object, bool]]:
    """The addresses of a subset, and whether each is ready."""
    words = (("addresses", True), ("notReadyAddresses", False))
    return [(one, is_ready) for word, is_ready in words for one in subset.get(word) or []]


def _endpoint(address: Object, is_ready: bool) -> Object:
    kept = {word: address[word] for word in ("hostname", "nodeName", "targetRef") if address.get(word)}
    return {"addresses": [address["ip"]], "conditions": {"ready": is_ready}, **kept}


def _metadata(endpoints: Object, mark: dict[str, str]) -> Object:
    """What a slice has of its Endpoints: labels, annotations, and to be gone with them."""
    meta = endpoints["metadata"]
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _NOT_COPIED}
    return {
        "generateName": f"{meta['name']}-",
        "namespace": meta["namespace"],
        "labels": {**(meta.get("labels") or {}), **mark},
        "annotations": notes,
        "ownerReferences": [owners.reference(endpoints)],
    }
