from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import ApiException

from helpers.observe.controller import controller_images, controller_log
from tests.helpers.fakes import fake_lab, made, refused

LABELS = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
PRI = '"PRI * HTTP/2.0" 400'
LOG = f"first {PRI}\nsecond {PRI}\nthird {PRI}\nanother 200\n"


def controller(phase: str = "Running") -> Any:
    spec = {"containers": [{"name": "controller", "image": "ingress-nginx/controller:v1.9.6"}]}
    metadata = {"namespace": "ingress-nginx"}
    return made("Pod", "nginx-1", labels=LABELS, metadata=metadata, spec=spec, status={"phase": phase})


def lab_with(*pods: Any, error: ApiException | None = None) -> Any:
    def read(*_: object, **__: object) -> Any:
        if error:
            raise error
        return SimpleNamespace(data=LOG.encode())

    return fake_lab(*pods, core=SimpleNamespace(read_namespaced_pod_log=read))


def test_the_last_lines_with_a_text() -> None:
    assert controller_log(lab_with(controller()), PRI, last=2) == [f"second {PRI}", f"third {PRI}"]


def test_the_image_tells_the_version() -> None:
    assert controller_images(lab_with(controller())) == ["ingress-nginx/controller:v1.9.6"]


def test_without_a_controller_that_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    lab = lab_with()
    assert (controller_log(lab), controller_images(lab)) == ([], [])
    said = capsys.readouterr().out
    assert said == "There is no ingress-nginx controller in namespace ingress-nginx to look at.\n"


def test_a_controller_that_does_not_run_has_no_log() -> None:
    assert controller_log(lab_with(controller("Pending"))) == []


def test_who_may_not_list_is_told_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    lab = lab_with(controller())
    lab.objects.refusals["list", "Pod"] = refused(403, "not you")
    assert controller_log(lab) == []
    assert "pods in namespace ingress-nginx cannot be listed: not you." in capsys.readouterr().out


def test_who_may_not_read_the_log_is_told_the_rule(capsys: pytest.CaptureFixture[str]) -> None:
    message = "User me cannot get resource pods/log in API group in the namespace ingress-nginx"
    assert controller_log(lab_with(controller(), error=refused(403, message))) == []
    assert (
        'resources: ["pods/log"], verbs: ["get"]} in a Role of namespace ingress-nginx'
        in capsys.readouterr().out
    )


def test_other_errors_are_not_hidden() -> None:
    with pytest.raises(ApiException):
        controller_log(lab_with(controller(), error=refused(500, "broken")))
