from __future__ import annotations

from pathlib import Path

from helpers.report.findings import Results
from helpers.report.runner import Failure, Outcome
from helpers.report.site import write_report
from tests.helpers.report.conftest import code, notebook, output, picture, prose
from tests.helpers.report.reading import complaints, read
from tests.helpers.report.test_story import GOOD, finding

FIGURE = output("display_data", data={"image/png": picture()}, metadata={"image/png": {"alt": "Bars"}})
ERROR = output("error", ename="LabError", evalue="no pods", traceback=["LabError: no pods"])
FAILURE = Failure("02-headless", 2, 1, "z", "LabError: no <pods>")
ZERO = notebook(
    prose("# Zero\n\nGoal of zero.\n\n## A\n\n[next](01-clusterip.ipynb)"), code("x", outputs=[FIGURE])
)
ONE = notebook(prose("# One & only\n\nGoal of one.\n\n## B"), code("y"))
TWO = notebook(prose("# Two\n\nGoal of two."), code("z", outputs=[ERROR]), code("w"))
OUTCOMES = [
    Outcome("00-setup", ZERO, 1.0),
    Outcome("01-clusterip", ONE, 2.0),
    Outcome("02-headless", TWO, 3.0, FAILURE),
]
RESULTS = Results(tuple(finding(variant, "01-clusterip") for variant in GOOD), {"context": "local"})
FACTS = [("Kubernetes", "v1.36.2"), ("Started", "2026-01-02 03:04 UTC")]


def test_every_page_stands_alone(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    pages = [read(path) for path in sorted(tmp_path.glob("*.html"))]
    assert [page.path.stem for page in pages] == ["00-setup", "01-clusterip", "02-headless", "index"]
    assert complaints(pages) == []
    assert not list(tmp_path.glob("*.part"))


def test_neighbours_and_contents(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    first, middle = read(tmp_path / "00-setup.html"), read(tmp_path / "01-clusterip.html")
    assert middle.title == "One & only"
    assert {"00-setup.html", "index.html", "02-headless.html", "#B"} <= set(middle.links)
    assert "02-headless.html" not in first.links
    assert "v1.36.2" in first.text


def test_a_failed_notebook_is_flagged_and_its_page_shows_why(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    index, failed = read(tmp_path / "index.html"), read(tmp_path / "02-headless.html")
    assert "1 of 3 notebooks did not finish" in index.text
    assert "LabError: no <pods>" in index.text
    assert "02-headless.html#cell-2" in index.links
    assert "This notebook did not finish" in failed.text
    assert "did not finish" not in read(tmp_path / "00-setup.html").text


def test_a_kernel_that_did_not_start_points_at_no_cell(tmp_path: Path) -> None:
    failure = Failure("01-clusterip", 0, None, "(no cell was run)", "The kernel did not start: no memory")
    write_report(tmp_path, [Outcome("01-clusterip", ONE, 0.1, failure)], Results(), FACTS, notebooks=tmp_path)
    pages = [read(path) for path in sorted(tmp_path.glob("*.html"))]
    assert complaints(pages) == []
    assert all("The kernel did not start: no memory" in page.text for page in pages)


def test_the_index_answers_first(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    order = [
        index.text.index(part)
        for part in ("Why does a gRPC client", "stayed on one pod", "Goal of zero", "UNAVAILABLE")
    ]
    assert order[0] < order[1] < order[2]
    assert "What was measured" in [text for _, text in index.headings]
    (chart,) = index.images
    assert "Envoy proxy: 3.0 and 3.0" in chart["alt"]


def test_an_index_of_nothing_measured_says_so(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES[:1], Results(), FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    assert complaints([index, read(tmp_path / "00-setup.html")]) == []
    assert "no measurements" in index.text
    assert not index.images
