from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

FIRST = "spec.containers[0]"
PRIVILEGED = {"privileged": True, "allowPrivilegeEscalation": False}
CONFIG = {"configMapKeyRef": {"name": "ingress-address", "key": "nginx-http", "optional": True}}


def pod(**fields: Any) -> Object:
    return samples.pod(containers=[samples.container(**fields)])


def variable(**fields: Any) -> list[Object]:
    return [{"name": "A", **fields}]


@pytest.mark.parametrize(
    "fields",
    [
        {"env": variable(value="1")},
        {"env": variable(valueFrom={"fieldRef": {"fieldPath": "status.podIP"}})},
        {"env": variable(valueFrom={"fieldRef": {"fieldPath": "metadata.labels['app']"}})},
        {"env": variable(valueFrom=CONFIG)},
        {"envFrom": [{"configMapRef": {"name": "x"}, "prefix": "P_"}]},
        {"readinessProbe": {"grpc": {"port": 1}}, "livenessProbe": {"tcpSocket": {"port": "grpc"}}},
        {"resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "0.1", "memory": "64Mi"}}},
        {"ports": [{"containerPort": 1}, {"containerPort": 1, "protocol": "UDP"}]},
        {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "1"]}}}},
        {"securityContext": {"runAsUser": 65532, "allowPrivilegeEscalation": False}},
    ],
)
def test_good_containers_pass(fields: Object) -> None:
    assert rules.errors(pod(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, "name: Required value"),
        ({"name": "Upper"}, "name: Invalid value"),
        ({"image": ""}, "image: Required value"),
        ({"image": " x"}, 'image: Invalid value: " x": must not have leading or trailing whitespace'),
        ({"imagePullPolicy": "Sometimes"}, 'imagePullPolicy: Unsupported value: "Sometimes"'),
        (
            {"ports": [{"containerPort": 70000}]},
            "ports[0].containerPort: Invalid value: 70000: must be between",
        ),
        ({"ports": [{"name": "a"}]}, "ports[0].containerPort: Required value"),
        (
            {"ports": [{"containerPort": at, "name": "a"} for at in (1, 2)]},
            'ports[1].name: Duplicate value: "a"',
        ),
        ({"ports": [{"containerPort": 1, "protocol": "tcp"}]}, 'ports[0].protocol: Unsupported value: "tcp"'),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            'resources.requests: Invalid value: "2"',
        ),
        ({"resources": {"limits": {"pids": "1"}}}, "resources.limits[pids]: Invalid value"),
        ({"resources": {"limits": {"cpu": "-1"}}}, "resources.limits[cpu]: Invalid value"),
        ({"terminationMessagePolicy": "Never"}, "terminationMessagePolicy: Unsupported value"),
        ({"securityContext": {"runAsUser": -1}}, "securityContext.runAsUser: Invalid value"),
        ({"securityContext": PRIVILEGED}, "securityContext: Invalid value"),
    ],
)
def test_a_wrong_container_is_refused(fields: Object, error: str) -> None:
    assert any(line.startswith(f"{FIRST}.{error}") for line in rules.errors(pod(**fields)))


def test_names_of_containers_are_unique() -> None:
    lines = rules.errors(samples.pod(containers=[samples.container(), samples.container()]))
    assert lines == ['spec.containers[1].name: Duplicate value: "greeter"']


def test_space_around_an_image_is_refused_in_a_pod_and_not_in_a_template() -> None:
    assert rules.fields(pod(image=" x ")) == [f"{FIRST}.image"]
    assert rules.fields(samples.workload(image=" x ")) == []
