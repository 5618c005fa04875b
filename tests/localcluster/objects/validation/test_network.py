from typing import Any

import pytest

from localcluster.types import Object
from tests.localcluster.objects import samples
from tests.localcluster.objects.validation import rules

PATH = "spec.rules[0].http.paths[0]"


def test_a_good_ingress_passes() -> None:
    tls = [{"hosts": ["demo.example", "*.demo.example"], "secretName": "demo-tls"}]
    assert rules.errors(samples.ingress(tls=tls, ingressClassName="nginx")) == []
    backend = {"service": {"name": "demo", "port": {"number": 80}}}
    assert rules.errors(samples.ingress(defaultBackend=backend, rules=[])) == []
    assert rules.errors(samples.ingress(samples.path("", pathType="ImplementationSpecific"))) == []


def test_an_ingress_needs_a_rule_or_a_backend() -> None:
    assert rules.errors(samples.ingress(rules=[])) == [
        "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"
    ]


def to(**service: Any) -> Object:
    return samples.path(backend={"service": service})


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (samples.path(pathType=None), ".pathType: Required value: pathType must be specified"),
        (samples.path(pathType="Regex"), ".pathType: Unsupported value"),
        (samples.path("no-slash"), '.path: Invalid value: "no-slash": must be an absolute path'),
        (samples.path("/a//b"), ".path: Invalid value: \"/a//b\": must not contain '//'"),
        (samples.path("/a/.."), ".path: Invalid value: \"/a/..\": must not contain '/../'"),
        (samples.path(backend={}), '.backend: Invalid value: "": resource or service backend is required'),
        (to(port={"number": 1}), ".backend.service.name: Required value"),
        (to(name="a"), ".backend: Required value: port name or number is required"),
        (
            to(name="a", port={"number": 1, "name": "b"}),
            '.backend: Invalid value: "": cannot set both port name',
        ),
        (to(name="a", port={"number": 70000}), ".backend.service.port.number: Invalid value"),
    ],
)
def test_a_wrong_path_is_refused(path: Object, error: str) -> None:
    [line] = rules.errors(samples.ingress(path))
    assert line.startswith(PATH + error)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"rules": [{"host": "10.0.0.1"}]}, "spec.rules[0].host"),
        ({"rules": [{"host": "Upper"}]}, "spec.rules[0].host"),
        ({"rules": [{"host": "*"}]}, "spec.rules[0].host"),
        ({"rules": [{"http": {"paths": []}}]}, "spec.rules[0].http.paths"),
        ({"tls": [{"hosts": ["a_b"]}]}, "spec.tls[0].hosts[0]"),
        ({"tls": [{"secretName": "A"}]}, "spec.tls[0].secretName"),
        ({"ingressClassName": "A"}, "spec.ingressClassName"),
    ],
)
def test_a_wrong_ingress_is_refused(spec: Object, field: str) -> None:
    assert rules.fields(samples.ingress(**spec)) == [field]


def ingress_class(controller: str) -> Object:
    return {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": controller}}


def test_a_class_names_its_controller_for_good() -> None:
    assert rules.errors(ingress_class("k8s.io/ingress-nginx")) == []
    for controller in ("", "nginx", "A/b"):
        assert rules.fields(ingress_class(controller)) == ["spec.controller"]
    assert rules.change_errors(ingress_class("a/b"), ingress_class("a/c")) == [
        'spec.controller: Invalid value: "a/c": field is immutable'
    ]


def test_a_new_ingress_names_one_class() -> None:
    ingress = samples.ingress(ingressClassName="nginx")
    ingress["metadata"]["annotations"] = {"kubernetes.io/ingress.class": "other"}
    assert rules.fields(ingress) == ["annotations.kubernetes.io/ingress.class"]
    assert rules.change_errors(ingress, ingress) == []
