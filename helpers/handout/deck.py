"""Chooses what of a lesson is shown to a room: at most fifteen slides, each with one message and one picture.

Pure data. What a lesson has more of than a deck has room for stays in the notebook and in the handout; the
solutions and the answers are in the trainer's guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import takewhile, zip_longest

from helpers.handout.commands import POD
from helpers.handout.lesson import PREDICT, Cell, Chart, Lesson, Section, asks_for_prediction
from helpers.handout.questions import ON_SCREEN, Prediction, exercises, predictions, questions, sentences

MOST = 15
# Of a listing or of what a cell wrote, as many lines as are read from the last row.
LINES = 10
# A longer paragraph is one to read, not one to listen to.
LETTERS = 330
# What the course calls a client: a program for a pod, or code that makes a stub.
CLIENT = re.compile(rf"\A{POD}|greeter_pb2_grpc\.\w+\(")
HIDDEN = re.compile(r"helpers\.exercises\.|\A# your code here")
HEADING = re.compile(r"#+ ")
# Remarks, lists and tables say no message.
NO_MESSAGE = re.compile(r"[(|#>-]|```|\*\*Question|\d+\. ")


class Rank(IntEnum):
    """What a slide is; where a deck is full, those of the last ranks are left out."""

    FRAME = 0  # the goals, the exercise, the remedies and the answered goals
    PREDICTION = 1
    TABLE = 2
    CLIENT = 3
    QUESTION = 4
    CHART = 5
    TEXT = 6


@dataclass(frozen=True)
class Slide:
    """One message, with at most one exhibit: a chart, or what a cell wrote.

    Attributes:
        rank: What it is.
        heading: Number and title of its section, or the title of the lesson.
        kind: A word for what it shows of the section; may be empty.
        text: What it says or asks, in Markdown; a table is a text.
        code: A listing of at most ``LINES`` lines; may be empty.
        charts: One or none.
        printed: What was written; empty beside a chart.
    """

    rank: Rank
    heading: str
    kind: str = ""
    text: str = ""
    code: str = ""
    charts: tuple[Chart, ...] = ()
    printed: str = ""


def choose(lesson: Lesson) -> list[Slide]:
    """Return the slides of a lesson, at most ``MOST`` and in its order."""
    asked = iter(predictions(lesson))
    slides = [_opening(lesson)]
    for section in lesson.sections:
        here = {
            place: next(asked)
            for place, cell in enumerate(section.cells)
            if asks_for_prediction(section, cell)
        }
        slides += _frame(lesson, section) or _inside(section, here)
    kept = sorted(range(len(slides)), key=lambda place: slides[place].rank)[:MOST]
    return [slides[place] for place in sorted(kept)]


def _opening(lesson: Lesson) -> Slide:
    goals = "\n".join(f"- {goal}" for goal in lesson.goals)
    return Slide(Rank.FRAME, lesson.title, text=f"{lesson.lead}\n\n**Goals.** {lesson.promise}\n\n{goals}")


def _frame(lesson: Lesson, section: Section) -> list[Slide]:
    """Return the slide of a section that each lesson has; none for the others."""
    code = ""
    if section.exercise:
        text = next(one.text for one in exercises(lesson) if one.where == section.number)
        code = next(iter(_given(section)), "")
    elif "production" in section.title:
        text = "\n\n".join(section.tables()[:1])
    elif section.title.lower().startswith("goals"):
        text = section.cells[0].source if section.cells else ""
    else:
        return []
    return [Slide(Rank.FRAME, section.heading, text=text, code=code)]


def _given(section: Section) -> Iterator[str]:
    """Yield what an exercise gives to its readers: nothing of its check or its solution."""
    for cell in section.cells:
        short = len(cell.source.splitlines()) <= LINES
        if not cell.prose and not cell.solution and short and not HIDDEN.search(cell.source):
            yield cell.source


def _inside(section: Section, asked: Mapping[int, Prediction]) -> list[Slide]:
    """Return the slides of a section that measures something; one without any says its first paragraph."""
    shown = [chart for one in asked.values() for chart in one.charts]
    slides: list[Slide] = []
    for place, cell in enumerate(section.cells):
        after = section.cells[place + 1 :]
        if place in asked:
            slides += _prediction(section, asked[place], after)
        slides += _said(section, cell) if cell.prose else _ran(section, cell, after)
    told = {slide.code for slide in slides if slide.rank is Rank.PREDICTION} - {""}
    slides = [
        one
        for one in slides
        if one.rank is Rank.PREDICTION or not (one.code in told or set(one.charts) & set(shown))
    ]
    text = _message(section.cells)
    return slides or ([Slide(Rank.TEXT, section.heading, text=text)] if text else [])


def _prediction(section: Section, one: Prediction, after: Sequence[Cell]) -> Iterator[Slide]:
    client = next(iter(_clients(_before_the_next(section, after))), "")
    yield Slide(Rank.PREDICTION, section.heading, "Predict", one.prompt, client)
    if one.answered:
        text = _lesson_of(one, after)
        if one.charts:
            lines = one.printed.splitlines()
            text = text or (f"`{lines[0]}`" if len(lines) == 1 else "")
            yield Slide(Rank.PREDICTION, section.heading, "Measured", text, charts=one.charts)
        else:
            yield Slide(Rank.PREDICTION, section.heading, "Measured", text, printed=one.printed)


def _before_the_next(section: Section, cells: Sequence[Cell]) -> list[Cell]:
    return list(takewhile(lambda cell: not asks_for_prediction(section, cell), cells))


def _lesson_of(one: Prediction, after: Sequence[Cell]) -> str:
    """Return what the text says right after the exhibit of a prediction."""
    for place, cell in enumerate(after):
        if (
            set(cell.charts) & set(one.charts)
            if one.charts
            else (cell.printed.strip() or "\n" in cell.returned)
        ):
            return _message(after[place + 1 :])
    return ""


def _message(cells: Sequence[Cell]) -> str:
    """Return the first paragraph that says something, before the next chart or prediction; else nothing."""
    for cell, following in zip_longest(cells, cells[1:]):
        if cell.charts or HEADING.match(cell.source) or PREDICT.search(cell.source):
            break
        # The last words before a chart are about that chart.
        parts = cell.paragraphs[:-1] if following and following.charts else cell.paragraphs
        for part in parts if cell.prose and not cell.solution else ():
            text = "" if NO_MESSAGE.match(part) else _stated(part)
            if 0 < len(text) <= LETTERS:
                return text
    return ""


def _stated(paragraph: str) -> str:
    """Return what a paragraph states: no question, and nothing that points at the cells of the notebook."""
    stated = [one for one in sentences(paragraph) if not (ON_SCREEN.search(one) or one.endswith((":", "?")))]
    return " ".join(stated)


def _clients(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the clients that are short enough to be read from a wall."""
    for cell in cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        client = not cell.prose and not cell.solution and CLIENT.search(cell.source)
        if client and len(lines) <= LINES + cell.source.startswith(POD):
            yield cell.source


def _said(section: Section, cell: Cell) -> Iterator[Slide]:
    for part in cell.paragraphs:
        if part.startswith("|"):
            yield Slide(Rank.TABLE, section.heading, text=part)
    if asked := list(questions(cell.paragraphs)):
        listed = "\n".join(f"{number}. {text}" for number, text in enumerate(asked, 1))
        word = "Question" if len(asked) == 1 else "Questions"
        yield Slide(Rank.QUESTION, section.heading, word, listed if len(asked) > 1 else asked[0])


def _ran(section: Section, cell: Cell, after: Sequence[Cell]) -> Iterator[Slide]:
    printed = cell.printed.rstrip()
    for client in _clients([cell]):
        if 0 < len(printed.splitlines()) <= LINES:
            yield Slide(Rank.CLIENT, section.heading, code=client, printed=printed)
    for chart in cell.charts[:1] if not cell.solution else ():
        yield Slide(Rank.CHART, section.heading, text=_message(after), charts=(chart,))
