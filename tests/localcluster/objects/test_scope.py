"""What is not emulated is found, named by its path, and listed in SCOPE.md as the lists say."""

from pathlib import Path
from typing import Any

import pytest

from localcluster.objects import scope
from localcluster.objects.scope import Field
from localcluster.types import Object
from tests.localcluster.objects import samples

PAGE = Path(scope.__file__).parents[1] / "SCOPE.md"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
TOKEN = {"name": "kube-api-access-x7k2p", "projected": {"sources": []}}
TOKEN_MOUNT = {"name": TOKEN["name"], "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
DATA = {"name": "data", "emptyDir": {}}


def of_pod(container: Object | None = None, **spec: Any) -> list[str]:
    pod = {"kind": "Pod", "spec": {"containers": [{"name": "c", **(container or {})}], **spec}}
    return list(scope.unmet(pod))


def of_service(**spec: Any) -> list[str]:
    return list(scope.unmet({"kind": "Service", "spec": {"clusterIP": "127.0.0.9", **spec}}))


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"volumes": [TOKEN, DATA]}, "volumes[1]"),
        ({"initContainers": [{"name": "i", "volumeMounts": [{}]}]}, "initContainers[0]"),
        ({"hostNetwork": True}, "hostNetwork"),
        ({"os": {"name": "windows"}}, "os.name"),
        ({"affinity": {"podAntiAffinity": {REQUIRED: [{}]}}}, f"affinity.podAntiAffinity.{REQUIRED}"),
    ],
)
def test_what_a_pod_cannot_have(spec: Object, path: str) -> None:
    assert of_pod(**spec) == [f"spec.{path}"]


@pytest.mark.parametrize(
    ("container", "path"),
    [
        ({"volumeMounts": [TOKEN_MOUNT, {"name": "data", "mountPath": "/data"}]}, "volumeMounts[1]"),
        ({"lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}, "lifecycle.preStop.exec"),
        ({"lifecycle": {"postStart": {"sleep": {"seconds": 1}}}}, "lifecycle.postStart"),
        ({"lifecycle": {"stopSignal": "SIGINT"}}, "lifecycle.stopSignal"),
        ({"livenessProbe": {"exec": {"command": ["x"]}}}, "livenessProbe.exec"),
        ({"ports": [{"containerPort": 1}, {"hostPort": 80}]}, "ports[1].hostPort"),
        (
            {"env": [{"valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}]},
            "env[0].valueFrom.resourceFieldRef",
        ),
    ],
)
def test_what_a_container_cannot_have(container: Object, path: str) -> None:
    assert of_pod(container) == [f"spec.containers[0].{path}"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"sessionAffinity": "ClientIP"}, "spec.sessionAffinity"),
        ({"ports": [{"port": 8080, "protocol": "TCP"}, {"port": 80}]}, "spec.ports[1].port"),
        ({"ports": [{"port": 5353, "protocol": "UDP"}]}, "spec.ports[0].protocol"),
    ],
)
def test_what_a_service_cannot_do(spec: Object, path: str) -> None:
    assert of_service(**spec) == [path]
    assert of_service(**{**spec, "clusterIP": "None"}) == []


def test_what_needs_no_emulation_is_accepted() -> None:
    container = {
        "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}],
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "ports": [{"containerPort": 50051, "protocol": "TCP"}],
        "readinessProbe": {"grpc": {"port": 1}},
        "resources": {"limits": {"cpu": "1"}},
        "securityContext": {"readOnlyRootFilesystem": True},
        "stdin": True,
        "volumeMounts": [TOKEN_MOUNT],
    }
    affinity: Object = {"podAntiAffinity": {PREFERRED: [{}]}}
    assert of_pod(container, volumes=[TOKEN], securityContext={"runAsNonRoot": True}, affinity=affinity) == []


def test_a_template_is_told_of_by_its_whole_path() -> None:
    made = samples.workload()
    made["spec"]["template"]["spec"]["volumes"] = [DATA]
    (warning,) = scope.warnings(made)
    assert warning.startswith("spec.template.spec.volumes[0]: not emulated by the local cluster")
    assert "ConfigMap" in warning
    assert scope.complaint(made).startswith("spec.template.spec.volumes[0] cannot be emulated")
    assert scope.complaint(samples.workload()) == ""


# --- the page -----------------------------------------------------------------------------------------------


def row(field: Field) -> str:
    """A line of a table of SCOPE.md."""
    limits = ""
    if isinstance(field.fine, range):
        limits = f" below {field.fine.start}"
    elif isinstance(field.fine, tuple) and field.fine:
        limits = f" other than {', '.join(f'`{value}`' for value in field.fine)}"
    return f"| `spec.{field.path}`{limits} | {field.instead} |"


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        ("Pods that do not start", scope.POD),
        ("Services that do less", scope.SERVICE),
        ("Stored, not enforced: pods", scope.STORED_POD),
        ("Stored, not enforced: Services", scope.STORED_SERVICE),
    ],
)
def test_the_page_lists_what_the_lists_say(title: str, fields: tuple[Field, ...]) -> None:
    _, _, section = PAGE.read_text().partition(f"### {title}\n")
    lines = [line for line in section.partition("\n#")[0].splitlines() if line.startswith("|")]
    assert lines[2:] == [row(field) for field in fields]
