from __future__ import annotations

from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from helpers.report.body import Body, render_body
from helpers.report.cells import prepare
from helpers.report.runner import Failure
from tests.helpers.report.conftest import code, notebook, output, picture, prose


def body(*cells: Any, failure: Failure | None = None) -> Body:
    return render_body(prepare(notebook(*cells), failure), Path("/nowhere"), ["00-setup", "01-clusterip"])


def soup(*cells: Any) -> BeautifulSoup:
    return BeautifulSoup(body(*cells).html, "html.parser")


def test_title_goal_and_outline() -> None:
    made = body(prose("# One\n\nWhy *this*\nmatters.\n\n## Part\n\n## Part\n\n### A `b` c"))
    assert (made.title, made.goal) == ("One", "Why this matters.")
    assert [(entry.level, entry.anchor) for entry in made.outline] == [
        (1, "One"), (2, "Part"), (2, "Part-2"), (3, "A-b-c"),
    ]  # fmt: skip


def test_links_lead_to_pages_or_are_text() -> None:
    made = soup(
        prose("[a](01-clusterip.ipynb#x) [b](https://grpc.io) [c](../manifests/) [d](07.ipynb) [e](#x)")
    )
    assert [link["href"] for link in made("a")] == ["01-clusterip.html#x", "https://grpc.io", "#x"]
    assert made.get_text(" ", strip=True) == "a b c d e"


def test_code_is_open_without_scripts_and_named_after_what_it_does() -> None:
    made = soup(code("\n# Count < by pod.\nfirst = 1"), code("import re"))
    folds = made.select("details.code")
    assert [fold.has_attr("open") for fold in folds] == [True, True]
    assert [fold.summary.get_text() for fold in folds if fold.summary] == [
        "Code: Count < by pod.",
        "Code: import re",
    ]
    assert "first = 1" in folds[0].select_one("pre").get_text()  # type: ignore[union-attr]


def test_code_of_a_cell_magic_is_not_folded() -> None:
    made = soup(code("%%pod\nimport grpc"))
    assert made.select("details") == []
    assert "import grpc" in made.select_one("div.code pre").get_text()  # type: ignore[union-attr]


def test_hidden_input_leaves_its_output() -> None:
    shown = output("stream", name="stdout", text="a < b\n\n")
    made = soup(code("secret", "hide-input", outputs=[shown]))
    assert "secret" not in made.get_text()
    assert made.select_one("pre.text").get_text() == "a < b"  # type: ignore[union-attr]


def test_an_answer_is_folded_and_its_list_is_one() -> None:
    made = soup(prose("<details><summary>Answers</summary>\n\n1. `one`\n2. two\n\n</details>", "answer"))
    fold = made.select_one(".prose > details")
    assert fold is not None
    assert not fold.has_attr("open")
    assert [item.get_text() for item in fold.select("ol > li")] == ["one", "two"]


def test_solution_is_folded_with_its_output() -> None:
    made = soup(prose("q"), code("answer", "solution", outputs=[output("stream", name="stdout", text="42")]))
    fold = made.select_one("details.solution")
    assert fold is not None
    assert not fold.has_attr("open")
    assert "answer" in fold.get_text()
    assert "42" in fold.get_text()


def test_figure_keeps_its_alternative_text() -> None:
    both = {"image/png": picture(), "text/plain": "<Figure>"}
    in_type = output("display_data", data=both, metadata={"image/png": {"alt": 'Bars "a" & b'}})
    on_top = output("display_data", data=both, metadata={"alt": "On top"})
    as_html = output("display_data", data={"text/html": '<img src="data:image/png;base64,AA" alt="In HTML">'})
    made = soup(code("x", outputs=[in_type, on_top, as_html]))
    assert [image["alt"] for image in made("img")] == ['Bars "a" & b', "On top", "In HTML"]
    assert "<Figure>" not in made.get_text()


def test_table_scrolls_and_names_its_headers() -> None:
    head = '<thead><tr style="text-align: right"><th></th><th>n</th></tr></thead>'
    rows = "<tbody><tr><th>r</th><td>1</td></tr></tbody>"
    html = f'<style scoped>x</style><table border="1">{head}{rows}</table>'
    made = soup(code("x", outputs=[output("execute_result", data={"text/html": html}, execution_count=1)]))
    assert made.select_one(".scroll > table") is not None
    assert [(header.get_text(), header["scope"]) for header in made("th")] == [("n", "col"), ("r", "row")]
    assert not made("style")


def test_formula_needs_no_script() -> None:
    made = soup(prose("It is $e^{-\\sum p_i}$, in `$(POD_IP)` and `$(NS)`."))
    assert made.find("math") is not None
    assert "$(POD_IP)" in made.get_text()


def test_scripts_of_an_output_are_left_out() -> None:
    made = soup(
        code("x", outputs=[output("display_data", data={"text/html": "<script src='x'></script><b>y</b>"})])
    )
    assert not made("script")
    assert made.find("b") is not None


def test_error_of_a_failed_cell_is_shown() -> None:
    error = output("error", ename="E", evalue="v", traceback=["\x1b[31mE: v\x1b[0m <here>"])
    made = body(prose("# T"), code("x", outputs=[error]), code("y"), failure=Failure("n", 2, 1, "x", "E: v"))
    parsed = BeautifulSoup(made.html, "html.parser")
    assert parsed.select_one("#cell-2.failed pre.error").get_text() == "E: v <here>"  # type: ignore[union-attr]
    assert parsed.select_one("#cell-3.skipped") is not None
