from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from helpers.handout.notes import ROOM, read_notes
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


def test_notes_are_one_per_heading(tmp_path: Path) -> None:
    (tmp_path / "01-x.md").write_text("# In the room\n\n## It fails\n\nSay so.\n\n## It works\n\nGo on.\n")
    notes = read_notes("01-x", tmp_path)
    assert [(note.heading, note.text) for note in notes] == [("It fails", "Say so."), ("It works", "Go on.")]


def test_a_notebook_without_notes_has_none(tmp_path: Path) -> None:
    assert read_notes("09-none", tmp_path) == ()


def test_every_notebook_has_a_page_of_notes_and_no_page_is_left_over() -> None:
    names = {path.stem for path in find_notebooks(parts=BOTH)}
    assert {path.stem for path in ROOM.glob("*.md")} == names
    assert [name for name in names if not read_notes(name)] == []


def test_sentences_quoted_from_our_errors_are_ours() -> None:
    known = list(sentences())
    quoted = re.findall(r"^> (.*)$", "\n".join(path.read_text() for path in ROOM.glob("*.md")), re.MULTILINE)
    assert len(quoted) >= 5
    assert [quote for quote in quoted if not any(quote.lstrip("… ") in text for text in known)] == []
