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
            'terminationMessagePolicy: Unsupported value: "Never": supported values: "File"',
        ),
        (
            {"resources": {"requests": {"example.com/gpu": "1"}}},
            "resources.limits: Required value: Limit must be set for non overcommitable resources",
        ),
        (
            {"resources": {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "2"}}},
            'resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2',
        ),
        (
            {"resources": {"limits": {"example.com/gpu": "500m"}}},
            'resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
        ),
        (
            {"restartPolicy": "Sometimes"},
            'restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
        ),
        (
            {"ports": [{"containerPort": port, "hostPort": 7000} for port in (1, 2)]},
            'ports[1].hostPort: Duplicate value: "TCP//7000"',
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


@pytest.mark.parametrize("word", ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
def test_what_ends_before_the_others_begin_is_neither_probed_nor_hooked(word: str) -> None:
    first = samples.container(name="first", **{word: {}})
    [line] = rules.errors(samples.pod(initContainers=[first]))
    why = "may not be set for init containers without restartPolicy=Always"
    assert line == f"spec.initContainers[0].{word}: Forbidden: {why}"
