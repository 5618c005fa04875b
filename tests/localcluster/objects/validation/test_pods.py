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
            'spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "OnFailure"',
        ),
        ({"dnsPolicy": "x"}, "spec.dnsPolicy: Unsupported value"),
        (
            {"dnsPolicy": "None"},
            "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
        ),
        (
            {"activeDeadlineSeconds": 0},
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ),
        ({"nodeSelector": {"a b": "c"}}, "spec.nodeSelector: Invalid value"),
        ({"hostname": "A"}, "spec.hostname: Invalid value"),
        (
            {"ephemeralContainers": [{"name": "debug", "image": "busybox:1"}]},
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
        ),
        (
            {"nodeName": "n", "schedulingGates": [{"name": "a"}]},
            "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
        ),
        ({"securityContext": {"fsGroup": -1}}, "spec.securityContext.fsGroup: Invalid value"),
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
        ({"hostname": "A"}, "spec.hostname: Invalid value"),
    ],
)
def test_the_rest_of_a_pod_may_not(spec: Object, error: str) -> None:
    assert any(line.startswith(error) for line in changed(**spec))


@pytest.mark.parametrize("cost", ["much", "+1", "01", "2147483648"])
def test_the_cost_of_a_deletion_is_a_number(cost: str) -> None:
    pod = samples.pod()
    pod["metadata"]["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": cost}
    [line] = rules.errors(pod)
    assert line.endswith(
        f'[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "{cost}": must be a 32bit integer'
    )


def test_a_negative_grace_period_is_stored() -> None:
    assert rules.errors(samples.pod(terminationGracePeriodSeconds=-1)) == []
