"""What a trainer knows besides the notebook: what goes wrong in the room, and answers to its questions.

Written in ``room/<notebook>.md``: two chapters, ``# In the room`` and ``# Answers``, one ``##`` per case.
The heading of an answer is the beginning of its question. A line that begins with ``>`` quotes a sentence of
the course's own errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from helpers.handout.lesson import plain

ROOM = Path(__file__).parent / "room"


@dataclass(frozen=True)
class Note:
    """A heading and what stands under it, in Markdown."""

    heading: str
    text: str


@dataclass(frozen=True)
class Notes:
    """The notes to one notebook."""

    troubles: tuple[Note, ...] = ()
    answers: tuple[Note, ...] = ()

    def answer(self, question: str) -> str:
        """Return the answer to a question; empty where none is written."""
        asked = plain(question)
        return next((note.text for note in self.answers if asked.startswith(plain(note.heading))), "")


def read_notes(name: str, folder: Path = ROOM) -> Notes:
    """Return the notes to the notebook ``name``; empty ones where nobody has written any."""
    path = folder / f"{name}.md"
    if not path.exists():
        return Notes()
    chapters = dict(_split(path.read_text(encoding="utf-8"), "#"))
    return Notes(_notes(chapters.get("In the room", "")), _notes(chapters.get("Answers", "")))


def _notes(chapter: str) -> tuple[Note, ...]:
    return tuple(Note(heading, text) for heading, text in _split(chapter, "##"))


def _split(text: str, mark: str) -> list[tuple[str, str]]:
    """Return heading and text of each part that begins with a heading of that level."""
    parts = re.split(rf"^{mark} +(.+)$", text, flags=re.MULTILINE)[1:]
    return [(heading.strip(), body.strip()) for heading, body in zip(parts[::2], parts[1::2], strict=True)]
