"""What every folder of manifests keeps to, so that it means the same on every cluster."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from kubernetes import client

from helpers.deploy import manifests
from tests.manifests.reading import FOLDERS, MANIFESTS, VARIANTS, kustomization, objects, of_kind

every_folder = pytest.mark.parametrize("folder", FOLDERS)
KUBECTL = shutil.which("kubectl")
PART_OF = ("app.kubernetes.io/part-of", "grpc-lab")
MODELS = {"Deployment": "V1Deployment", "Service": "V1Service", "Ingress": "V1Ingress"}


def templates(folder: str) -> Iterator[dict[str, Any]]:
    for deployment in of_kind(folder, "Deployment").values():
        yield deployment["spec"]["template"]


def containers(folder: str) -> Iterator[dict[str, Any]]:
    for template in templates(folder):
        yield from template["spec"]["containers"]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def key(found: dict[str, Any]) -> tuple[str, str]:
    return found["kind"], found["metadata"]["name"]


def test_the_variants_of_the_course() -> None:
    assert FOLDERS == [
        "clusterip",
        "envoy",
        "fix",
        "greeter",
        "headless",
        "headless-round-robin",
        "ingress",
        "ingress-legacy",
        "ingress-plaintext",
        "ingress-plaintext-legacy",
    ]


@every_folder
def test_a_kustomization_only_lists_its_folder(folder: str) -> None:
    told = kustomization(folder)
    assert sorted(told) == ["apiVersion", "kind", "resources"]
    files = {path.name for path in (MANIFESTS / folder).iterdir()}
    assert {*told["resources"], "kustomization.yaml"} == files


@every_folder
def test_kubectl_applies_what_the_helpers_apply(folder: str) -> None:
    command = [str(KUBECTL), "kustomize", str(MANIFESTS / folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no input of anybody
    theirs = {key(found): found for found in yaml.safe_load_all(ended.stdout)}
    assert {key(found): found for found in manifests.load(folder)} == theirs


@every_folder
def test_the_official_models_know_every_field(folder: str) -> None:
    for found in objects(folder):
        model = getattr(client, MODELS[found["kind"]])
        model.model_validate_json(json.dumps(found))


@every_folder
def test_everything_says_whose_it_is_and_nothing_where(folder: str) -> None:
    for found in [*objects(folder), *templates(folder)]:
        labels = found["metadata"]["labels"]
        assert labels["app"]
        assert PART_OF in labels.items()
        assert "namespace" not in found["metadata"]


@every_folder
def test_a_deployment_selects_its_own_pods_by_its_name(folder: str) -> None:
    for name, deployment in of_kind(folder, "Deployment").items():
        assert deployment["spec"]["selector"] == {"matchLabels": {"app": name}}
        assert deployment["spec"]["template"]["metadata"]["labels"]["app"] == name


@pytest.mark.parametrize("folder", VARIANTS)
def test_a_variant_owns_its_service_and_two_clients(folder: str) -> None:
    assert f"demo-{folder}" in of_kind(folder, "Service")
    assert of_kind(folder, "Deployment")[f"client-{folder}"]["spec"]["replicas"] == 2


def test_no_two_folders_have_an_object_in_common() -> None:
    every = [key(found) for folder in FOLDERS for found in objects(folder)]
    assert len(set(every)) == len(every)


@every_folder
def test_pods_have_no_more_rights_than_they_need(folder: str) -> None:
    for template in templates(folder):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not spec.keys() & {"volumes", "initContainers", "hostNetwork", "hostPID", "hostIPC"}
    for container in containers(folder):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "volumeMounts" not in container


@every_folder
def test_containers_say_what_they_use(folder: str) -> None:
    for container in containers(folder):
        assert container["imagePullPolicy"] == "IfNotPresent"
        for bound in ("requests", "limits"):
            assert sorted(container["resources"][bound]) == ["cpu", "memory"]


@every_folder
def test_pods_have_time_to_end(folder: str) -> None:
    for template in templates(folder):
        # The greeter's server gives running RPCs five seconds.
        assert template["spec"]["terminationGracePeriodSeconds"] >= 5


@every_folder
def test_whoever_listens_is_probed(folder: str) -> None:
    for container in containers(folder):
        assert bool(container.get("ports")) == ("readinessProbe" in container)


@every_folder
def test_ports_need_no_privilege(folder: str) -> None:
    for container in containers(folder):
        assert all(port["containerPort"] >= 1024 for port in container.get("ports", []))
    for service in of_kind(folder, "Service").values():
        assert all(port["port"] >= 1024 for port in service["spec"]["ports"])


@every_folder
def test_names_are_those_of_services_beside(folder: str) -> None:
    text = "\n".join(strings(objects(folder)))
    assert set(re.findall(r"dns:///([^\s:\"]+)", text)) <= set(of_kind(folder, "Service"))
    assert "cluster.local" not in text


@every_folder
def test_programs_listen_on_all_addresses_of_their_pod(folder: str) -> None:
    """A port that is forwarded arrives at the pod's localhost, not at its address."""
    assert "status.podIP" not in strings(objects(folder))


@every_folder
def test_variables_are_defined_before_they_are_used(folder: str) -> None:
    """Kubernetes leaves `$(NAME)` as it is when no earlier variable has the name."""
    for container in containers(folder):
        known: set[str] = set()
        for entry in container.get("env", []):
            assert set(re.findall(r"\$\((\w+)\)", entry.get("value", ""))) <= known
            known.add(entry["name"])
        assert set(re.findall(r"\$\((\w+)\)", " ".join(container["args"]))) <= known
