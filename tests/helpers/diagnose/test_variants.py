"""The course's own variants: what is found agrees with what notebook 5 measures of each (and 2, 3 and 6)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.deploy import manifests
from helpers.diagnose import judgement
from helpers.diagnose.findings import SECTIONS, Diagnosis
from helpers.diagnose.inventory import Inventory
from helpers.lab.objects import Object
from tests.helpers.fakes import made

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"


def found_in(variant: str, *more: Object) -> Diagnosis:
    items = [*manifests.load("greeter"), *manifests.load(variant), *more]
    inventory = Inventory(items, "me")
    return judgement.judge(inventory, inventory.of("Service"))


def controller(image: str) -> Object:
    about = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    return made(
        "Pod", "controller", labels=about, spec={"containers": [{"name": "controller", "image": image}]}
    )


def severities(found: Diagnosis) -> dict[str, str]:
    return {one.id: one.severity for one in found.findings}


def test_clusterip_pins() -> None:
    found = found_in("clusterip")
    assert severities(found) == {"clusterip-pins": "warning"}
    assert "deployment/demo (3 replicas)" in found.findings[0].saw


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("headless", "no policy is set for it"),
        ("headless-round-robin", "client-headless-round-robin is a client with round_robin"),
        ("fix", "client-fix is a client with round_robin"),
    ],
)
def test_headless_depends_on_the_client(variant: str, told: str) -> None:
    found = found_in(variant)
    assert severities(found) == {"headless-client": "note"}
    assert told in found.findings[0].saw


def test_ingress_is_fine() -> None:
    assert found_in("ingress").findings == []


def test_envoy_is_fine_and_is_itself_a_client_of_the_headless_service() -> None:
    found = found_in("envoy")
    assert severities(found) == {"headless-client": "note"}
    assert found.findings[0].object == "service/demo-envoy-pods"
    assert "deployment/envoy is a proxy" in found.findings[0].saw


@pytest.mark.parametrize(
    ("variant", "image", "severity"),
    [
        ("ingress-plaintext", "registry.k8s.io/ingress-nginx/controller:v1.11.3@sha256:0", "note"),
        ("ingress-plaintext", "rancher/nginx-ingress-controller:v1.10.1-hardened1", "note"),
        # The local cluster's controller, which is an nginx as it is published.
        ("ingress-plaintext", "nginx:1.31.3", "note"),
        ("ingress-plaintext", "registry.k8s.io/ingress-nginx/controller:v1.9.6", "warning"),
        (
            "ingress-plaintext",
            "quay.io/kubernetes-ingress-controller/nginx-ingress-controller:0.33.0",
            "warning",
        ),
        ("ingress-plaintext", "registry.example/mirror/nginx-ingress-controller", "warning"),
        # One nginx plays both of the local cluster's classes; the name tells them apart.
        ("ingress-plaintext-legacy", "nginx:1.31.3", "warning"),
    ],
)
def test_without_tls_the_era_decides(variant: str, image: str, severity: str) -> None:
    assert severities(found_in(variant, controller(image))) == {"ingress-plaintext": severity}


def test_with_tls_the_era_does_not_matter() -> None:
    assert found_in("ingress-legacy", controller("nginx:1.31.3")).findings == []


def test_every_section_that_is_named_is_in_its_notebook() -> None:
    assert SECTIONS.keys() == {check.__name__.replace("_", "-") for check in judgement.CHECKS}
    for notebook, section in SECTIONS.values():
        cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text())["cells"]
        headings = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        assert any(text.startswith(f"## {section} ") for text in headings), (notebook, section)
