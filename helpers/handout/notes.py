"""What a trainer knows besides the notebook: what goes wrong in the room.

Written in ``room/<notebook>.md``: one ``##`` per case. A line that begins with ``>`` quotes a sentence of the
course's own errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOM = Path(__file__).parent / "room"


@dataclass(frozen=True)
class Note:
    """A heading and what stands under it, in Markdown."""

    heading: str
    text: str


def read_notes(name: str, folder: Path = ROOM) -> tuple[Note, ...]:
    """Return the notes to the notebook ``name``; none where nobody has written any."""
    path = folder / f"{name}.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)[1:]
    return tuple(
        Note(heading.strip(), body.strip()) for heading, body in zip(parts[::2], parts[1::2], strict=True)
    )
