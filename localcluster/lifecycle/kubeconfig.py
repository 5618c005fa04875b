"""The file that lets a client find and enter the cluster."""

import base64
import json
from pathlib import Path

from localcluster.lifecycle import home
from localcluster.lifecycle.certificates import Credentials

CONTEXT = "local"  # the name of the context, the cluster and the user, whatever the cluster's own name


def render(server: str, credentials: Credentials) -> str:
    """Write a kubeconfig; every scalar is quoted as JSON does, which is YAML too.

    Args:
        server: ``https://address:port``.
        credentials: whose authority is trusted and whose token is shown.
    """
    authority = base64.b64encode(credentials.authority.encode()).decode()
    return "\n".join(
        [
            "apiVersion: v1",
            "kind: Config",
            "clusters:",
            f"- name: {CONTEXT}",
            "  cluster:",
            f"    server: {json.dumps(server)}",
            f"    certificate-authority-data: {json.dumps(authority)}",
            "users:",
            f"- name: {CONTEXT}",
            "  user:",
            f"    token: {json.dumps(credentials.token)}",
            "contexts:",
            f"- name: {CONTEXT}",
            "  context:",
            f"    cluster: {CONTEXT}",
            f"    user: {CONTEXT}",
            "    namespace: default",
            f"current-context: {CONTEXT}",
            "preferences: {}",
            "",
        ]
    )


def write(path: Path, server: str, credentials: Credentials) -> None:
    """Write the kubeconfig, readable by its owner alone (it holds the token)."""
    home.write_private(path, render(server, credentials))
