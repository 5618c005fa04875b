from __future__ import annotations

import os
from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from helpers.lab import rbac

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_lab_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the variables of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("LAB_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def nothing_noted_before() -> None:
    rbac.forget_notes()


@pytest.fixture(autouse=True)
def figures_closed() -> Iterator[None]:
    yield
    plt.close("all")
