"""A room on a local cluster: an attendee's token, with the rights of ``manifests/rbac`` and no others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.deploy.ingress import CONTROLLER_NAMESPACE
from helpers.lab.connection import look
from helpers.lab.objects import Objects
from tests.manifests.gate import role_objects
from tests.manifests.reading import MANIFESTS

NAMESPACE, ACCOUNT = "room-1", "attendee"
CORE, RBAC = "/api/v1", "/apis/rbac.authorization.k8s.io/v1"
FOLDERS = {
    "ServiceAccount": (CORE, "serviceaccounts"),
    "Role": (RBAC, "roles"),
    "RoleBinding": (RBAC, "rolebindings"),
    "ClusterRole": (RBAC, "clusterroles"),
    "ClusterRoleBinding": (RBAC, "clusterrolebindings"),
}


def objects_of(kubeconfig: Path, context: str) -> Objects:
    """Return the objects of a cluster, as somebody may see them whom a context of the kubeconfig names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        return Objects(look(context, None).api)


def prepare(administrator: Objects, *, whole_cluster: bool = False) -> None:
    """Do what ``kubectl create namespace`` and ``kubectl apply -k manifests/rbac`` do for a namespace.

    Args:
        administrator: Who may.
        whole_cluster: Give the optional rights of ``manifests/rbac/cluster`` and, where that controller is,
            ``manifests/rbac/ingress-nginx`` as well.
    """
    administrator.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, "")
    _grant(administrator, role_objects())
    if whole_cluster:
        there = administrator.get("Namespace", "", CONTROLLER_NAMESPACE) is not None
        for folder in ("cluster", CONTROLLER_NAMESPACE)[: 1 + there]:
            _grant(administrator, role_objects(MANIFESTS / "rbac" / folder))


def _grant(administrator: Objects, items: Iterable[dict[str, Any]]) -> None:
    for item in items:
        for subject in item.get("subjects") or []:
            subject["namespace"] = NAMESPACE  # as kustomize moves it with the rest
        group, collection = FOLDERS[item["kind"]]
        where = item["metadata"].get("namespace", NAMESPACE)
        place = "" if item["kind"].startswith("Cluster") else f"/namespaces/{where}"
        administrator.request("POST", f"{group}{place}/{collection}", body=item)


def admit(administrator: Objects, kubeconfig: Path, path: Path) -> Path:
    """Write an attendee's kubeconfig.

    Args:
        administrator: Who may make tokens.
        kubeconfig: The administrator's, for where the cluster is.
        path: What to write; its only context is named like the account.
    """
    account = f"{CORE}/namespaces/{NAMESPACE}/serviceaccounts/{ACCOUNT}"
    answer = administrator.request("POST", f"{account}/token", body={"spec": {}})
    told: dict[str, Any] = yaml.safe_load(kubeconfig.read_text())
    told["users"][0]["user"] = {"token": answer["status"]["token"]}
    told["contexts"][0]["name"] = told["current-context"] = ACCOUNT
    path.write_text(json.dumps(told))
    return path
