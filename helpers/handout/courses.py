"""What the papers of the two courses say beside their notebooks: name, opening question, summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.handout import timings
from helpers.report.course import PRODUCTION
from helpers.report.story import QUESTION


@dataclass(frozen=True)
class Table:
    """A table of the summary: its heading there, the number of its notebook, words of its section's title."""

    heading: str
    number: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Course:
    """One of the two courses, as its papers need it.

    Attributes:
        part: The folder of its notebooks below that of the first; its papers have it in their names.
        title: What stands on the first page.
        before: What everybody is asked before the first lesson.
        summary: The tables of the last page; without any, each lesson's remedies are collected there.
        sessions: Minutes of each session that it is planned for.
    """

    part: str
    title: str
    before: str
    summary: tuple[Table, ...]
    sessions: Mapping[str, int]

    def file(self, name: str) -> Path:
        """Return the file name of one of its papers."""
        return Path(f"{name}-{self.part}.pdf" if self.part else f"{name}.pdf")


FIRST = Course(
    part="",
    title=QUESTION,
    before="three pods of a service, one gRPC client, an ordinary Kubernetes Service between them. Which "
    "pods will serve the client's requests?",
    summary=(
        Table("Which way to choose", "05", ("each", "way")),
        Table("Four switches, all on, for a client that balances itself", "02", ("four", "switches")),
        Table("The error of a plaintext port that speaks HTTP/1.1, part by part", "06", ("part by part",)),
    ),
    sessions=timings.SESSIONS,
)
SECOND = Course(
    part=PRODUCTION,
    title="What breaks when pods come, go, drain and fail?",
    before="a gRPC client balances its requests over two pods, and you scale to four. When will a new pod "
    "serve its first request, and what has to happen before?",
    summary=(),
    sessions=timings.PRODUCTION_SESSIONS,
)
COURSES = (FIRST, SECOND)
