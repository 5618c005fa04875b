from typing import Any

import pytest

from localcluster.types import Object, dump
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

MISMATCH = "`selector` does not match template `labels`"


def workload(kind: str = "Deployment", **spec: Any) -> Object:
    obj = samples.workload(kind)
    obj["spec"] |= spec
    return obj


def rolling(**limits: int | str) -> Object:
    return {"strategy": {"rollingUpdate": limits}}


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
        ({"replicas": -1}, "replicas: Invalid value: -1: must be greater than or equal to 0"),
        ({"minReadySeconds": -1}, "minReadySeconds: Invalid value"),
        ({"progressDeadlineSeconds": 5, "minReadySeconds": 5}, "progressDeadlineSeconds: Invalid value: 5"),
        ({"strategy": {"type": "Fast"}}, 'strategy.type: Unsupported value: "Fast"'),
        ({"strategy": {"type": "Recreate", "rollingUpdate": {}}}, "strategy.rollingUpdate: Forbidden"),
        (
            rolling(maxSurge=0, maxUnavailable="0%"),
            'strategy.rollingUpdate.maxUnavailable: Invalid value: "0%"',
        ),
        (rolling(maxUnavailable="120%"), "strategy.rollingUpdate.maxUnavailable: Invalid value"),
        (rolling(maxSurge="half"), "strategy.rollingUpdate.maxSurge: Invalid value"),
    ],
)
def test_a_wrong_deployment_is_refused(spec: Object, error: str) -> None:
    [line] = rules.errors(workload(**spec))
    assert line.startswith(f"spec.{error}")


@pytest.mark.parametrize("surge", ["0%", 0])
def test_both_limits_of_a_rolling_update_may_not_be_nothing(surge: int | str) -> None:
    lines = rules.errors(workload(**rolling(maxSurge=surge, maxUnavailable=0)))
    why = "may not be 0 when `maxSurge` is 0"
    assert lines[-1] == f"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: {why}"


def term(operator: str, *values: str) -> Object:
    found = {"key": "app", "operator": operator, "values": list(values)}
    return {"matchExpressions": [{key: value for key, value in found.items() if value}]}


@pytest.mark.parametrize(
    ("selector", "error"),
    [
        (term("In"), "matchExpressions[0].values: Required value: must be specified when `operator` is 'In'"),
        (term("Near"), 'matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator'),
        (
            term("Exists", "a"),
            "matchExpressions[0].values: Forbidden: may not be specified when `operator` is",
        ),
        ({"matchLabels": {"app": "a b"}}, 'matchLabels: Invalid value: "a b": a valid label must be'),
        (term("In", "a b"), 'matchExpressions[0].values[0]: Invalid value: "a b": a valid label must be'),
    ],
)
def test_a_malformed_selector_is_refused_in_part_and_as_a_whole(selector: Object, error: str) -> None:
    part, whole = rules.errors(workload(selector=selector))
    assert part.startswith(f"spec.selector.{error}")
    assert whole == f"spec.selector: Invalid value: {dump(selector)}: invalid label selector"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": []}, "spec.template.spec.containers"),
        ({"restartPolicy": "Never"}, "spec.template.spec.restartPolicy"),
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
