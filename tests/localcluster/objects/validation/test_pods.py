from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"containers": []}, "spec.containers: Required value"),
        (
            {"restartPolicy": "Perhaps"},
            'spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "Never"',
        ),
        ({"dnsPolicy": "x"}, "spec.dnsPolicy: Unsupported value"),
        (
            {"dnsPolicy": "None"},
            "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
        ),
        (
            {
                "tolerations": [
                    {"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 1}
                ]
            },
            "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when "
            "`tolerationSeconds` is set",
        ),
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "effect": "Never"}]},
            'spec.tolerations[0].effect: Unsupported value: "Never"',
        ),
        (
            {"terminationGracePeriodSeconds": -1},
            "spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            {"activeDeadlineSeconds": 0},
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ),
        ({"volumes": [{"name": "a"}, {"name": "a"}]}, 'spec.volumes[1].name: Duplicate value: "a"'),
        (
            {"volumes": [{"name": "a", "emptyDir": {}, "hostPath": {"path": "/"}}]},
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        ),
        ({"nodeSelector": {"a b": "c"}}, "spec.nodeSelector: Invalid value"),
        ({"hostname": "A"}, "spec.hostname: Invalid value"),
        ({"imagePullSecrets": [{}]}, "spec.imagePullSecrets[0].name: Required value"),
        ({"tolerations": [{"operator": "Equal"}]}, "spec.tolerations[0].operator: Invalid value"),
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
            "spec.tolerations[0].operator: Invalid value",
        ),
        ({"securityContext": {"fsGroup": -1}}, "spec.securityContext.fsGroup: Invalid value"),
        (
            {"initContainers": [samples.container()]},
            'spec.initContainers[0].name: Duplicate value: "greeter"',
        ),
    ],
)
def test_a_wrong_pod_is_refused(spec: Object, error: str) -> None:
    [line] = rules.errors(samples.pod(**spec))
    assert line.startswith(error)


def test_a_good_pod_passes() -> None:
    spec: Object = {
        "nodeName": "local-node",
        "serviceAccountName": "default",
        "tolerations": [{"operator": "Exists"}],
    }
    assert rules.errors(samples.pod(**spec)) == []


def changed(**spec: Any) -> list[str]:
    old = samples.pod(activeDeadlineSeconds=10, tolerations=[{"key": "a", "operator": "Exists"}])
    new = samples.pod(activeDeadlineSeconds=10, tolerations=[{"key": "a", "operator": "Exists"}])
    new["spec"] |= spec
    return rules.change_errors(old, new)


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [samples.container(image="demo/greeter:2", imagePullPolicy="IfNotPresent")]},
        {"activeDeadlineSeconds": 5},
        {"tolerations": [{"key": "b", "operator": "Exists"}, {"key": "a", "operator": "Exists"}]},
    ],
)
def test_a_little_of_a_pod_may_change(spec: Object) -> None:
    assert changed(**spec) == []


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        (
            {"restartPolicy": "Never"},
            "spec: Forbidden: pod updates may not change fields other than",
        ),
        ({"nodeName": "n"}, "spec: Forbidden"),
        ({"containers": [samples.container(args=["x"])]}, "spec: Forbidden"),
        (
            {"containers": [samples.container(), samples.container(name="b")]},
            "spec.containers: Forbidden: pod updates may not add or remove containers",
        ),
        (
            {"activeDeadlineSeconds": 20},
            "spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value",
        ),
        (
            {"activeDeadlineSeconds": None},
            "spec.activeDeadlineSeconds: Invalid value: null: must not update from",
        ),
        ({"tolerations": []}, "spec.tolerations[0]: Forbidden"),
    ],
)
def test_the_rest_of_a_pod_may_not(spec: Object, error: str) -> None:
    assert any(line.startswith(error) for line in changed(**spec))
