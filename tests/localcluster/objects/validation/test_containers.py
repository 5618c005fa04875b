from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

FIRST = "spec.containers[0]"
CONFIG = {"configMapKeyRef": {"name": "ingress-address", "key": "nginx-http", "optional": True}}


def pod(**fields: Any) -> Object:
    return samples.pod(volumes=[{"name": "tmp"}], containers=[samples.container(**fields)])


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
        {"volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]},  # noqa: S108 - a path in a pod
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
        (
            {"imagePullPolicy": "Sometimes"},
            'imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always"',
        ),
        (
            {"ports": [{"containerPort": 70000}]},
            "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        ({"ports": [{"name": "a"}]}, "ports[0].containerPort: Required value"),
        (
            {"ports": [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]},
            'ports[1].name: Duplicate value: "a"',
        ),
        (
            {"ports": [{"containerPort": 1, "protocol": "tcp"}]},
            'ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
        ),
        ({"env": [{"name": "", "value": "1"}]}, "env[0].name: Required value"),
        ({"env": [{"name": "A=B"}]}, "env[0].name: Invalid value"),
        (
            {"env": variable(value="1", valueFrom=CONFIG)},
            'env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
        ),
        (
            {"env": variable(valueFrom={})},
            'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`',
        ),
        (
            {"env": variable(valueFrom={**CONFIG, "fieldRef": {"fieldPath": "metadata.name"}})},
            'env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time',
        ),
        (
            {"env": variable(valueFrom={"fieldRef": {"fieldPath": "spec.x"}})},
            'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting',
        ),
        (
            {"env": variable(valueFrom={"secretKeyRef": {"name": "x"}})},
            "env[0].valueFrom.secretKeyRef.key: Required value",
        ),
        ({"envFrom": [{}]}, "envFrom[0]: Invalid value"),
        ({"readinessProbe": {}}, "readinessProbe: Required value: must specify a handler type"),
        (
            {"livenessProbe": {"grpc": {"port": 1}, "exec": {"command": ["x"]}}},
            "livenessProbe.grpc: Forbidden: may not specify more than 1 handler type",
        ),
        (
            {"livenessProbe": {"grpc": {"port": 0}}},
            "livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            {"livenessProbe": {"grpc": {"port": 1}, "successThreshold": 2}},
            "livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        ({"startupProbe": {"httpGet": {"port": "?"}}}, "startupProbe.httpGet.port: Invalid value"),
        ({"readinessProbe": {"exec": {}}}, "readinessProbe.exec.command: Required value"),
        (
            {"readinessProbe": {"grpc": {"port": 1}, "periodSeconds": -1}},
            "readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            'resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            {"resources": {"limits": {"pids": "1"}, "requests": {"example.com/pids": "1"}}},
            'resources.limits[pids]: Invalid value: "pids": must be a standard resource type',
        ),
        (
            {"terminationMessagePolicy": "Never"},
            'terminationMessagePolicy: Unsupported value: "Never": supported values: "FallbackToLogsOnError"',
        ),
        (
            {"resources": {"limits": {"cpu": "-1"}, "requests": {"cpu": "-1"}}},
            "resources.limits[cpu]: Invalid value",
        ),
        ({"volumeMounts": [{"name": "none", "mountPath": "/x"}]}, 'volumeMounts[0].name: Not found: "none"'),
        ({"volumeMounts": [{"name": "tmp"}]}, "volumeMounts[0].mountPath: Required value"),
        ({"securityContext": {"runAsUser": -1}}, "securityContext.runAsUser: Invalid value"),
        (
            {"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}},
            "securityContext: Invalid value",
        ),
        ({"lifecycle": {"preStop": {}}}, "lifecycle.preStop: Required value: must specify a handler type"),
    ],
)
def test_a_wrong_container_is_refused(fields: Object, error: str) -> None:
    assert any(line.startswith(f"{FIRST}.{error}") for line in rules.errors(pod(**fields)))


def test_names_of_containers_are_unique() -> None:
    lines = rules.errors(samples.pod(containers=[samples.container(), samples.container()]))
    assert lines == ['spec.containers[1].name: Duplicate value: "greeter"']
