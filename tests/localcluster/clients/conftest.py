"""A cluster of these tests' own, and for each test a kubeconfig that begins in a namespace of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.patience import PATIENCE


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a running cluster."""
    folder = tmp_path_factory.mktemp("clients")
    environment = {**os.environ, "LOCALCLUSTER_HOME": str(folder), "LOCALCLUSTER_NAME": "clients"}

    def run(*words: str) -> str:
        argv = [sys.executable, "-m", "localcluster", *words]
        done = subprocess.run(  # noqa: S603 - our own words
            argv, env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout.strip()

    run("start")
    try:
        yield Path(run("kubeconfig"))
    finally:
        run("stop", "--purge")


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> str:
    """A name for this test's namespace: tests of two files share a cluster, and can have the same name."""
    module = request.node.path.stem.removeprefix("test_")
    return re.sub(r"[^a-z0-9]+", "-", f"{module} {request.node.name}".lower())[:63].strip("-")


@pytest.fixture
def kubeconfig(cluster: Path, namespace: str, tmp_path: Path) -> Path:
    """A kubeconfig of the test's own, which begins in its namespace."""
    config = yaml.safe_load(cluster.read_text())
    config["contexts"][0]["context"]["namespace"] = namespace
    path = tmp_path / "kubeconfig"
    path.touch(0o600)
    path.write_text(yaml.safe_dump(config))
    return path
