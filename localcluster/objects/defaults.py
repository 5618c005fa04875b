"""What the API server fills into objects before it looks at them (`pkg/apis/*/v1/defaults.go`)."""

from __future__ import annotations

import base64
from collections.abc import Callable

from localcluster.objects import pod_defaults, services
from localcluster.objects.custom import definitions
from localcluster.objects.pod_defaults import fill
from localcluster.types import Object

_PROGRESS_DEADLINE_SECONDS = 600
_REVISION_HISTORY = 10
_AFFINITY_SECONDS = 10800
_RIGHTS = "rbac.authorization.k8s.io"


def apply(kind: str, obj: Object) -> None:
    """Fill the defaults of a kind into an object, in place."""
    setter = _SETTERS.get(kind)
    if setter:
        setter(obj)
    elif definitions.is_custom(kind):
        definitions.default(kind, obj)


def _deployment(deployment: Object) -> None:
    spec = deployment.setdefault("spec", {})
    fill(spec, replicas=1, revisionHistoryLimit=_REVISION_HISTORY)
    fill(spec, progressDeadlineSeconds=_PROGRESS_DEADLINE_SECONDS, strategy={})
    strategy = spec["strategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], maxUnavailable="25%", maxSurge="25%")
    _template(spec)


def _replica_set(replica_set: Object) -> None:
    spec = replica_set.setdefault("spec", {})
    fill(spec, replicas=1)
    _template(spec)


def _template(spec: Object) -> None:
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    pod_defaults.default_spec(template.setdefault("spec", {}))


def _service(service: Object) -> None:
    spec = service.setdefault("spec", {})
    fill(spec, type="ClusterIP", sessionAffinity="None")
    _affinity(spec)
    for port in spec.get("ports") or []:
        fill(port, protocol="TCP")
        if port.get("targetPort") in (None, "", 0):
            port["targetPort"] = port.get("port", 0)
    if spec["type"] != "ExternalName":
        fill(spec, internalTrafficPolicy="Cluster")
    if services.is_reachable(spec):
        fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        fill(spec, allocateLoadBalancerNodePorts=True)


def _affinity(spec: Object) -> None:
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        fill(spec, sessionAffinityConfig={})
        fill(spec["sessionAffinityConfig"], clientIP={})
        fill(spec["sessionAffinityConfig"]["clientIP"], timeoutSeconds=_AFFINITY_SECONDS)


def _secret(secret: Object) -> None:
    fill(secret, type="Opaque")
    # Write-only: what is given as text is stored as bytes (`Convert_v1_Secret_To_core_Secret`).
    texts = secret.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}


def _endpoints(endpoints: Object) -> None:
    for subset in endpoints.get("subsets") or []:
        for port in subset.get("ports") or []:
            fill(port, protocol="TCP")


def _endpoint_slice(piece: Object) -> None:
    # Lists without `omitempty`: an empty one is read again as null.
    for field in ("endpoints", "ports"):
        piece[field] = piece.get(field) or None
    for port in piece["ports"] or []:
        fill(port, name="", protocol="TCP")
    for endpoint in piece["endpoints"] or []:
        endpoint.pop("deprecatedTopology", None)  # not written through v1


def _lease(lease: Object) -> None:
    # Fields of coordinated leader election, which is not switched on.
    for field in ("strategy", "preferredHolder"):
        (lease.get("spec") or {}).pop(field, None)


def _role(role: Object) -> None:
    role["rules"] = role.get("rules") or None


def _ingress_class(ingress_class: Object) -> None:
    parameters = (ingress_class.get("spec") or {}).get("parameters")
    if parameters is not None:
        fill(parameters, scope="Cluster")


def _event(event: Object) -> None:
    # Written by Go even when nothing was set: no `omitempty` in core/v1.
    for field in ("firstTimestamp", "lastTimestamp", "eventTime"):
        event.setdefault(field, None)
    event.setdefault("source", {})
    fill(event, reportingComponent="", reportingInstance="")


def _binding(binding: Object) -> None:
    fill(binding.setdefault("roleRef", {}), apiGroup=_RIGHTS)
    for subject in binding.get("subjects") or []:
        if subject.get("kind") in ("User", "Group"):
            fill(subject, apiGroup=_RIGHTS)


_SETTERS: dict[str, Callable[[Object], None]] = {
    "Pod": pod_defaults.default_pod,
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "Service": _service,
    "Secret": _secret,
    "Endpoints": _endpoints,
    "EndpointSlice": _endpoint_slice,
    "IngressClass": _ingress_class,
    "Lease": _lease,
    "Role": _role,
    "ClusterRole": _role,
    "Event": _event,
    "ClusterRoleBinding": _binding,
    "RoleBinding": _binding,
}
