from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from helpers.handout.attendee import write_attendee
from helpers.handout.courses import SECOND
from helpers.handout.lesson import HandoutError, Lesson, read_lesson
from helpers.handout.paper import Pictures, to_typst, write_pdf
from helpers.lesson import excerpts
from helpers.plots.diagram import SAID
from helpers.report.cells import ANSWER, SOLUTION, tags
from helpers.report.course import BOTH, find_notebooks
from helpers.report.runner import load
from tests.helpers.handout.conftest import small
from tests.helpers.report.conftest import notebook, prose


def words(text: str) -> str:
    return re.sub(r"[\s\\`*_#]+", " ", text)


def told_in(notebook: Any, *, hidden: bool) -> list[str]:
    """The lines of the cells for a trainer, or of all others."""
    cells = [cell for cell in notebook.cells if bool(tags(cell) & {SOLUTION, ANSWER}) is hidden]
    return [words(line) for cell in cells for line in cell.source.splitlines()]


def test_no_line_of_a_solution_or_an_answer_is_in_it(
    course: list[Lesson], second_course: list[Lesson]
) -> None:
    written = write_attendee(course, Pictures()) + write_attendee(second_course, Pictures(), SECOND)
    handout = words(written) + words(to_typst(written, title="", subtitle="", ran=""))
    notebooks = [load(path) for path in find_notebooks(parts=BOTH)]
    open_text = " ".join(line for each in notebooks for line in told_in(each, hidden=False))
    hidden = [line for each in notebooks for line in told_in(each, hidden=True)]
    secret = [line for line in hidden if len(line) > 12 and line not in open_text]
    assert len(secret) > 20
    assert [line for line in secret if line in handout] == []


def squeezed(text: str) -> str:
    """Text without the marks of Markdown and without what a line break on paper may change."""
    return re.sub(r"[\s\\`*_#\u00ad\u200b\u2010-]+", "", text)


def test_the_whole_course_can_be_set_and_no_solution_can_be_read_in_it(
    course: list[Lesson], lesson: Lesson, tmp_path: Path
) -> None:
    pictures = Pictures()
    document = to_typst(write_attendee([*course, lesson], pictures), title="T", subtitle="S", ran="R")
    write_pdf(tmp_path / "handout.pdf", document, pictures, tmp_path)
    pages = [page.extract_text() for page in PdfReader(tmp_path / "handout.pdf").pages]
    printed = squeezed("".join(pages))
    # What is printed is found, so that what is not found is not printed.
    assert [one for each in course for one in each.goals if squeezed(words(one)) not in printed] == []
    notebooks = [*(load(path) for path in find_notebooks()), small()]
    shown = squeezed("".join(line for each in notebooks for line in told_in(each, hidden=False)))
    hidden = [squeezed(line) for each in notebooks for line in told_in(each, hidden=True)]
    secret = [line for line in hidden if len(line) > 12 and line not in shown]
    assert len(secret) > 10
    assert [line for line in secret if line in printed] == []
    assert squeezed("moved to another") not in printed


def test_the_second_course_has_its_own_opening_and_its_remedies_at_the_end(lesson: Lesson) -> None:
    written = write_attendee([replace(lesson, part="production")], Pictures(), SECOND)
    assert "you scale to four" in written
    before, _, summary = written.partition("# Summary")
    assert "| a proxy | a hop |" in summary
    assert "| a proxy | a hop |" not in before
    assert str(SECOND.file("handout")) == "handout-production.pdf"


def test_the_output_of_a_solution_is_not_in_it_either(lesson: Lesson) -> None:
    pictures = Pictures()
    written = write_attendee([lesson], pictures)
    for hidden in (
        "delete_secret_thing",
        "hidden reason",
        "moved to another",
        "Secret.",
        "it is over",
        "The connection decides",
    ):
        assert hidden not in written
    assert len(pictures.files) == 2


def test_predictions_come_before_answers(lesson: Lesson) -> None:
    written = write_attendee([lesson], Pictures())
    order = ["Three pods, **one**", "Topology.", "Predict the share", "#blanks(", "# 1.1 The lab", "Why one?"]
    order += ["1.4 Exercise: move it", "| a proxy | a hop |", "# What a run measured", "All on one pod."]
    order += ["off by 67 points", "it did not", "**Which pod** stands", "# Summary"]
    places = [written.index(part) for part in order]
    assert places == sorted(places)
    assert "not the answer" not in written


def test_the_summary_has_the_three_tables_of_the_course(course: list[Lesson]) -> None:
    summary = write_attendee(course, Pictures()).partition("# Summary")[2]
    assert "| ClusterIP | nothing; one pod per client |" in summary
    assert "| the resolver | `dns:///` |" in summary
    assert "frame type 80" in summary


def test_a_lesson_that_lost_a_table_of_the_summary_is_named() -> None:
    empty = read_lesson(
        "02-x",
        notebook(prose("# 2\n\nLead.\n\n**Goals.** You can\n\n- a"), prose("## 2.1 Four switches\n\nNone.")),
    )
    with pytest.raises(HandoutError, match="of notebook 02-x has no table to print"):
        write_attendee([empty], Pictures())


def test_the_last_sheet_is_the_page_that_fixes_it(lesson: Lesson, tmp_path: Path) -> None:
    pictures = Pictures()
    written = write_attendee([replace(lesson, part="production")], pictures, SECOND)
    write_pdf(tmp_path / "a.pdf", to_typst(written, title="T", subtitle="S", ran="R"), pictures, tmp_path)
    pages = [squeezed(page.extract_text()) for page in PdfReader(tmp_path / "a.pdf").pages]
    begin = next(number for number, text in enumerate(pages) if text.startswith("Fixit:mygRPCclient"))
    assert len(pages) - begin == 2  # the two sides of one sheet
    sheet = "".join(pages[begin:])
    blocks = re.findall(r"^```\w+\n(.*?)^```", excerpts.fix_page(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 8
    assert [block for block in blocks if squeezed(block) not in sheet] == []


def test_a_picture_of_measured_connections_does_not_stand_before_the_predictions(lesson: Lesson) -> None:
    topology = lesson.sections[0].cells[2]
    measured = replace(topology, charts=(replace(topology.charts[0], alt=f"Topology. {SAID} a: b 100%."),))
    section = replace(lesson.sections[0], cells=(*lesson.sections[0].cells[:2], measured))
    changed = replace(lesson, sections=(section, *lesson.sections[1:]))
    assert "Topology." in write_attendee([lesson], Pictures())
    assert "Topology." not in write_attendee([changed], Pictures())
