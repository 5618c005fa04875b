from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers.handout.slides import write_slides
from tests.helpers.handout.conftest import small
from tests.helpers.report.conftest import notebook, prose
from tests.helpers.report.reading import broken_links, read


@pytest.fixture
def decks(tmp_path: Path) -> Path:
    last = notebook(prose("# 2. Two\n\nMore.\n\nBack: [one](01-one.ipynb), [none](09-none.ipynb)"))
    return write_slides(tmp_path / "slides", {"01-one": small(), "02-two": last}, folder=tmp_path)


def test_each_deck_stands_alone_and_links_resolve(decks: Path) -> None:
    pages = [read(path) for path in sorted(decks.parent.glob("*.html"))]
    assert [page.path.name for page in pages] == ["01-one.html", "02-two.html", "index.html"]
    assert [page.outside() for page in pages] == [[], [], []]
    assert broken_links(pages) == []
    assert {"01-one.html", "02-two.html"} <= set(pages[2].links)
    assert list(decks.parent.glob("*.part")) == []


def test_sections_are_slides_and_solutions_slides_of_their_own(decks: Path) -> None:
    soup = BeautifulSoup((decks.parent / "01-one.html").read_text(), "html.parser")
    sections = soup.select("main > section")
    found = [(section.select(".title")[0].get_text(), section.get("class")) for section in sections]
    assert [title for title, _ in found] == [
        "1. One: pinned",
        "1.1 The lab",
        "1.2 Predict, then measure",
        "1.3 Two words",
        "1.4 Exercise: move it",
        "1.4 Exercise: move it",
        "1.5 What to do in production",
        "1.6 Goals, answered",
    ]
    assert [kind for _, kind in found if kind] == [["opening"], ["solution"]]
    (solution,) = soup.select("section.solution")
    assert "delete_secret_thing" in solution.get_text()
    assert "hidden reason" in solution.get_text()


def test_nothing_of_a_notebook_is_lost(decks: Path) -> None:
    text = read(decks.parent / "01-one.html").text
    for part in (
        "say why.",
        "kubectl get pods -A",
        "off by 67 points",
        "Would ten help?",
        "moved to another",
    ):
        assert part in text


def test_answers_are_not_shown(decks: Path) -> None:
    text = read(decks.parent / "01-one.html").text
    assert "And now?" in text
    assert [hidden for hidden in ("The connection decides", "it is over") if hidden in text] == []


def test_a_chart_begins_a_slide_and_a_question_stays_with_its_list(decks: Path) -> None:
    soup = BeautifulSoup((decks.parent / "01-one.html").read_text(), "html.parser")
    figures = soup.select(".blocks > figure")
    assert [figure.get("data-begins") for figure in figures] == ["slide"] * 3
    assert all(str(image["src"]).startswith("data:image/png") for image in soup.select("figure img"))
    (asked,) = [p for p in soup.select(".blocks > p") if p.get_text() == "Questions to consider."]
    assert asked["data-announces"] == "next"
