"""Whether pods have a mesh's proxy beside them, by the labels and annotations that ask for one.

Istio: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/. Linkerd:
https://linkerd.io/2/features/proxy-injection/. Pods' own words win over their namespace's.
"""

from __future__ import annotations

from helpers.diagnose.inventory import Inventory, at, reference, texts
from helpers.diagnose.workloads import has_sidecar, path_of, template
from helpers.lab.objects import Object

# A label or an annotation, of a namespace or a pod, and the values that ask for a proxy.
SWITCHES = {
    "sidecar.istio.io/inject": {"true"},
    "istio-injection": {"enabled"},
    "linkerd.io/inject": {"enabled", "ingress"},
    "consul.hashicorp.com/connect-inject": {"true"},
    "kuma.io/sidecar-injection": {"enabled", "true"},
    "openservicemesh.io/sidecar-injection": {"enabled", "true", "yes"},
    "appmesh.k8s.aws/sidecarInjectorWebhook": {"enabled"},
}
REVISION = "istio.io/rev"
# Istio without sidecars works on connections unless a waypoint is told to work on requests:
# https://istio.io/latest/docs/ambient/usage/waypoint/
WAYPOINT = "istio.io/use-waypoint"
# Cilium's proxy on the node: https://docs.cilium.io/en/stable/network/servicemesh/envoy-load-balancing/
CILIUM = "service.cilium.io/lb-l7"

Asked = tuple[str, str, str]  # object, field, value


def sidecar(item: Object, inventory: Inventory) -> Asked | None:
    """Return what gives an object's pods a mesh's proxy; None if nothing does, or something forbids it."""
    where = ".".join(path_of(item))
    own, refused = _asked(template(item), reference(item), where)
    if own:
        return own
    if has_sidecar(item):
        return reference(item), f"{where}.spec.containers".lstrip("."), "a mesh's proxy"
    if refused or at(template(item), "spec", "hostNetwork") is True:
        return None
    return namespace_asks(inventory.namespace_of(item), inventory)


def namespace_asks(name: str, inventory: Inventory) -> Asked | None:
    """Return what gives every pod of a namespace a mesh's proxy."""
    found = inventory.find("Namespace", None, name)
    return _asked(found, reference(found), "")[0] if found else None


def in_front(service: Object, inventory: Inventory) -> Asked | None:
    """Return what makes a mesh balance requests to a Service without sidecars: a waypoint, a node's proxy."""
    marks = texts(service, "metadata", "labels") | texts(service, "metadata", "annotations")
    if marks.get(CILIUM) == "enabled":
        return reference(service), f'metadata.annotations["{CILIUM}"]', "enabled"
    space = inventory.find("Namespace", None, inventory.namespace_of(service))
    for item in (service, space):
        waypoint = texts(item, "metadata", "labels").get(WAYPOINT) if item else None
        if item and waypoint:
            asked = reference(item), f'metadata.labels["{WAYPOINT}"]', waypoint
            return asked if waypoint != "none" else None
    return None


def _asked(item: Object, name: str, where: str) -> tuple[Asked | None, bool]:
    """Return what in an object's metadata asks for a proxy, and whether something there forbids it."""
    refused = False
    for part in ("labels", "annotations"):
        found = texts(item, "metadata", part)
        for key, wanted in SWITCHES.items():
            field = f'{where}.metadata.{part}["{key}"]'.lstrip(".")
            if found.get(key, "").lower() in wanted:
                return (name, field, found[key]), False
            refused = refused or key in found
        if part == "labels" and found.get(REVISION) and not refused:
            return (name, f'{where}.metadata.labels["{REVISION}"]'.lstrip("."), found[REVISION]), False
    return None, refused
