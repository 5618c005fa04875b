"""What of a pod's specification this node cannot do: it is refused by name, never ignored in silence."""

from collections.abc import Iterator

from localcluster.types import Object

PAGE = "localcluster/SCOPE.md"

_POD = (
    "activeDeadlineSeconds",
    "dnsConfig",
    "ephemeralContainers",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "initContainers",
    "resourceClaims",
    "runtimeClassName",
    "shareProcessNamespace",
    "volumes",
)
_CONTAINER = (
    "restartPolicy",
    "restartPolicyRules",
    "stdin",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
)
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def refused(pod: Object) -> list[str]:
    """The fields of a pod that stand for something that is not emulated."""
    spec = pod["spec"]
    found = [f"spec.{name}" for name in _POD if spec.get(name)]
    if (spec.get("os") or {}).get("name", "linux") != "linux":
        found.append("spec.os")
    found += _required_affinity(spec.get("affinity") or {})
    for position, container in enumerate(spec["containers"]):
        found += [f"spec.containers[{position}].{name}" for name in _of_container(container)]
    return found


def _of_container(container: Object) -> Iterator[str]:
    yield from (name for name in _CONTAINER if container.get(name))
    yield from _of_lifecycle(container.get("lifecycle") or {})
    for name in _PROBES:
        if (container.get(name) or {}).get("exec"):
            yield f"{name}.exec"
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield "ports.hostPort"
    if any(port.get("protocol") == "SCTP" for port in container.get("ports") or []):
        yield "ports.protocol"
    for entry in container.get("env") or []:
        for source in set(entry.get("valueFrom") or {}) - {"fieldRef", "configMapKeyRef", "secretKeyRef"}:
            yield f"env.valueFrom.{source}"


def _of_lifecycle(lifecycle: Object) -> Iterator[str]:
    """A hook may sleep before the end; everything else would run in the container, or ask it."""
    if lifecycle.get("postStart"):
        yield "lifecycle.postStart"
    if lifecycle.get("stopSignal"):
        yield "lifecycle.stopSignal"
    yield from (f"lifecycle.preStop.{word}" for word in lifecycle.get("preStop") or {} if word != "sleep")


def _required_affinity(affinity: Object) -> list[str]:
    word = "requiredDuringSchedulingIgnoredDuringExecution"
    return [f"spec.affinity.{kind}" for kind, rules in affinity.items() if (rules or {}).get(word)]
