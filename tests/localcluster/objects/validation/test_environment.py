import pytest

from localcluster.types import Object, dump
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

FIRST = "spec.containers[0]"
CONFIG = {"configMapKeyRef": {"name": "ingress-address", "key": "nginx-http"}}


def errors(**fields: object) -> list[str]:
    lines = rules.errors(samples.pod(containers=[samples.container(**fields)]))
    return [line.removeprefix(f"{FIRST}.") for line in lines]


def field(path: str) -> Object:
    return {"fieldRef": {"fieldPath": path}}


@pytest.mark.parametrize(
    ("variable", "error"),
    [
        ({"name": "", "value": "1"}, "env[0].name: Required value"),
        ({"name": "A=B"}, 'env[0].name: Invalid value: "A=B"'),
        (
            {"value": "1", "valueFrom": CONFIG},
            'env[0].valueFrom: Invalid value: "": may not be specified when',
        ),
        ({"valueFrom": {}}, 'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`'),
        (
            {"valueFrom": {**CONFIG, **field("metadata.name")}},
            'env[0].valueFrom: Invalid value: "": may not have',
        ),
        ({"valueFrom": field("")}, "env[0].valueFrom.fieldRef.fieldPath: Required value"),
        *(
            ({"valueFrom": field(path)}, f"env[0].valueFrom.fieldRef.fieldPath: Invalid value: {dump(path)}")
            for path in ("spec.x", "spec.x['a']", "status.phase", "metadata.labels")
        ),
        ({"valueFrom": field("metadata.labels['a b']")}, 'env[0].valueFrom.fieldRef: Invalid value: "a b"'),
        ({"valueFrom": {"secretKeyRef": {"name": "x"}}}, "env[0].valueFrom.secretKeyRef.key: Required value"),
        (
            {"valueFrom": {"secretKeyRef": {"name": "X", "key": "a"}}},
            "env[0].valueFrom.secretKeyRef.name: Invalid",
        ),
    ],
)
def test_a_wrong_variable_is_refused(variable: Object, error: str) -> None:
    [line] = errors(env=[{"name": "A", **variable}])
    assert line.startswith(error)


@pytest.mark.parametrize("source", [field("metadata.annotations['Any/Case']"), field("status.podIP"), CONFIG])
def test_a_variable_may_come_from_elsewhere(source: Object) -> None:
    assert errors(env=[{"name": "A", "valueFrom": source}]) == []


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ({}, 'envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'),
        (
            {"configMapRef": {"name": "a"}, "secretRef": {"name": "b"}},
            'envFrom: Invalid value: "": may not have',
        ),
        ({"configMapRef": {}}, "envFrom[0].configMapRef.name: Required value"),
        ({"secretRef": {"name": "A_"}}, 'envFrom[0].secretRef.name: Invalid value: "A_"'),
    ],
)
def test_a_wrong_source_of_variables_is_refused(source: Object, error: str) -> None:
    [line] = errors(envFrom=[source])
    assert line.startswith(error)
