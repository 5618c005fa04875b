"""How long each section takes in a room, for two kinds of session: a table, and what follows from it.

The minutes are a plan made for a group that types along in the half day and watches in the 90 minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.handout.lesson import HandoutError, Lesson, Section

SESSIONS = {"90 minutes": 90, "half day": 210}

# Number of a notebook -> the minutes of its sections in each session; 0 leaves one to be read at home.
# fmt: off
MINUTES: dict[str, tuple[tuple[int, int], ...]] = {
    "0": ((1, 2), (1, 3), (2, 3), (2, 3), (2, 3), (0, 2), (0, 3), (0, 1)),
    "1": ((5, 7), (2, 3), (5, 7), (3, 4), (3, 5), (0, 5), (1, 2), (1, 1)),
    "2": ((2, 3), (3, 4), (3, 4), (4, 7), (4, 6), (0, 6), (1, 2), (1, 1)),
    "3": ((2, 3), (3, 5), (2, 4), (1, 3), (1, 3), (0, 4), (1, 2), (0, 1)),
    "4": ((3, 4), (1, 3), (2, 5), (1, 3), (1, 3), (0, 5), (1, 2), (0, 1)),
    "5": ((1, 1), (2, 4), (1, 2), (2, 4), (1, 2), (1, 3), (0, 4), (1, 1)),
    "6": ((1, 1), (2, 4), (2, 4), (2, 5), (2, 5), (0, 3), (1, 2), (0, 4), (1, 2), (0, 1)),
}
# fmt: on
# The second course is planned by what a section is; it has one session, so a section has one number.
PRODUCTION_SESSIONS = {"one day": 360}
LUNCH_BEFORE, LUNCH = "04", 45
KINDS = {"exercise": 6, "goals": 1, "what to do": 3, "sources": 0, "where": 0}
OTHER = 4
WELCOME, CLOSING = (3, 5), (2, 5)
# Before this notebook; only the half day is long enough to need one.
BREAK_BEFORE, BREAK = "03", (0, 10)


@dataclass(frozen=True)
class Step:
    """One line of a plan: when it begins and how long it takes, in minutes."""

    begins: int
    minutes: int
    what: str

    @property
    def clock(self) -> str:
        """The beginning as hours and minutes since the start."""
        return f"{self.begins // 60}:{self.begins % 60:02}"


def plan(lessons: Sequence[Lesson], session: str) -> list[Step]:
    """Return what a session does when; sections of no minutes are left out.

    Raises:
        HandoutError: A section has no minutes, or the sum is more than the session has.
    """
    sessions = PRODUCTION_SESSIONS if session in PRODUCTION_SESSIONS else SESSIONS
    steps, clock = [], 0
    for what, minutes in _parts(lessons, list(sessions).index(session)):
        if minutes:
            steps.append(Step(clock, minutes, what))
            clock += minutes
    if clock > sessions[session]:
        raise HandoutError(
            f"The session of {session} is planned with {clock} minutes and has {sessions[session]}; "
            "change helpers.handout.timings.MINUTES."
        )
    return steps


def _parts(lessons: Sequence[Lesson], which: int) -> Iterator[tuple[str, int]]:
    yield "Welcome: the question, and a guess from everybody", WELCOME[which]
    for lesson in lessons:
        if lesson.name.startswith(LUNCH_BEFORE if lesson.part else BREAK_BEFORE):
            yield ("Lunch", LUNCH) if lesson.part else ("Break", BREAK[which])
        for section in lesson.sections:
            yield section.heading, minutes_of(lesson, section)[which]
    yield "Closing: the summary page, and what each takes home", CLOSING[which]


def minutes_of(lesson: Lesson, section: Section) -> tuple[int, ...]:
    """Return the minutes of a section in each session of its course.

    Raises:
        HandoutError: It has none.
    """
    if lesson.part:
        title = section.title.lower()
        return (next((minutes for kind, minutes in KINDS.items() if title.startswith(kind)), OTHER),)
    notebook, _, place = section.number.partition(".")
    planned = MINUTES.get(notebook, ())
    if not place or int(place) > len(planned):
        raise HandoutError(
            f"Section {section.number or 'without a number'} of notebook {lesson.name} has no minutes; "
            "add it to helpers.handout.timings.MINUTES."
        )
    return planned[int(place) - 1]
