"""The kubeconfig that names a user's clusters."""

from __future__ import annotations

import os
from pathlib import Path

from kubernetes.config import ConfigException
from kubernetes.config.kube_config import KubeConfigMerger

from helpers.lab.objects import Object


def kubeconfig() -> str:
    """Return the kubeconfig of named contexts; may be several files, as kubectl reads them."""
    return os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")


def contexts(file: str) -> dict[str, Object]:
    """Return the contexts of a kubeconfig by name; unlike the client's own, also where none is current.

    Raises:
        ConfigException: There is no such file, or it is no kubeconfig.
    """
    merged = KubeConfigMerger(file).config  # type: ignore[no-untyped-call]
    if merged is None:
        raise ConfigException(f"no such file: {file}")
    return {str(entry.value["name"]): dict(entry.value["context"]) for entry in merged.value["contexts"]}
