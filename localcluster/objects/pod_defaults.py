"""What the API server fills into pods and pod templates (`k8s.io/kubernetes/pkg/apis/core/v1/defaults.go`).

A template gets less than a pod: what depends on the whole object or on admission comes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from localcluster.types import Object

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def fill(target: Object, **defaults: Any) -> None:
    """Set the fields that are not set; an empty text or 0 counts as not set, as Go's zero values do."""
    for key, value in defaults.items():
        if target.get(key) in (None, ""):
            target[key] = value


def containers(spec: Object) -> Iterator[Object]:
    """All containers of a pod spec: init, ephemeral and ordinary."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or []


def default_pod(pod: Object) -> None:
    """Defaults of a Pod, in place."""
    spec = pod.setdefault("spec", {})
    for container in containers(spec):
        _requests_from_limits(container)
    fill(spec, enableServiceLinks=True)
    default_spec(spec)


def default_spec(spec: Object) -> None:
    """Defaults of a pod's specification, also within a template, in place."""
    fill(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", schedulerName="default-scheduler")
    fill(spec, terminationGracePeriodSeconds=30, securityContext={})
    _service_account(spec)
    for container in containers(spec):
        _container(container)


def admit(pod: Object) -> None:
    """What the default admission plugins set in a new pod, in place.

    These are ServiceAccount (without the token's volume: there are none here) and Priority.
    """
    spec = pod["spec"]
    fill(spec, serviceAccountName="default", preemptionPolicy="PreemptLowerPriority", priority=0)
    _service_account(spec)


def _service_account(spec: Object) -> None:
    # `serviceAccount` is the field's older name; both are always written.
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def _requests_from_limits(container: Object) -> None:
    resources = container.get("resources") or {}
    limits = resources.get("limits") or {}
    if limits:
        resources["requests"] = {**limits, **(resources.get("requests") or {})}


def _container(container: Object) -> None:
    fill(container, imagePullPolicy=_pull_policy(container.get("image") or ""), resources={})
    fill(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    for port in container.get("ports") or []:
        fill(port, protocol="TCP")
    for variable in container.get("env") or []:
        _reference(variable.get("valueFrom") or {})
    for name in _PROBES:
        if container.get(name) is not None:
            _probe(container[name])
    for handler in (container.get("lifecycle") or {}).values():
        if isinstance(handler, dict):
            _handler(handler)


def _reference(source: Object) -> None:
    """Fill what names a field of the pod or an amount of a container."""
    if source.get("fieldRef") is not None:
        fill(source["fieldRef"], apiVersion="v1")
    if source.get("resourceFieldRef") is not None:
        fill(source["resourceFieldRef"], divisor="0")


def _probe(probe: Object) -> None:
    for key, value in _PROBE.items():
        # A plain Go integer: zero cannot be told from nothing.
        probe[key] = probe.get(key) or value
    _handler(probe)


def _handler(handler: Object) -> None:
    if (request := handler.get("httpGet")) is not None:
        fill(request, path="/", scheme="HTTP")
    if (call := handler.get("grpc")) is not None:
        fill(call, service="")


def _pull_policy(image: str) -> str:
    name = image.rpartition("/")[2]
    tag = re.sub(r"@.*", "", name).partition(":")[2]
    latest = tag == "latest" or (not tag and "@" not in name)
    return "Always" if latest else "IfNotPresent"
