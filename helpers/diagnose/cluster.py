"""Objects from a cluster: it is asked to get and to list, and nothing else.

What may not be read is named with the missing right, and the rest is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kubernetes.client import ApiException

from helpers.deploy.ingress import CONTROLLER_LABELS, CONTROLLER_NAMESPACE
from helpers.diagnose.doors import ROUTES
from helpers.diagnose.inventory import Inventory, at, each, name_of
from helpers.lab.errors import refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import KINDS, Kind, Object

EVERYWHERE = ""
# In the Service's namespace. ConfigMaps tell which pods are told a Service's address; Secrets are not read.
NEAR = (
    KINDS["Service"],
    KINDS["EndpointSlice"],
    KINDS["Pod"],
    KINDS["Deployment"],
    Kind("StatefulSet", "apps/v1", "statefulsets"),
    Kind("DaemonSet", "apps/v1", "daemonsets"),
    Kind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers"),
    KINDS["ConfigMap"],
)
# Of which those of other namespaces count too; where the cluster's may not be listed, the namespace's are.
WIDE = (KINDS["Ingress"],)
# Kinds that a cluster may lack. Versions are those that the controllers serve since 2024 at the latest.
OPTIONAL = (
    KINDS["GRPCRoute"],
    Kind("HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes"),
    Kind("VirtualService", "networking.istio.io/v1", "virtualservices"),
    Kind("HTTPProxy", "projectcontour.io/v1", "httpproxies"),
    Kind("IngressRoute", "traefik.io/v1alpha1", "ingressroutes"),
    Kind("VirtualServer", "k8s.nginx.org/v1", "virtualservers"),
    Kind("Mapping", "getambassador.io/v3alpha1", "mappings"),
    Kind("ApisixRoute", "apisix.apache.org/v2", "apisixroutes"),
    Kind("ScaledObject", "keda.sh/v1alpha1", "scaledobjects"),
)
ABSENT, FORBIDDEN = 404, 403


@dataclass
class _Reader:
    """Reads from a cluster, and notes what it may not."""

    lab: Lab
    items: list[Object] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def take(self, kind: Kind, *namespaces: str, labels: str = "") -> None:
        """Take a collection of the first namespace that may be listed; a kind not served has no objects."""
        for namespace in namespaces:
            try:
                self.items += self.lab.objects.select(kind, namespace, labels=labels)
            except ApiException as error:
                if not self._is_refused(kind.name, namespace, error):
                    return
            else:
                return
        self.unread.add(kind.name)

    def take_one(self, kind: str, namespace: str, name: str) -> None:
        """Take one object, if it is there."""
        try:
            found = self.lab.objects.get(kind, namespace, name)
        except ApiException as error:
            if self._is_refused(kind, namespace, error):
                self.unread.add(kind)
        else:
            self.items += [{"apiVersion": KINDS[kind].api_version, "kind": kind, **found}] if found else []

    def _is_refused(self, kind: str, namespace: str, error: ApiException) -> bool:
        if error.status not in {ABSENT, FORBIDDEN}:
            raise error
        if error.status == FORBIDDEN:
            where = f"in namespace {namespace}" if namespace else "of all namespaces"
            self.refused.append(f"{kind} {where}: {refusal(error)}.")
        return bool(error.status == FORBIDDEN)


def inventory(lab: Lab) -> tuple[Inventory, list[str]]:
    """Read what a diagnosis of the Services of a lab's namespace needs.

    Args:
        lab: Where.

    Returns:
        The objects, and a sentence for each thing that may not be read, with the missing right.

    Raises:
        kubernetes.client.ApiException: The server refuses for another reason than a missing right.
    """
    reader = _Reader(lab)
    for kind in NEAR:
        reader.take(kind, lab.namespace)
    for kind in (*WIDE, *_served(reader)):
        reader.take(kind, EVERYWHERE, lab.namespace)
    reader.take(KINDS["IngressClass"], EVERYWHERE)
    reader.take_one("Namespace", "", lab.namespace)
    if any(item["kind"] == "Ingress" for item in reader.items):
        _take_controllers(reader)
    _take_gateways(reader)
    return Inventory(reader.items, lab.namespace, live=True, unread=frozenset(reader.unread)), reader.refused


def _served(reader: _Reader) -> list[Kind]:
    """Return the optional kinds whose group the cluster serves, in the version that it prefers.

    The server looks at rights before it looks for the kind: without this question, whoever may do little
    would be told of rights on what is not there.
    """
    try:
        found = reader.lab.objects.request("GET", "/apis")["groups"]
    except ApiException as error:
        if error.status != FORBIDDEN:
            raise
        reader.refused.append(f"The list of API groups, and so routes of any kind: {refusal(error)}.")
        return []
    preferred = {str(one["name"]): str(at(one, "preferredVersion", "groupVersion")) for one in found}
    groups = {kind: kind.api_version.partition("/")[0] for kind in OPTIONAL}
    return [
        replace(kind, api_version=preferred[group]) for kind, group in groups.items() if group in preferred
    ]


def _take_controllers(reader: _Reader) -> None:
    """Take ingress-nginx's pods, whose image tells its version."""
    taken = {(str(at(item, "metadata", "namespace")), name_of(item)) for item in reader.items}
    before = len(reader.items)
    unread = set(reader.unread)
    reader.take(KINDS["Pod"], EVERYWHERE, CONTROLLER_NAMESPACE, labels=CONTROLLER_LABELS)
    reader.unread = unread  # the Service's own pods are another matter
    fresh = reader.items[before:]
    reader.items[before:] = [
        item for item in fresh if (str(at(item, "metadata", "namespace")), name_of(item)) not in taken
    ]


def _take_gateways(reader: _Reader) -> None:
    """Take the Gateways that routes name, which may be in any namespace."""
    named = {
        (
            str(one.get("namespace") or at(route, "metadata", "namespace") or reader.lab.namespace),
            str(one.get("name")),
        )
        for route in reader.items
        if route["kind"] in ROUTES
        for one in each(route, "spec", "parentRefs")
        if one.get("kind") in {None, "Gateway"}
    }
    for namespace, name in sorted(named):
        reader.take_one("Gateway", namespace, name)
