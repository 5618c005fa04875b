"""The handout for who attends: what to predict and to type, room to write; no solutions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from helpers.handout.commands import Reader, Typed, commands
from helpers.handout.courses import FIRST, Course
from helpers.handout.lesson import Cell, Chart, HandoutError, Lesson
from helpers.handout.paper import Pictures, blanks, fenced, listing, new_page, raw, ruled, sheet, together
from helpers.handout.questions import Prediction, discussions, exercises, predictions
from helpers.lesson import excerpts
from helpers.plots.diagram import SAID

# The charts that show what is deployed, and nothing of what was measured.
DEPLOYED = ("plot_topology", "plot_ways")


def write_attendee(lessons: Sequence[Lesson], pictures: Pictures, course: Course = FIRST) -> str:
    """Return the handout of a course as Markdown."""
    parts = [_opening(course)]
    parts += [_lesson(lesson, pictures, course) for lesson in lessons]
    parts += [_answers(lessons, pictures), _summary(lessons, course), sheet(excerpts.fix_page())]
    return "\n\n".join(parts)


def _opening(course: Course) -> str:
    return "\n\n".join(
        [
            "**How to use it.** Each lesson has its goals, a picture of what is deployed, code to type, and "
            "predictions. Write down what you expect *before* you look at the chart. The results of one run "
            "are after the last lesson. The notebooks have the answers to the questions and the solutions of "
            "the exercises.",
            "Name:" + ruled(1),
            f"**Before we begin: {course.before}**" + ruled(2),
            raw("#contents"),
        ]
    )


def _lesson(lesson: Lesson, pictures: Pictures, course: Course) -> str:
    parts = [f"# {lesson.title}", lesson.lead, goals(lesson)]
    parts += [pictures.show(chart, width=62) for chart in _topology(lesson)[:1]]
    if predicted := predictions(lesson):
        parts += ["## Predict", *(_prediction(one) for one in predicted)]
    parts += ["## Type", *_commands(commands(lesson))]
    if discussed := discussions(lesson):
        asked = [f"**{one.where}** {question}" for one in discussed for question in one.questions]
        parts += ["## Discuss", *(together(question + ruled(2)) for question in asked)]
    for one in exercises(lesson):
        parts.append(together(f"## {one.where} {one.title}\n\n{one.text}" + ruled(4)))
    # Without tables of its own the summary has these.
    if course.summary and (production := _production(lesson)):
        parts.append(together(f"## What to do in production\n\n{production}"))
    return "\n\n".join(parts)


def goals(lesson: Lesson) -> str:
    """Return the goals with a box to tick beside each."""
    ticked = "".join(raw("#goal[") + goal + raw("]") for goal in lesson.goals)
    return f"**Goals.** {lesson.promise}\n\n{ticked}"


def _topology(lesson: Lesson) -> list[Chart]:
    cells = [cell for section in lesson.sections for cell in section.cells]
    return [
        chart
        for cell in cells
        if any(name in cell.source for name in DEPLOYED) and not cell.solution
        for chart in cell.charts
        # Measured connections would answer the predictions.
        if SAID not in chart.alt
    ]


def _prediction(one: Prediction) -> str:
    asked = f"**{one.where}** {one.prompt}"
    if not one.rows:
        return together(asked + ruled(2))
    first = "" if any(one.rows) else "pod"
    return together(asked + blanks([first, "I expect", "measured"], one.rows))


def _commands(typed: list[Typed]) -> list[str]:
    """Return what to type in a lesson: cells of the notebook in order, then the lines for a terminal."""
    found = []
    cells = [one for one in typed if one.reader is not Reader.SHELL]
    for pod, run in groupby(cells, key=lambda one: one.text if one.reader is Reader.POD else ""):
        found.append(listing(pod or _grouped(list(run)), "python"))
    if shell := [one for one in typed if one.reader is Reader.SHELL]:
        found.append(together("In a terminal:" + fenced(_grouped(shell), "sh")))
    return found


def _grouped(typed: list[Typed]) -> str:
    groups = groupby(typed, key=lambda one: one.where)
    return "\n".join(line for where, ones in groups for line in (f"# {where}", *(one.text for one in ones)))


def _production(lesson: Lesson) -> str:
    """Return the table of remedies; a lesson without such a section has none."""
    sections = [section for section in lesson.sections if "production" in section.title]
    return "\n\n".join(table for section in sections for table in section.tables())


def _answers(lessons: Sequence[Lesson], pictures: Pictures) -> str:
    parts = [
        "# What a run measured",
        "These results are from one run of the notebooks. In yours, the pods have other names.",
    ]
    for lesson in lessons:
        parts.append(f"## {lesson.title}")
        parts += [answer(one, pictures) for one in predictions(lesson) if one.answered]
        parts += answered_goals(lesson)
    return "\n\n".join(parts)


def answer(one: Prediction, pictures: Pictures) -> str:
    """Return what the run answered to a prediction."""
    charts = "".join(pictures.show(chart, width=56) for chart in one.charts)
    printed = fenced(one.printed) if one.printed else ""
    return together(f"**{one.where}** *{one.prompt.replace('*', '')}*{charts}{printed}")


def answered_goals(lesson: Lesson) -> list[str]:
    """Return the goals as the notebook answers them at its end."""
    return [
        part
        for section in lesson.sections
        if section.title.lower().startswith("goals")
        for cell in section.cells
        if cell.prose
        for part in cell.paragraphs
        if part.startswith("- **")
    ]


def _summary(lessons: Sequence[Lesson], course: Course) -> str:
    """Return the page to keep: which way to choose, what must be on, how to read the error."""
    tables = [(one.heading, _table(lessons, one.number, *one.words)) for one in course.summary]
    if not tables:
        tables = [(lesson.title, _production(lesson)) for lesson in lessons]
    kept = [part for heading, table in tables if table for part in (f"## {heading}", table)]
    return "\n\n".join([new_page(), "# Summary", *kept])


def _table(lessons: Sequence[Lesson], number: str, *words: str) -> str:
    lesson = next((lesson for lesson in lessons if lesson.name.startswith(number)), None)
    if lesson is None:
        return f"(Notebook {number} was not part of this run.)"
    tables = lesson.section(*words).tables()
    if not tables:
        raise HandoutError(f"Section {' '.join(words)!r} of notebook {lesson.name} has no table to print.")
    return tables[0]


def prose(cells: Sequence[Cell]) -> str:
    """Return cells as Markdown, code as code."""
    return "\n\n".join(cell.source if cell.prose else fenced(cell.source, "python") for cell in cells)
