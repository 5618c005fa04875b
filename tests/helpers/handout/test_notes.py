from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from helpers.handout.lesson import Lesson
from helpers.handout.notes import ROOM, read_notes
from helpers.handout.questions import questions
from helpers.report.course import BOTH, find_notebooks

HELPERS = Path(__file__).parents[3] / "helpers"


def sentences() -> Iterator[str]:
    """The texts of the helpers, with an ellipsis for each value filled in."""
    for path in HELPERS.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_notes_are_read_by_chapter(tmp_path: Path) -> None:
    text = "# In the room\n\n## It fails\n\nSay so.\n\n# Answers\n\n## Why `one`\n\nBecause.\n"
    (tmp_path / "01-x.md").write_text(text)
    notes = read_notes("01-x", tmp_path)
    assert [(note.heading, note.text) for note in notes.troubles] == [("It fails", "Say so.")]
    assert notes.answer("Why *one* and not two?") == "Because."
    assert notes.answer("How?") == ""


def test_a_notebook_without_notes_has_none(tmp_path: Path) -> None:
    assert read_notes("09-none", tmp_path).troubles == ()


def test_every_question_of_both_courses_has_an_answer_and_every_answer_a_question(
    course: list[Lesson], second_course: list[Lesson]
) -> None:
    for lesson in (*course, *second_course):
        notes, asked = read_notes(lesson.name), [question.text for question in questions(lesson)]
        assert [text for text in asked if not notes.answer(text)] == []
        assert len(notes.answers) == len({notes.answer(text) for text in asked})
        assert notes.troubles


def test_every_notebook_has_a_page_of_notes_and_no_page_is_left_over() -> None:
    assert {path.stem for path in ROOM.glob("*.md")} == {path.stem for path in find_notebooks(parts=BOTH)}


def test_sentences_quoted_from_our_errors_are_ours() -> None:
    known = list(sentences())
    quoted = re.findall(r"^> (.*)$", "\n".join(path.read_text() for path in ROOM.glob("*.md")), re.MULTILINE)
    assert len(quoted) >= 5
    assert [quote for quote in quoted if not any(quote.lstrip("… ") in text for text in known)] == []
