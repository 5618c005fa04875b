from __future__ import annotations

import pytest

from helpers.report.cells import does, prepare
from helpers.report.course import PRODUCTION, find_notebooks
from helpers.report.runner import Failure, load
from tests.helpers.report.conftest import code, notebook, output, prose

STDOUT = output("stream", name="stdout", text="kept\n")
STDERR = output("stream", name="stderr", text="50%|#####     |\n")
WIDGET = output(
    "display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "bar"}
)


def test_keeps_results_and_drops_progress() -> None:
    page = prepare(notebook(code("x", outputs=[STDERR, WIDGET, STDOUT])))
    assert page.cells[0].outputs == [STDOUT]


def test_keeps_stderr_where_it_failed() -> None:
    failure = Failure("n", 1, 1, "x", "boom")
    page = prepare(notebook(code("x", "hide-input", outputs=[STDERR]), code("y")), failure)
    assert page.cells[0].outputs == [STDERR]
    assert page.cells[0].metadata["page"]["failed"]
    assert "no_input" not in page.cells[0].metadata["page"]
    assert page.cells[1].metadata["page"]["skipped"]


def test_tags_remove_and_hide() -> None:
    page = prepare(notebook(code("a", "remove-cell"), code("b", "hide-input", outputs=[STDOUT]), prose("")))
    (cell,) = page.cells
    assert cell.source == "b"
    assert cell.metadata["page"]["no_input"]
    # The place counts all cells, so that it agrees with the notebook and with an error message.
    assert cell.metadata["page"]["number"] == 2


def test_a_solution_of_two_cells_is_one_fold() -> None:
    page = prepare(
        notebook(prose("q"), prose("s", "solution"), code("s", "solution"), code("n"), code("t", "solution"))
    )
    marks = [
        (c.metadata["page"]["opens_solution"], c.metadata["page"]["closes_solution"]) for c in page.cells
    ]
    assert marks == [(False, False), (True, False), (False, True), (False, False), (True, True)]


def test_the_notebook_itself_is_unchanged() -> None:
    original = notebook(code("x", outputs=[STDERR]))
    prepare(original)
    assert original.cells[0].outputs == [STDERR]
    assert "page" not in original.cells[0].metadata


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("# your code here\nlog = ...", "your code here"),
        ("helpers.show(helpers.plot_ways(lab))", "helpers.plot_ways"),
        ('import helpers\n\nhelpers.apply(lab, "greeter")', "helpers.apply greeter"),
        ("expected = dict.fromkeys(pods, 1 / 3)", "your prediction"),
        (
            'predicted = 1\n!kubectl scale deployment/demo --replicas=5\nhelpers.wait_ready(lab, "greeter")',
            "your prediction, kubectl scale",
        ),
        ("lines = !kubectl get pods", "kubectl get"),
        ('print(Path("../manifests/a/service.yaml").read_text())', "service.yaml"),
        ("a = lab.core.read_namespaced_pod(name, lab.namespace)", "lab.core.read_namespaced_pod"),
        ("calls.groupby('client').apply(helpers.effective_pods)", "helpers.effective_pods"),
        ("def add(name: str) -> None:\n    helpers.apply(lab, name)", "def add"),
        ("a()\nb()\nc()\nd()", "a, b, c, …"),
        ("shares = seen / seen.sum()\nshares['all'] = 1\nprint(len(shares))", "compute shares"),
        ("import math", "import math"),
        ("assert first in message", "assert first in message"),
        ("1 +", ""),
    ],
)
def test_a_fold_says_what_its_code_does(source: str, title: str) -> None:
    assert does(source) == title
    (cell,) = prepare(notebook(code(source))).cells
    assert cell.metadata["page"]["does"] == title


def test_every_fold_of_the_course_has_a_title() -> None:
    pages = [prepare(load(path)) for path in find_notebooks(parts=("", PRODUCTION))]
    folds = [cell for page in pages for cell in page.cells if cell.metadata["page"].get("folds")]
    assert [cell.source for cell in folds if not cell.metadata["page"]["does"]] == []
    assert len(folds) > len(pages)
