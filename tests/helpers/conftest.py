from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_lab_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the variables of whoever runs the tests out of them."""
    names = ("CONTEXT", "NAMESPACE", "IMAGE_PREFIX", "IMAGE_TAG", "PACE", "RESULTS", "INGRESS_ADDRESS")
    for name in names:
        monkeypatch.delenv(f"LAB_{name}", raising=False)


@pytest.fixture(autouse=True)
def figures_closed() -> Iterator[None]:
    yield
    plt.close("all")
