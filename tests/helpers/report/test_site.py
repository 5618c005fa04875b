from __future__ import annotations

import re
from pathlib import Path

from helpers.lesson import excerpts
from helpers.report.findings import Measure, Results
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
SCALING = notebook(
    prose("# P1. Scaling\n\nGoal of scaling.\n\n## A\n\n[back](../00-setup.ipynb) [none](09-none.ipynb)"),
    code("z"),
)
OUTCOMES = [
    Outcome("00-setup", ZERO, 1.0),
    Outcome("01-clusterip", ONE, 2.0),
    Outcome("02-headless", TWO, 3.0, FAILURE),
]
NGINX = ("ingress-plaintext-legacy", "ingress-legacy", "ingress-plaintext", "ingress")
MEASURES = (
    Measure("01-scaling", "seconds_to_new_pod", "DNS alone", ((None, None),)),
    Measure("01-scaling", "seconds_to_new_pod", "EndpointSlices", ((0.2, 0.4),)),
    Measure("01-scaling", "failures_in_rollout", "round_robin + retry, stop(0)", ((5, 9),)),
)
RESULTS = Results(tuple(finding(variant, "01-clusterip") for variant in GOOD), {"context": "local"})
BOTH = [*OUTCOMES, Outcome("01-scaling", SCALING, 4.0, part="production")]
BLOCKS = re.compile(r"^```\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)
FACTS = [("Kubernetes", "v1.36.2"), ("Started", "2026-01-02 03:04 UTC")]


def test_every_page_stands_alone(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    pages = [read(path) for path in sorted(tmp_path.glob("*.html"))]
    assert [page.path.stem for page in pages] == ["00-setup", "01-clusterip", "02-headless", "fix", "index"]
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


def test_a_skipped_notebook_says_what_the_cluster_lacks_and_is_no_failure(tmp_path: Path) -> None:
    lacking = Outcome("02-headless", TWO, 3.0, skipped=Failure("02-headless", 2, 1, "z", "no Gateway <API>"))
    write_report(tmp_path, [*OUTCOMES[:2], lacking], RESULTS, FACTS, notebooks=tmp_path)
    index, page = read(tmp_path / "index.html"), read(tmp_path / "02-headless.html")
    assert "1 of 3 notebooks were skipped" in index.text
    assert "02-headless.html#cell-2" in index.links
    for where in (index, page):
        assert "no Gateway <API>" in where.text
        assert "did not finish" not in where.text


def test_a_kernel_that_did_not_start_points_at_no_cell(tmp_path: Path) -> None:
    failure = Failure("01-clusterip", 0, None, "(no cell was run)", "The kernel did not start: no memory")
    write_report(tmp_path, [Outcome("01-clusterip", ONE, 0.1, failure)], Results(), FACTS, notebooks=tmp_path)
    pages = [read(path) for path in sorted(tmp_path.glob("*.html"))]
    assert complaints(pages) == []
    pages = [page for page in pages if page.path.stem != "fix"]
    assert all("The kernel did not start: no memory" in page.text for page in pages)


def test_the_index_answers_first(tmp_path: Path) -> None:
    cases = tuple(finding(variant, "06-nginx-tls") for variant in NGINX)
    last = Outcome("06-nginx-tls", ONE, 2.0)
    write_report(tmp_path, [*OUTCOMES, last], Results((*RESULTS.findings, *cases)), FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    order = [
        index.text.index(part)
        for part in ("Why does a gRPC client", "stayed on one pod", "Goal of zero", "UNAVAILABLE")
    ]
    assert order[0] < order[1] < order[2]
    assert f"Every measured case ({len(RESULTS.findings) + len(cases)})" in index.text
    assert "The story in 5 charts" in [text for _, text in index.headings]
    assert len(index.images) == 5
    assert "Envoy, client 2: pod a 33%, pod b 33%, pod c 33%" in index.images[3]["alt"]
    assert "up to v1.9, no TLS: 100% failed; up to v1.9, TLS: pod a 33%" in index.images[4]["alt"]


def test_an_index_of_nothing_measured_says_so(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES[:1], Results(), FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    assert complaints([index, read(tmp_path / "00-setup.html"), read(tmp_path / "fix.html")]) == []
    assert "no measurements" in index.text
    assert not index.images


def test_the_second_course_has_pages_a_place_and_a_table(tmp_path: Path) -> None:
    measured = Results(RESULTS.findings, RESULTS.cluster, MEASURES)
    write_report(tmp_path, BOTH, measured, FACTS, notebooks=tmp_path)
    index, page = read(tmp_path / "index.html"), read(tmp_path / "01-scaling.html")
    assert complaints([read(path) for path in tmp_path.glob("*.html")]) == []
    # Its neighbour is the last of the first course; links lead from one folder to the other.
    assert {"02-headless.html", "00-setup.html", "index.html"} <= set(page.links)
    assert "01-scaling.html" in read(tmp_path / "02-headless.html").links
    titles = [text for _, text in index.headings]
    assert titles.index("The lessons") < titles.index("The second course: what breaks in production")
    words = squeezed(index.text)
    for row in ("DNS alone not seen", "EndpointSlices 0.2 to 0.4", "round_robin + retry 5 to 9"):
        assert squeezed(row) in words


def test_without_the_first_course_the_index_does_not_say_that_nothing_was_measured(tmp_path: Path) -> None:
    write_report(tmp_path, BOTH[-1:], Results((), {}, MEASURES), FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    assert "were not run; what this run measured is below" in index.text
    assert "no measurements" not in index.text


def test_without_the_second_course_the_index_has_no_word_of_it(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    assert "production" not in index.text
    assert "Change and failure" not in index.text


def test_the_overview_opens_with_the_short_form_of_the_fix_above_its_charts(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    index = read(tmp_path / "index.html")
    for block in BLOCKS.findall(excerpts.short_form()):
        assert squeezed(block) in squeezed(index.text)
    assert index.text.index("clusterIP: None") < index.text.index("The story in")
    assert "fix.html" in index.links


def test_the_fix_has_a_page_of_its_own_that_leads_to_the_notebooks_of_this_run(tmp_path: Path) -> None:
    write_report(tmp_path, OUTCOMES, RESULTS, FACTS, notebooks=tmp_path)
    page = read(tmp_path / "fix.html")
    blocks = BLOCKS.findall(excerpts.fix_page())
    assert len(blocks) == 8
    assert [block for block in blocks if squeezed(block) not in squeezed(page.text)] == []
    assert {"02-headless.html", "01-clusterip.html"} <= set(page.links)
    assert "01-scaling.html" not in page.links


def squeezed(text: str) -> str:
    return "".join(text.split())
