"""What a field asks for and a local cluster does not do: not emulated, or stored but not enforced.

The one source of what is said of it: the API's warnings, events, a Deployment's condition and the tables of
SCOPE.md, which a test holds against these lists.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localcluster.types import Object

PAGE = "localcluster/SCOPE.md"

# What Kubernetes itself puts into a pod, so that a copy of a real cluster's pod has it too.
_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105 - the beginning of a volume's name
_TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or some values of it.

    Attributes:
        path: where it stands below ``spec``; ``[]`` is each item of a list, ``*`` each key.
        instead: what to do instead, as the end of a sentence.
        fine: the values, or for ``*`` the keys, that mean what they say.
    """

    path: str
    instead: str
    fine: Container[object] = ()


_ENVIRONMENT = "take the values from a ConfigMap or a Secret as environment variables"
_VOLUME = "take configuration from environment variables (ConfigMap, Secret), and write files to /tmp"
_ONE_CONTAINER = "do it in the container's own program"
_NODE = "use a real cluster: pods share this machine"
_PROBE = "use a grpc, httpGet or tcpSocket probe"
_HOOK = "use preStop.sleep, and let the program end on SIGTERM"
_AFFINITY = "prefer with preferredDuringSchedulingIgnoredDuringExecution: there is one node"
_DRY_RUN = "check it on a real cluster: kubectl apply --dry-run=server"
_CLUSTER_IP = "dial the ClusterIP, which this machine can reach"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

POD = (
    Field("volumes[]", _VOLUME),
    Field("initContainers[]", _ONE_CONTAINER),
    Field("ephemeralContainers[]", "read the log with kubectl logs"),
    Field("activeDeadlineSeconds", "give the program a deadline of its own"),
    Field(f"affinity.*.{_REQUIRED}", _AFFINITY),
    Field("dnsConfig.nameservers[]", "make an ExternalName Service, or set dnsPolicy to Default"),
    Field("dnsConfig.searches[]", "write the name with its namespace: service.namespace"),
    Field("hostAliases[]", "make an ExternalName Service"),
    Field("hostIPC", _NODE),
    Field("hostNetwork", "reach the pod at its own address, which this machine can dial"),
    Field("hostPID", _NODE),
    Field("os.name", "leave it out: programs run on Linux", ("linux",)),
    Field("resourceClaims[]", _NODE),
    Field("runtimeClassName", _NODE),
    Field("shareProcessNamespace", _NODE),
    Field("containers[].env[].valueFrom.*", _ENVIRONMENT, ("fieldRef", "configMapKeyRef", "secretKeyRef")),
    Field("containers[].lifecycle.postStart", _ONE_CONTAINER),
    Field("containers[].lifecycle.preStop.*", _HOOK, ("sleep",)),
    Field("containers[].lifecycle.stopSignal", _HOOK),
    Field("containers[].livenessProbe.exec", _PROBE),
    Field("containers[].ports[].hostPort", "reach the pod at its own address, which this machine can dial"),
    Field("containers[].ports[].protocol", "use TCP", ("TCP", "UDP")),
    Field("containers[].readinessProbe.exec", _PROBE),
    Field("containers[].restartPolicy", "set the pod's restartPolicy"),
    Field("containers[].restartPolicyRules[]", "set the pod's restartPolicy"),
    Field("containers[].startupProbe.exec", _PROBE),
    Field("containers[].volumeDevices[]", _VOLUME),
    Field("containers[].volumeMounts[]", _VOLUME),
    Field("containers[].workingDir", "name files by absolute paths"),
)
"""What a pod cannot have: it does not start."""

SERVICE = (
    Field("ports[].port", "choose a port from 1024 on: a user cannot open lower ones", range(1024, 65536)),
    Field("ports[].protocol", "use TCP", ("TCP",)),
    Field("sessionAffinity", "keep the connection open: a connection stays with its pod", ("None",)),
)
"""What a Service with an address of its own cannot do; what it does beside that it does."""

