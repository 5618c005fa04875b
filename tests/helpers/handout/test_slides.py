from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers.handout.lesson import HandoutError
from helpers.handout.slides import write_slides
from tests.helpers.handout.conftest import small
from tests.helpers.report.conftest import notebook, prose
from tests.helpers.report.reading import broken_links, read


@pytest.fixture
def decks(tmp_path: Path) -> Path:
    back = "Back: [one](01-one.ipynb), [none](09-none.ipynb)"
    last = notebook(prose(f"# 2. Two\n\nMore.\n\n{back}\n\n**Goals.** You can\n\n- say why."))
    return write_slides(tmp_path / "slides", {"01-one": small(), "02-two": last}, folder=tmp_path)


def test_each_deck_stands_alone_and_links_resolve(decks: Path) -> None:
    pages = [read(path) for path in sorted(decks.parent.glob("*.html"))]
    assert [page.path.name for page in pages] == ["01-one.html", "02-two.html", "index.html"]
    assert [page.outside() for page in pages] == [[], [], []]
    assert broken_links(pages) == []
    assert {"01-one.html", "02-two.html"} <= set(pages[2].links)
    assert list(decks.parent.glob("*.part")) == []


def test_a_slide_has_a_title_and_at_most_one_exhibit(decks: Path) -> None:
    soup = BeautifulSoup((decks.parent / "01-one.html").read_text(), "html.parser")
    sections = soup.select("main > section")
    titles = [section.select(".title")[0].get_text(" ") for section in sections]
    assert titles[:4] == [
        "1. One: pinned",
        "1.1 The lab",
        "1.2 Predict, then measure Predict",
        "1.2 Predict, then measure Measured",
    ]
    assert [section.get("class") for section in sections if section.get("class")] == [["opening"]]
    assert [len(section.select("figure, pre.text")) for section in sections] == [
        0,
        1,
        0,
        1,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
    ]
    assert all(str(image["src"]).startswith("data:image/svg+xml") for image in soup.select("figure img"))
    assert [image["alt"] for image in soup.select("figure img")] == ["Topology.", "All on one pod."]
    assert soup.select("summary, details") == []


def test_answers_and_solutions_are_not_shown(decks: Path) -> None:
    text = read(decks.parent / "01-one.html").text
    assert "And now?" in text
    hidden = ("The connection decides", "it is over", "moved to another", "hidden reason")
    assert [words for words in hidden if words in text] == []


def test_a_notebook_that_is_no_lesson_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match="Notebook 01-one begins without"):
        write_slides(tmp_path / "slides", {"01-one": notebook(prose("# One"))}, folder=tmp_path)
