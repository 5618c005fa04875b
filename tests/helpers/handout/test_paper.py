from __future__ import annotations

from pathlib import Path

import pytest

from helpers.handout import paper
from helpers.handout.lesson import Chart, HandoutError
from tests.helpers.handout.conftest import SVG

TOLD = {"title": 'A "title" \\', "subtitle": "Handout", "ran": "From a run"}


def make(tmp_path: Path, markdown: str, pictures: paper.Pictures | None = None) -> bytes:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path = tmp_path / "made.pdf"
    paper.write_pdf(path, paper.to_typst(markdown, **TOLD), pictures or paper.Pictures(), scratch)
    assert list(tmp_path.glob("*.part")) == []
    return path.read_bytes()


def test_everything_a_notebook_writes_can_be_set(tmp_path: Path) -> None:
    pictures = paper.Pictures()
    parts = [
        '# One\n\nShares $e^{-\\sum p_i \\ln p_i}$, `code @x #y`, 5 $ and "quotes" [2](02-x.ipynb#2.1).',
        "| a | b |\n|---|---|\n| `x` | *y* |",
        paper.fenced("print('```')", "python"),
        paper.ruled(2) + paper.blanks(["pod", "I expect"], ["", 'na"me']),
        paper.together("kept" + pictures.show(Chart(SVG, 'Bars "of" one\\pod'))),
    ]
    made = make(tmp_path, "\n\n".join(parts), pictures)
    assert made.startswith(b"%PDF-")
    # Accessible: tagged, and declared to be PDF/UA.
    assert b"/StructTreeRoot" in made
    assert b"pdfuaid" in made


def test_only_fonts_that_typst_carries(tmp_path: Path) -> None:
    template = paper.TEMPLATE.read_text()
    assert {line.split('"')[1] for line in template.splitlines() if "font: " in line} == {
        "Libertinus Serif",
        "DejaVu Sans Mono",
    }
    make(tmp_path, "Text")


def test_links_to_notebooks_become_words() -> None:
    written = paper.to_typst("see [notebook 2](02-headless.ipynb) and [gRPC](https://grpc.io/)", **TOLD)
    assert "notebook 2 and" in written
    assert 'link("https://grpc.io/")' in written
    assert "#together[\nnotebook 2" in paper.to_typst(paper.together("[notebook 2](02-x.ipynb)"), **TOLD)


def test_what_typst_refuses_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match=r"made\.pdf cannot be set: unknown variable: nothing"):
        make(tmp_path, paper.raw("#nothing()"))
    assert not (tmp_path / "made.pdf").exists()


def test_strings_and_arrays_of_typst() -> None:
    assert paper.string('a"b\\c\nd') == '"a\\"b\\\\c\\nd"'
    assert paper.array(["one"]) == '("one", )'


def test_a_formula_is_read_out_in_words() -> None:
    assert paper.spoken(r"e^{-\sum p_i \ln p_i}") == (
        "e to the power of minus the sum of p sub i the natural logarithm of p sub i"
    )
    assert paper.spoken(r"n \times \text{mean}") == "n times mean"
    written = paper.to_typst("Shares $p_i$, *twice* $p_i$.", **TOLD)
    assert written.count('#set math.equation(alt: "p sub i")') == 2
    assert '"formula"' not in written + paper.TEMPLATE.read_text()
