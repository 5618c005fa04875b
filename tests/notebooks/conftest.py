from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.report.course import NOTEBOOKS, find_notebooks
from helpers.report.runner import load

PATHS = find_notebooks()
NAMES = [path.stem for path in PATHS]
# The second course, as far as there are notebooks of it.
PRODUCTION = sorted((NOTEBOOKS / "production").resolve().glob("*.ipynb"))
BOTH = [*PATHS, *PRODUCTION]


def cells(path: Path, kind: str) -> list[Any]:
    return [cell for cell in load(path).cells if cell.cell_type == kind]


def lines(cell: Any) -> int:
    return len([line for line in cell.source.splitlines() if line.strip()])


@pytest.fixture(scope="session")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Hold one local cluster for the notebooks of this worker; yield what leads a notebook to it."""
    from helpers.lab import cluster  # noqa: PLC0415 - only where a cluster is wanted

    told = {
        "LOCALCLUSTER_NAME": f"course-{os.getpid()}",
        "LOCALCLUSTER_HOME": str(tmp_path_factory.mktemp("home")),
    }
    # Only around the two calls: other tests of this worker have clusters and homes of their own.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLUSTER_HOME", told["LOCALCLUSTER_HOME"])
        cluster.start(told["LOCALCLUSTER_NAME"])
    try:
        yield told
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LOCALCLUSTER_HOME", told["LOCALCLUSTER_HOME"])
            cluster.stop(told["LOCALCLUSTER_NAME"], purge=True)


@pytest.fixture(scope="session")
def room(own_cluster: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes a notebook an attendee's on that cluster, with the rights of ``manifests/rbac`` alone."""
    from helpers.lab import cluster  # noqa: PLC0415 - only where a cluster is wanted
    from tests.manifests import room as rooms  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLUSTER_HOME", own_cluster["LOCALCLUSTER_HOME"])
        kubeconfig = cluster.start(own_cluster["LOCALCLUSTER_NAME"])
    administrator = rooms.objects_of(kubeconfig, cluster.CONTEXT)
    rooms.prepare(administrator, whole_cluster=True)
    path = rooms.admit(administrator, kubeconfig, tmp_path_factory.mktemp("room") / "config")
    return {"KUBECONFIG": str(path), "LAB_CONTEXT": rooms.ACCOUNT, "LAB_NAMESPACE": rooms.NAMESPACE}
