from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"containers": []}, "containers: Required value"),
        (
            {"restartPolicy": "Perhaps"},
            'restartPolicy: Unsupported value: "Perhaps": supported values: "Always"',
        ),
        ({"dnsPolicy": "x"}, "dnsPolicy: Unsupported value"),
        (
            {"dnsPolicy": "None"},
            "dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
        ),
        ({"activeDeadlineSeconds": 0}, "activeDeadlineSeconds: Invalid value: 0: must be between 1"),
        ({"nodeSelector": {"a b": "c"}}, "nodeSelector: Invalid value"),
        ({"hostname": "A"}, "hostname: Invalid value"),
        ({"securityContext": {"fsGroup": -1}}, "securityContext.fsGroup: Invalid value"),
    ],
)
def test_a_wrong_pod_is_refused(spec: Object, error: str) -> None:
    [line] = rules.errors(samples.pod(**spec))
    assert line.startswith(f"spec.{error}")


def test_a_good_pod_passes() -> None:
    spec: Object = {"nodeName": "local-node", "tolerations": [{"operator": "Exists"}]}
    assert rules.errors(samples.pod(serviceAccountName="default", **spec)) == []


def changed(**spec: Any) -> list[str]:
    before: Object = {"activeDeadlineSeconds": 10, "tolerations": [{"key": "a", "operator": "Exists"}]}
    return rules.change_errors(samples.pod(**before), samples.pod(**before | spec))


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
        ({"restartPolicy": "Never"}, "spec: Forbidden: pod updates may not change fields other than"),
        ({"nodeName": "n"}, "spec: Forbidden"),
        ({"containers": [samples.container(args=["x"])]}, "spec: Forbidden"),
        ({"containers": [samples.container()] * 2}, "spec.containers: Forbidden: pod updates may not add"),
        ({"hostname": "A"}, "spec.hostname: Invalid value"),
    ],
)
def test_the_rest_of_a_pod_may_not(spec: Object, error: str) -> None:
    assert any(line.startswith(error) for line in changed(**spec))


def test_a_negative_grace_period_is_stored() -> None:
    assert rules.errors(samples.pod(terminationGracePeriodSeconds=-1)) == []
