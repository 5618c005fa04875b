from __future__ import annotations

import re

import pytest

from helpers.handout.lesson import HandoutError, Lesson, list_items, read_lesson
from helpers.report.course import BOTH, find_notebooks
from helpers.report.runner import load
from tests.helpers.handout.conftest import answers
from tests.helpers.report.conftest import code, notebook, prose


def test_a_notebook_is_a_title_goals_and_sections(lesson: Lesson) -> None:
    assert (lesson.title, lesson.lead) == ("1. One: pinned", "Three pods, **one** client.")
    assert (lesson.promise, lesson.goals) == ("At the end you can", ("say `which` pod,", "say why."))
    assert [section.number for section in lesson.sections] == ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]
    assert lesson.sections[3].exercise
    assert lesson.section("two", "words").number == "1.3"


def test_a_section_may_begin_within_a_cell() -> None:
    opening = prose("# 1. One\n\nLead.\n\n**Goals.** You can\n\n- a")
    cell = prose("## 1.1 First\n\nIts text.\n\n## 1.2 Second\n\nMore.\n\n## 1.3 Third")
    sections = read_lesson("01-x", notebook(opening, cell)).sections
    told = [(one.number, [inside.source for inside in one.cells]) for one in sections]
    assert told == [("1.1", ["Its text."]), ("1.2", ["More."]), ("1.3", [])]


def test_no_heading_of_a_course_is_lost(course: list[Lesson], second_course: list[Lesson]) -> None:
    for lesson, path in zip((*course, *second_course), find_notebooks(parts=BOTH), strict=True):
        text = "\n".join(cell.source for cell in load(path).cells if cell.cell_type == "markdown")
        headings = re.findall(r"^## (\S+)", text, flags=re.MULTILINE)
        assert [section.number or section.title.split()[0] for section in lesson.sections] == headings


def test_charts_come_with_their_words_and_prints_as_lines(lesson: Lesson) -> None:
    charts = [chart.alt for section in lesson.sections for cell in section.cells for chart in cell.charts]
    assert charts == ["Topology.", "All on one pod.", "Secret."]
    assert lesson.section("two").cells[1].printed == "it did not"


def test_a_missing_section_is_named(lesson: Lesson) -> None:
    with pytest.raises(HandoutError, match=r"01-one has no section called 'word by word'"):
        lesson.section("word by word")


@pytest.mark.parametrize("text", ["", "text", "# Title\n\nNo goals.", "# Title\n\n**Goals.** At once\n\n- a"])
def test_a_notebook_without_goals_is_refused(text: str) -> None:
    with pytest.raises(HandoutError, match=r"00-bad (begins without|does not begin)"):
        read_lesson("00-bad", notebook(prose(text)))


def test_an_answer_belongs_to_the_cell_above_and_is_no_cell_of_its_own(lesson: Lesson) -> None:
    cells = lesson.section("two", "words").cells
    assert [(cell.source[:12], cell.answer) for cell in cells if cell.prose][-1] == (
        "**Question t",
        "Now it is over.",
    )
    assert not [cell for section in lesson.sections for cell in section.cells if "<details>" in cell.source]


@pytest.mark.parametrize("source", ["Not folded.", answers("Below code.")])
def test_an_answer_that_is_no_fold_below_text_is_refused(source: str) -> None:
    opening = prose("# 1. One\n\nLead.\n\n**Goals.** You can\n\n- a")
    above = code("1") if "code" in source else prose("**Question to consider.** Why?")
    with pytest.raises(HandoutError, match="01-x has an answer that is not folded below a question"):
        read_lesson("01-x", notebook(opening, above, prose(source, "answer")))


def test_list_items_are_lines() -> None:
    assert list_items("- one\n  more\n- two") == ["one more", "two"]
