from __future__ import annotations

import pytest
from kubernetes.client import ApiException

from helpers.lab.errors import LabError, refusal
from helpers.lab.rbac import DeniedError, Rule, denied, note, rule_of
from tests.helpers.fakes import refused

WORDS = 'pods is forbidden: User "ada" cannot list resource "pods" in API group "" in the namespace "me"'


@pytest.mark.parametrize(
    ("method", "path", "rule"),
    [
        ("GET", "/api/v1/namespaces/me/pods", Rule("list", "pods", "", "me")),
        ("GET", "/api/v1/namespaces/me/pods/demo-1", Rule("get", "pods", "", "me")),
        ("GET", "/api/v1/namespaces/me/pods/demo-1/log", Rule("get", "pods/log", "", "me")),
        ("GET", "/api/v1/pods", Rule("list", "pods")),
        ("GET", "/api/v1/nodes", Rule("list", "nodes")),
        ("GET", "/api/v1/namespaces", Rule("list", "namespaces")),
        ("GET", "/api/v1/namespaces/me", Rule("get", "namespaces", "", "me")),
        ("POST", "/api/v1/namespaces", Rule("create", "namespaces")),
        ("DELETE", "/api/v1/namespaces/me", Rule("delete", "namespaces", "", "me")),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/me/deployments/demo",
            Rule("patch", "deployments", "apps", "me"),
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/me/deployments/demo/scale",
            Rule("patch", "deployments/scale", "apps", "me"),
        ),
        ("DELETE", "/api/v1/namespaces/me/pods", Rule("deletecollection", "pods", "", "me")),
        (
            "GET",
            "/apis/networking.k8s.io/v1/ingressclasses/nginx",
            Rule("get", "ingressclasses", "networking.k8s.io"),
        ),
        ("GET", "/version", None),
    ],
)
def test_a_request_needs_one_right(method: str, path: str, rule: Rule | None) -> None:
    assert rule_of(method, path) == rule


def test_watching_is_a_right_of_its_own() -> None:
    assert rule_of("GET", "/api/v1/nodes", {"watch": "true"}) == Rule("watch", "nodes")


def test_a_rule_is_written_as_a_role_writes_it() -> None:
    assert str(Rule("get", "pods/log", namespace="me")) == (
        '{apiGroups: [""], resources: ["pods/log"], verbs: ["get"]} in a Role of namespace me'
    )
    assert str(Rule("list", "nodes")).endswith("in a ClusterRole")


@pytest.mark.parametrize(
    "error",
    [
        refused(403, 'pods \\"demo-1\\" is forbidden: exceeded quota: small'),
        refused(404, "pods not found"),
    ],
)
def test_what_is_refused_for_another_reason_is_no_missing_right(error: ApiException) -> None:
    assert denied(error, Rule("create", "pods", namespace="me")) is None


def test_a_missing_right_can_be_caught_as_either_and_says_the_rule() -> None:
    rule = Rule("list", "pods", namespace="me")
    error = denied(refused(403, WORDS.replace('"', '\\"')), rule)
    assert isinstance(error, LabError)
    assert isinstance(error, ApiException)
    assert (error.status, error.rule) == (403, rule)
    assert str(rule) in refusal(error)


def test_what_goes_on_without_a_right_says_so_once(capsys: pytest.CaptureFixture[str]) -> None:
    error = DeniedError(Rule("list", "nodes"), refused(403, WORDS))
    for _ in range(2):
        note("The nodes cannot be listed", error)
    assert capsys.readouterr().out == f"The nodes cannot be listed: {error}.\n"