STORED_POD = (
    Field("affinity.*.preferredDuringSchedulingIgnoredDuringExecution[]", _NODE),
    Field("containers[].resources", "watch the program with this machine's own tools, such as top"),
    Field("containers[].securityContext", _DRY_RUN),
    Field("containers[].terminationMessagePath", "write the last words to stderr"),
    Field("dnsConfig.options[]", "nothing: names resolve without them"),
    Field("imagePullSecrets[]", "nothing: no registry is asked"),
    Field("priorityClassName", _NODE),
    Field("securityContext", _DRY_RUN),
    Field("setHostnameAsFQDN", "compose the name from fields of the pod in environment variables"),
    Field("tolerations[]", "nothing: the node has no taint"),
    Field("topologySpreadConstraints[]", _NODE),
)
STORED_SERVICE = (
    Field("externalIPs[]", _CLUSTER_IP),
    Field("externalTrafficPolicy", "nothing: there is one node"),
    Field("internalTrafficPolicy", "nothing: there is one node"),
    Field("loadBalancerIP", _CLUSTER_IP),
    Field("ports[].nodePort", _CLUSTER_IP),
    Field("trafficDistribution", "nothing: there is one node"),
)
"""What of pods and Services is stored and shown, and has no effect."""

_TEMPLATES = ("Deployment", "ReplicaSet")


def unmet(obj: Object) -> dict[str, str]:
    """The fields of an object that ask for what is not emulated, with what to do instead.

    Args:
        obj: a pod, an object with a template of pods, or a Service; others ask for nothing such.
    """
    kind, spec = obj.get("kind"), obj.get("spec") or {}
    if kind == "Pod":
        return _asked(POD, "spec", spec)
    if kind in _TEMPLATES:
        return _asked(POD, "spec.template.spec", (spec.get("template") or {}).get("spec") or {})
    if kind == "Service" and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        return _asked(SERVICE, "spec", spec)
    return {}


def warnings(obj: Object) -> Iterator[str]:
    """A sentence for each field of an object that is not emulated."""
    for path, instead in unmet(obj).items():
        yield f"{path}: not emulated by the local cluster ({PAGE}); {instead}"


def complaint(obj: Object) -> str:
    """Why a pod, or each pod of a template, does not start; "" when there is no reason."""
    found = unmet(obj)
    if not found:
        return ""
    advice = "; ".join(dict.fromkeys(found.values()))
    return f"{', '.join(found)} cannot be emulated by the local cluster ({PAGE}): {advice}"


def _asked(rows: Sequence[Field], place: str, spec: Object) -> dict[str, str]:
    return {path: row.instead for row in rows for path in _set(spec, row.path.split("."), place, row.fine)}


def _set(value: Any, steps: Sequence[str], path: str, fine: Container[object]) -> Iterator[str]:
    """The paths below a value at which something stands that is not fine."""
    if not value or _is_injected(value):
        return
    if not steps:
        if isinstance(value, (dict, list)) or value not in fine:
            yield path
    elif steps[0] == "*":
        for key in value:
            if key not in fine:
                yield from _set(value[key], steps[1:], f"{path}.{key}", ())
    elif steps[0].endswith("[]"):
        name = steps[0].removesuffix("[]")
        for index, item in enumerate(value.get(name) or []):
            yield from _set(item, steps[1:], f"{path}.{name}[{index}]", fine)
    else:
        yield from _set(value.get(steps[0]), steps[1:], f"{path}.{steps[0]}", fine)


def _is_injected(value: Any) -> bool:
    """Whether Kubernetes itself put this volume or mount into a pod; here the token lies elsewhere."""
    return isinstance(value, dict) and (
        ("projected" in value and str(value.get("name")).startswith(_TOKEN_VOLUME))
        or value.get("mountPath") == _TOKEN_FOLDER
    )
