"""The one table of the kinds this cluster serves: names, scope, subresources, selectable fields.

Discovery, routing, tables and the registry are all driven by it; the names are those of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from localcluster.types import Object


@dataclass(frozen=True)
class Resource:
    """One kind: how it is called, where it lives and what can be asked of it."""

    kind: str
    plural: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Field selectors beside metadata.name and metadata.namespace."""
    generation: bool = False
    """Whether metadata.generation counts the changes of the specification."""
    returns_deleted: bool = False
    """Whether DELETE answers with the object (`ReturnDeletedObject`) and not with a Status."""
    default_propagation: str = "Background"
    created_by_update: bool = False
    """Whether PUT of an object that is not there makes it (`AllowCreateOnUpdate`)."""
    blind_update: bool = True
    """Whether PUT may leave out the resourceVersion (`AllowUnconditionalUpdate`)."""
    deprecated: str = ""
    """The warning that goes with every answer."""

    @property
    def singular(self) -> str:
        """The name for one object, in lower case."""
        return self.kind.lower()

    @property
    def api_version(self) -> str:
        """Group and version as objects carry it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """The plural with the group, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def package(self) -> str:
        """The package of Go that has its internal type: messages name that."""
        group = "" if self.kind == "Event" else self.group
        return group.partition(".")[0] or "core"

    @property
    def model(self) -> str:
        """Name of the official client's model of this kind."""
        special = {
            "Event": "EventsV1Event" if self.group else "CoreV1Event",
            "TokenRequest": "AuthenticationV1TokenRequest",
        }
        return special.get(self.kind, f"V1{self.kind}")

    @property
    def has_status(self) -> bool:
        """Whether status is written through its own subresource."""
        return "status" in self.subresources


_ALL = ("all",)
_NETWORKING = "networking.k8s.io"
_RIGHTS = "rbac.authorization.k8s.io"
_GATEWAY = "gateway.networking.k8s.io"
_STATUS = ("status",)
_EVENT_FIELDS = (
    *(f"involvedObject.{word}" for word in ("kind", "namespace", "name", "uid")),
    *(f"involvedObject.{word}" for word in ("apiVersion", "resourceVersion", "fieldPath")),
    "reason",
    "reportingComponent",
    "source",
    "type",
)
_POD_FIELDS = (
    *(
        f"spec.{word}"
        for word in ("nodeName", "restartPolicy", "schedulerName", "serviceAccountName", "hostNetwork")
    ),
    *(f"status.{word}" for word in ("phase", "podIP", "podIPs", "nominatedNodeName")),
)


def _custom(kind: str, plural: str, *, namespaced: bool = True, short: tuple[str, ...] = ()) -> Resource:
    """A kind of the Gateway API: one of a definition, as the API server treats those."""
    found = Resource(kind, plural, _GATEWAY, namespaced=namespaced, short=short, categories=("gateway-api",))
    return replace(found, subresources=_STATUS, generation=True, blind_update=False)


