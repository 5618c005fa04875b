"""The Role of ``manifests/rbac`` where it is enforced: an attendee's own token on a local cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.client import ApiException

import helpers
from helpers.cli import commands
from helpers.lab import cluster
from helpers.lab.objects import Objects
from tests.manifests.room import ACCOUNT, CORE, NAMESPACE, admit, objects_of, prepare

ACCOUNTS = f"{CORE}/namespaces/{NAMESPACE}/serviceaccounts"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture(scope="module")
def administrator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a local cluster in which somebody has prepared the room."""
    name = f"attendee-{os.getpid()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLUSTER_HOME", str(tmp_path_factory.mktemp("home")))
        path = cluster.start(name)
        try:
            prepare(objects_of(path, cluster.CONTEXT))
            yield path
        finally:
            cluster.stop(name, purge=True)


@pytest.fixture
def attendee(administrator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Objects:
    """That cluster with the attendee's token, also for the helpers."""
    for name in [name for name in os.environ if name.startswith("LAB_")]:
        monkeypatch.delenv(name)
    path = admit(objects_of(administrator, cluster.CONTEXT), administrator, tmp_path / "config")
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setenv("LAB_CONTEXT", ACCOUNT)
    monkeypatch.setenv("LAB_NAMESPACE", NAMESPACE)
    monkeypatch.setenv("LAB_PACE", "20")
    # What the Role cannot look up and an administrator tells.
    monkeypatch.setenv("LAB_INGRESS_CLASSES", "nginx,nginx-legacy")
    return objects_of(path, ACCOUNT)


@pytest.mark.usefixtures("attendee")
def test_the_helpers_need_no_more_than_the_role() -> None:
    lab = helpers.connect()
    for variant in ("headless-round-robin", "ingress"):
        helpers.apply(lab, "greeter")
        helpers.apply(lab, variant)
        helpers.wait_ready(lab, variant)
        assert len(helpers.collect_greetings(lab, variant, at_least=4)) == 4
    pod = helpers.server_pods(lab)[0]
    helpers.run_once(lab, ["client", helpers.reach_pod(lab, pod, 50051), "--count", "1"])
    assert commands.main(["delete"]) == commands.SAME
    # And it leaves the attendee's own rights alone.
    assert commands.main(["delete"]) == commands.SAME


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/api/v1/namespaces/kube-system/secrets",
            'cannot list resource "secrets" in API group "" in the namespace "kube-system"',
        ),
        ("/api/v1/nodes", 'cannot list resource "nodes" in API group "" at the cluster scope'),
        (
            f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases",
            'cannot list resource "leases" in API group "coordination.k8s.io" in the namespace "room-1"',
        ),
    ],
)
def test_everything_else_is_refused(attendee: Objects, path: str, words: str) -> None:
    with pytest.raises(ApiException) as caught:
        attendee.request("GET", path)
    assert caught.value.status == 403
    who = f'User "system:serviceaccount:{NAMESPACE}:{ACCOUNT}"'
    assert f"{who} {words}" in json.loads(str(caught.value.body))["message"]


def test_one_may_ask_what_one_may(attendee: Objects) -> None:
    def may(verb: str, resource: str, namespace: str = NAMESPACE) -> bool:
        wanted = {"verb": verb, "resource": resource, "namespace": namespace}
        review = attendee.request("POST", REVIEWS, body={"spec": {"resourceAttributes": wanted}})
        return bool(review["status"]["allowed"])

    assert may("list", "pods")
    assert not may("update", "pods")
    assert not may("list", "pods", "default")
