from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.handout import timings, trainer
from helpers.handout.courses import FIRST, SECOND, Course
from helpers.handout.lesson import Lesson
from helpers.handout.notes import Note
from helpers.handout.paper import Pictures, to_typst, write_pdf
from helpers.handout.questions import discussions, exercises


def test_a_lesson_has_everything(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "read_notes", lambda _: (Note("It fails", "Say so."),))
    monkeypatch.setattr(timings, "MINUTES", {"1": ((1, 2),) * 6})
    pictures = Pictures()
    written = trainer.write_trainer([lesson], pictures)
    for part in (
        "11 of 90 minutes",
        "22 of 210 minutes",
        "| 0:03 | 1 | 1.1 The lab |",
        "**Minutes:** 6 in the 90 minutes; 12 in the half day.",
        "### It fails\n\nSay so.",
        "1. **Why one?**\n2. **Would `ten` help?**\n\nAnswer:\n\n1. The connection decides.",
        "**And now?**\n\nAnswer:\n\nNow it is over.",
        "lab.core.delete_secret_thing()",
        "The hidden reason",
        "off by 67 points",
    ):
        assert part in written
    assert len(pictures.files) == 1


def test_the_second_course_begins_anew_under_its_own_numbers(lesson: Lesson) -> None:
    written = trainer.write_trainer([replace(lesson, part="production")], Pictures(), SECOND)
    assert "python -m helpers reset production/03" in written
    assert "python -m helpers reset 03" in trainer.write_trainer([], Pictures())


@pytest.mark.parametrize(("lessons", "of"), [("course", FIRST), ("second_course", SECOND)])
def test_every_solution_of_a_course_is_in_it(
    request: pytest.FixtureRequest, lessons: str, of: Course, tmp_path: Path
) -> None:
    pictures, read = Pictures(), request.getfixturevalue(lessons)
    written = trainer.write_trainer(read, pictures, of)
    solutions = [cell.source for lesson in read for one in exercises(lesson) for cell in one.solution]
    assert len(solutions) > 10
    assert [text for text in solutions if text not in written] == []
    answered = [one.answer for lesson in read for one in discussions(lesson)]
    assert [text for text in answered if text not in written] == []
    write_pdf(tmp_path / "t.pdf", to_typst(written, title="T", subtitle="S", ran="R"), pictures, tmp_path)
