from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader

from helpers.handout import paper
from helpers.handout.attendee import write_attendee
from helpers.handout.courses import FIRST, SECOND
from helpers.handout.lesson import Chart, HandoutError, Lesson
from helpers.handout.trainer import write_trainer
from tests.helpers.handout.conftest import SVG

TOLD = {"title": 'A "title" \\', "subtitle": "Handout", "ran": "From a run"}


def make(tmp_path: Path, markdown: str, pictures: paper.Pictures | None = None) -> bytes:
    scratch = tmp_path / "scratch"
    scratch.mkdir(parents=True)
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


# Of an A4 page, in points: where text begins below the header, and where it ends above the footer.
TOP, BOTTOM = 782, 57


def filled(page: PageObject) -> float:
    """How much of a page has text on it or above it, as a share of its height."""
    heights: list[float] = [TOP]

    def see(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        if text.strip():
            heights.append(inner[5] * outer[3] + outer[5])

    page.extract_text(visitor_text=see)
    return (TOP - min(height for height in heights if height > BOTTOM)) / (TOP - BOTTOM)


def test_no_page_but_the_last_is_nearly_empty(
    course: list[Lesson], second_course: list[Lesson], tmp_path: Path
) -> None:
    made = {
        f"{write.__name__} {place}": make(
            tmp_path / f"{write.__name__}{place}", write(lessons, paper.Pictures(), of)
        )
        for place, (lessons, of) in enumerate(((course, FIRST), (second_course, SECOND)))
        for write in (write_attendee, write_trainer)
    }
    pages = {name: [*map(filled, PdfReader(BytesIO(pdf)).pages)] for name, pdf in made.items()}
    assert all(len(shares) > 10 for shares in pages.values())
    empty = [
        f"{name}, page {number}: {share:.0%}"
        for name, shares in pages.items()
        for number, share in enumerate(shares[:-1], 1)
        if share < 1 / 3
    ]
    assert empty == []


@pytest.mark.parametrize(("lines", "page"), [(5, 1), (25, 2), (45, 2)])
def test_a_chapter_follows_on_the_same_page_where_there_is_room(
    lines: int, page: int, tmp_path: Path
) -> None:
    text = "\n\n".join(["Text."] * lines)
    pages = PdfReader(BytesIO(make(tmp_path, f"{text}\n\n# Next\n\n{text}"))).pages
    assert next(number for number, one in enumerate(pages, 1) if "Next" in one.extract_text()) == page


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
