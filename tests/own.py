"""A local cluster of one test module's own, to which ``helpers.connect()`` leads meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.lab import cluster


@contextmanager
def local_cluster(word: str, home: Path, **variables: str) -> Iterator[Path]:
    """Hold a cluster, and an environment without anybody's lab; yield the path of its kubeconfig.

    Args:
        word: What its name begins with; this process's id follows, for others run at the same time.
        home: Where its state is.
        variables: Of the environment, beside those that name the cluster.
    """
    name = f"{word}-{os.getpid()}"
    told = {"LOCALCLUSTER_HOME": str(home), "LOCALCLUSTER_NAME": name, **variables}
    with pytest.MonkeyPatch.context() as patch:
        for variable in [variable for variable in os.environ if variable.startswith("LAB_")]:
            patch.delenv(variable)
        for variable, value in told.items():
            patch.setenv(variable, value)
        try:
            yield cluster.start(name)
        finally:
            cluster.stop(name, purge=True)
