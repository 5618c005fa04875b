"""The trainer's guide: when to do what, what goes wrong in the room, answers and solutions."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.handout import timings
from helpers.handout.attendee import answer, answered_goals, prose
from helpers.handout.courses import FIRST, Course
from helpers.handout.lesson import Lesson
from helpers.handout.notes import Note, read_notes
from helpers.handout.paper import Pictures, new_page, raw, together
from helpers.handout.questions import Discussion, discussions, exercises, predictions

BEFORE = """\
**Before the course.** Run `make report` once on the machine that you present from. It sets everything up, and
you can show its pages if something fails. Print `reports/handout.pdf` for the attendees. This guide has the
solutions, so do not hand it out. `LAB_PACE` sets how many greetings per second each client sends: 1 can be
read aloud, and 20 fills a chart in seconds."""
EXAMPLE = "03"
HOW = """\
**How each lesson works.** The attendees predict, measure, then explain. Show no chart before everybody has
written a number, and ask for two different guesses and their reasons first. The default guess in a notebook
is what a reasonable reader believes, often an even share. Tell the attendees to change it.

**How to start a notebook again.** `helpers.reset(lab, "03")` in a notebook, or `python -m helpers reset 03`
in a terminal, brings a lab to the start of that notebook: the objects of its first section are ready, and all
others of the course are gone. Then run the notebook's cells from the top. A solution ends with the same check
as its exercise, so attendees can compare the check's sentence instead of the code."""


def write_trainer(lessons: Sequence[Lesson], pictures: Pictures, course: Course = FIRST) -> str:
    """Return the trainer's guide to a course as Markdown."""
    parts = [_opening(course), *(_plan(lessons, *session) for session in course.sessions.items())]
    parts += [_lesson(lesson, read_notes(lesson.name), pictures, course) for lesson in lessons]
    return "\n\n".join(parts)


def _opening(course: Course) -> str:
    before = BEFORE.replace("handout.pdf", str(course.file("handout")))
    # Notebooks of both courses have the same numbers.
    how = HOW.replace(EXAMPLE, f"{course.part}/{EXAMPLE}") if course.part else HOW
    return "\n\n".join([before, how, raw("#contents")])


def _plan(lessons: Sequence[Lesson], session: str, length: int) -> str:
    steps = timings.plan(lessons, session)
    rows = [f"| {step.clock} | {step.minutes} | {step.what} |" for step in steps]
    total = sum(step.minutes for step in steps)
    return "\n\n".join(
        [
            new_page(),
            f"# Plan: {session}",
            f"{total} of {length} minutes. What is not listed is left to be read at home.",
            raw("#plan["),
            "\n".join(["| at | minutes | what |", "|---|---|---|", *rows]),
            raw("]"),
        ]
    )


def _lesson(lesson: Lesson, troubles: Sequence[Note], pictures: Pictures, course: Course) -> str:
    parts = [f"# {lesson.title}", lesson.lead, _minutes(lesson, course)]
    if troubles:
        parts += ["## In the room", *(f"### {note.heading}\n\n{note.text}" for note in troubles)]
    if asked := [one for one in predictions(lesson) if one.answered]:
        parts += ["## Predictions, and what the run measured", *(answer(one, pictures) for one in asked)]
    if discussed := discussions(lesson):
        parts += ["## Questions to discuss", *map(_discussion, discussed)]
    for one in exercises(lesson):
        parts += [f"## {one.where} {one.title}", one.text, "### Solution", prose(one.solution)]
    if answered := answered_goals(lesson):
        parts.append(together("## What everybody should be able to say now\n\n" + "\n\n".join(answered)))
    return "\n\n".join(parts)


def _minutes(lesson: Lesson, course: Course) -> str:
    """Return how long the lesson takes in each session."""
    each = [timings.minutes_of(lesson, section) for section in lesson.sections]
    told = [
        f"{sum(minutes[place] for minutes in each)} in the {session}"
        for place, session in enumerate(course.sessions)
    ]
    return f"**Minutes:** {'; '.join(told)}."


def _discussion(one: Discussion) -> str:
    word = "Question" if len(one.questions) == 1 else "Questions"
    listed = [f"{number}. **{text}**" for number, text in enumerate(one.questions, 1)]
    asked = "\n".join(listed) if len(listed) > 1 else f"**{one.questions[0]}**"
    answer = one.answer or "*No answer is written yet.*"
    return f"### {one.where} {word}\n\n{asked}\n\nAnswer:\n\n{answer}"