RESOURCES: tuple[Resource, ...] = (
    Resource("ConfigMap", "configmaps", short=("cm",)),
    Resource(
        "Endpoints",
        "endpoints",
        short=("ep",),
        created_by_update=True,
        deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
    Resource("Event", "events", short=("ev",), fields=_EVENT_FIELDS, created_by_update=True),
    Resource(
        "Namespace",
        "namespaces",
        namespaced=False,
        short=("ns",),
        subresources=("finalize", "status"),
        fields=("status.phase",),
    ),
    Resource(
        "Node",
        "nodes",
        namespaced=False,
        short=("no",),
        subresources=("status",),
        fields=("spec.unschedulable",),
    ),
    Resource(
        "Pod",
        "pods",
        short=("po",),
        categories=_ALL,
        subresources=("attach", "eviction", "exec", "log", "portforward", "status"),
        fields=_POD_FIELDS,
        generation=True,
        returns_deleted=True,
    ),
    Resource("Secret", "secrets", fields=("type",)),
    Resource(
        "Service",
        "services",
        short=("svc",),
        categories=_ALL,
        subresources=("status",),
        fields=("spec.clusterIP", "spec.type"),
        returns_deleted=True,
        created_by_update=True,
    ),
    Resource(
        "ServiceAccount",
        "serviceaccounts",
        short=("sa",),
        subresources=("token",),
        returns_deleted=True,
        blind_update=False,
    ),
    Resource(
        "Deployment",
        "deployments",
        "apps",
        short=("deploy",),
        categories=_ALL,
        subresources=("scale", "status"),
        generation=True,
    ),
    Resource(
        "ReplicaSet",
        "replicasets",
        "apps",
        short=("rs",),
        categories=_ALL,
        subresources=("scale", "status"),
        fields=("status.replicas",),
        generation=True,
    ),
    Resource("EndpointSlice", "endpointslices", "discovery.k8s.io", generation=True),
    Resource("Ingress", "ingresses", _NETWORKING, short=("ing",), subresources=("status",), generation=True),
    Resource("IngressClass", "ingressclasses", _NETWORKING, namespaced=False, generation=True),
    _custom("GatewayClass", "gatewayclasses", namespaced=False, short=("gc",)),
    _custom("Gateway", "gateways", short=("gtw",)),
    _custom("GRPCRoute", "grpcroutes"),
    Resource("Lease", "leases", "coordination.k8s.io", created_by_update=True, blind_update=False),
    Resource("ClusterRole", "clusterroles", _RIGHTS, namespaced=False, created_by_update=True),
    Resource("ClusterRoleBinding", "clusterrolebindings", _RIGHTS, namespaced=False, created_by_update=True),
    Resource("Role", "roles", _RIGHTS, created_by_update=True),
    Resource("RoleBinding", "rolebindings", _RIGHTS, created_by_update=True),
)

EVENTS_VIEW = Resource("Event", "events", "events.k8s.io", short=("ev",), fields=_EVENT_FIELDS)
"""The same events under their newer name, to be read; they are stored and written in the core form."""

REVIEWS: tuple[Resource, ...] = (
    *(
        Resource(kind, f"{kind.lower()}s", "authorization.k8s.io", namespaced=False)
        for kind in ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview")
    ),
    Resource("SelfSubjectReview", "selfsubjectreviews", "authentication.k8s.io", namespaced=False),
)
"""Questions that are answered and not stored."""

BY_KIND: dict[str, Resource] = {resource.kind: resource for resource in RESOURCES}
SERVED: tuple[Resource, ...] = (*RESOURCES, EVENTS_VIEW, *REVIEWS)
LEFT_OUT: set[str] = set()
"""Groups of which this process serves nothing, as a cluster without their definitions."""


def group_versions() -> list[tuple[str, str]]:
    """Every (group, version) served, the core group first."""
    return list(dict.fromkeys((one.group, one.version) for one in SERVED if one.group not in LEFT_OUT))


def serving(group: str, version: str) -> list[Resource]:
    """The resources of one group and version, by plural."""
    served: Iterable[Resource] = (r for r in SERVED if r.group not in LEFT_OUT)
    chosen = (r for r in served if (r.group, r.version) == (group, version))
    return sorted(chosen, key=lambda resource: resource.plural)


def lookup(group: str, version: str, plural: str) -> Resource | None:
    """The resource at a path, if it is served."""
    return next((r for r in serving(group, version) if r.plural == plural), None)


def reference(obj: Object) -> Object:
    """An `ObjectReference` to an object, as events carry it."""
    meta = obj["metadata"]
    found = {
        "kind": obj.get("kind"),
        "namespace": meta.get("namespace"),
        "name": meta.get("name"),
        "uid": meta.get("uid"),
        "apiVersion": obj.get("apiVersion"),
        "resourceVersion": meta.get("resourceVersion"),
    }
    return {key: value for key, value in found.items() if value}
