"""``make lab`` as a reader has it: JupyterLab in a browser, a notebook run by its menu, its charts there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from helpers.lab import cluster
from helpers.report.course import NOTEBOOKS
from tests.helpers import browser
from tests.localcluster.faults.world import running_in
from tests.notebooks import jupyterlab
from tests.notebooks.conftest import cells

pytestmark = [
    browser.needed,
    pytest.mark.skipif(shutil.which("make") is None, reason="no make on PATH"),
    pytest.mark.slow,
]
# What a live chart says of itself in each frame.
GREETED = r"of (\d+) greetings since"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with browser.chromium() as started:
        yield started


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """JupyterLab; the cluster is started by a notebook, as a reader's is, and ended here."""
    told = {
        "LOCALCLUSTER_NAME": f"jupyterlab-{os.getpid()}",
        "LOCALCLUSTER_HOME": str(tmp_path / "home"),
        "LAB_PACE": "20",
    }
    monkeypatch.setenv("LOCALCLUSTER_HOME", told["LOCALCLUSTER_HOME"])
    try:
        with jupyterlab.serving(tmp_path, told) as started:
            yield started
    finally:
        cluster.stop(told["LOCALCLUSTER_NAME"], purge=True)
    assert running_in(tmp_path) == {}


def number(place: int, cell: Any) -> str:
    """What stands before a cell that was run as the ``place``-th; a folded solution shows no number."""
    return "" if cell.metadata.get("jupyter", {}).get("source_hidden") else f"[{place}]:"


def test_a_cell_that_is_run_first_says_which_to_run_before(chromium: Browser, address: str) -> None:
    """The kernel knows of the course before any cell has run: make tells it."""
    sources = cells(NOTEBOOKS / "00-setup.ipynb", "code")
    with jupyterlab.notebook(chromium, address, "00-setup", len(sources)) as shown:
        shown.select('helpers.apply(lab, "greeter")')
        shown.run("Run Selected Cell")
        (said,) = shown.errors()
        assert '"helpers" is not there yet' in said
        assert "Traceback" not in said


def test_run_all_cells_shows_every_chart_and_no_error(chromium: Browser, address: str) -> None:
    sources = cells(NOTEBOOKS / "01-clusterip.ipynb", "code")
    with jupyterlab.notebook(chromium, address, "01-clusterip", len(sources)) as shown:
        shown.write(
            "expected_connections = {",
            'expected_connections = {"1 channel": 1, "10 channels": 2, "a channel per call": 60}',
        )
        shown.run("Run All Cells")
        assert shown.errors() == []
        assert shown.numbers() == [number(place, cell) for place, cell in enumerate(sources, start=1)]
        widths, words = zip(*shown.charts(), strict=True)
        assert len(words) == sum("helpers.show(" in cell.source for cell in sources)
        assert min(widths) > 100
        assert [chart for chart in words if len(chart) < 40] == []
        (predicted,) = [chart for chart in words if "predicted 1, to" in chart]
        assert re.search(r"10 channels: 60 greetings by 10 connections, predicted 2, to", predicted)
        assert shown.progress() - {"", "0%"}
        assert shown.seen.outside == []


def test_a_live_chart_grows_in_its_place_while_clients_run(chromium: Browser, address: str) -> None:
    sources = cells(NOTEBOOKS / "production" / "01-scaling.ipynb", "code")
    with jupyterlab.notebook(chromium, address, "production/01-scaling", len(sources)) as shown:
        # The cell after the first live chart.
        shown.select("mine = records.greetings.query")
        shown.run("Run All Above Selected Cell")
        assert shown.errors() == []
        frames = [int(count) for words in shown.frames() for count in re.findall(GREETED, words)]
        assert len(frames) > 2
        assert frames == sorted(set(frames))
        # One chart, the last frame, is what stays.
        left = [words for _, words in shown.charts() if re.search(GREETED, words)]
        assert [re.findall(GREETED, words) for words in left] == [[str(frames[-1])]]
