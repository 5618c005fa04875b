from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

MISMATCH = "`selector` does not match template `labels`"


def workload(kind: str = "Deployment", **spec: Any) -> Object:
    obj = samples.workload(kind)
    obj["spec"] |= spec
    return obj


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
def test_a_good_workload_passes(kind: str) -> None:
    assert rules.errors(workload(kind)) == []


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
def test_a_selector_is_needed_and_must_match(kind: str) -> None:
    obj = workload(kind)
    del obj["spec"]["selector"]
    # Both errors, as recorded from a real API server.
    assert rules.errors(obj) == [
        "spec.selector: Required value",
        f'spec.template.metadata.labels: Invalid value: {{"app":"demo"}}: {MISMATCH}',
    ]
    other = workload(kind, selector={"matchLabels": {"app": "other"}})
    assert rules.errors(other) == [
        f'spec.template.metadata.labels: Invalid value: {{"app":"demo"}}: {MISMATCH}'
    ]
    [line] = rules.errors(workload(kind, selector={}))
    assert line == "spec.selector: Invalid value: {}: empty selector is invalid for deployment"


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        ({"minReadySeconds": -1}, "spec.minReadySeconds: Invalid value"),
        (
            {"progressDeadlineSeconds": 5, "minReadySeconds": 5},
            "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
        ),
        ({"strategy": {"type": "Fast"}}, "spec.strategy: Unsupported value"),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {}}},
            "spec.strategy.rollingUpdate: Forbidden: may not be specified",
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}},
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when',
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": "120%"}}},
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value",
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": "half"}}},
            "spec.strategy.rollingUpdate.maxSurge: Invalid value",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "app", "operator": "In"}]}},
            "spec.selector.matchExpressions[0].values: Required value",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "app", "operator": "Near"}]}},
            "spec.selector.matchExpressions[0].operator: Invalid value",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["a"]}]}},
            "spec.selector.matchExpressions[0].values: Forbidden",
        ),
    ],
)
def test_a_wrong_deployment_is_refused(spec: Object, error: str) -> None:
    [line] = rules.errors(workload(**spec))
    assert line.startswith(error)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": []}, "spec.template.spec.containers"),
        ({"restartPolicy": "Never"}, "spec.template.spec.restartPolicy"),
        ({"activeDeadlineSeconds": 1}, "spec.template.spec.activeDeadlineSeconds"),
        ({"containers": [{"name": "greeter"}]}, "spec.template.spec.containers[0].image"),
    ],
)
def test_a_wrong_template_is_refused(spec: Object, field: str) -> None:
    obj = workload()
    obj["spec"]["template"]["spec"] |= spec
    assert rules.fields(obj) == [field]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
def test_the_selector_never_changes(kind: str) -> None:
    new = workload(kind, selector={"matchLabels": {"app": "new"}})
    assert rules.change_errors(workload(kind), new)[-1] == (
        'spec.selector: Invalid value: {"matchLabels":{"app":"new"}}: field is immutable'
    )
