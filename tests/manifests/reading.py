"""The folders of manifests as plain objects, read without any code of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "manifests"
RIGHTS = "rbac"
FOLDERS = sorted({path.parent.name for path in MANIFESTS.glob("*/kustomization.yaml")} - {RIGHTS})
VARIANTS = [name for name in FOLDERS if name != "greeter"]
INGRESSES = {
    # variant: class and whether it has TLS
    "ingress": ("nginx", True),
    "ingress-legacy": ("nginx-legacy", True),
    "ingress-plaintext": ("nginx", False),
    "ingress-plaintext-legacy": ("nginx-legacy", False),
}


def kustomization(folder: str) -> dict[str, Any]:
    return yaml.safe_load((MANIFESTS / folder / "kustomization.yaml").read_text())  # type: ignore[no-any-return]


def objects(folder: str) -> list[dict[str, Any]]:
    files = [MANIFESTS / folder / name for name in kustomization(folder)["resources"]]
    return [found for file in files for found in yaml.safe_load_all(file.read_text())]


def of_kind(folder: str, kind: str) -> dict[str, dict[str, Any]]:
    return {found["metadata"]["name"]: found for found in objects(folder) if found["kind"] == kind}


def container(folder: str, deployment: str) -> dict[str, Any]:
    (only,) = of_kind(folder, "Deployment")[deployment]["spec"]["template"]["spec"]["containers"]
    return only  # type: ignore[no-any-return]


def arguments(folder: str) -> list[str]:
    return container(folder, f"client-{folder}")["args"]  # type: ignore[no-any-return]


def environment(holder: dict[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry.get("valueFrom", entry.get("value")) for entry in holder.get("env", [])}
