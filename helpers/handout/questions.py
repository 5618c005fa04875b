"""What a lesson asks: predictions, questions beside the evidence, exercises."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.handout.lesson import PREDICT, Cell, Chart, Lesson, Section, asks_for_prediction, list_items

# What only makes sense with the notebook's cells in front of one.
ON_SCREEN = re.compile(r"\b(below|next cell|default (?:here|is)|before you go on|Change (it|the))\b")
RUN_CELL = re.compile(r"\bBefore you run [^:]*: *(\w)")
QUESTIONS = re.compile(r"^\*\*Questions?(?: to consider)?\.\*\* *")
EXERCISE_CELL = re.compile(r"^# your code here\s*$")
PODS = 3
POINTS = re.compile(r" (?:below(?= makes)|in the first line(?: of the cell)?)\b")
# What kubectl confirms is no answer.
CONFIRMED = re.compile(
    r"\S+/\S+ (scaled|patched|created|configured|unchanged|restarted|condition met)$|\S+ \"\S+\" deleted"
)
# Of what a cell printed, as much as still reads as an answer.
LINES, COLUMNS = 6, 240
# Of the tables that cells returned, as many whole ones as this many lines hold.
TABLE_LINES = 12


@dataclass(frozen=True)
class Prediction:
    """What the reader expects, and what the run answered.

    Attributes:
        where: Number of the section.
        prompt: The question, in Markdown.
        rows: Names of what is predicted; empty strings where the reader writes them; none for a free answer.
        charts: The pictures that answer it (at most one).
        printed: The lines that answer it.
    """

    where: str
    prompt: str
    rows: tuple[str, ...]
    charts: tuple[Chart, ...]
    printed: str

    @property
    def answered(self) -> bool:
        """Whether the run has something to show for it; else the notebook's text answers it later."""
        return bool(self.charts or self.printed)


@dataclass(frozen=True)
class Discussion:
    """What is asked in one place, and the answer to all of it."""

    where: str
    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Exercise:
    """An exercise and, apart from it, its solution."""

    where: str
    title: str
    text: str
    solution: tuple[Cell, ...]


def predictions(lesson: Lesson) -> list[Prediction]:
    """Return the predictions that a lesson asks for, in order."""
    return [
        _prediction(lesson, section, place)
        for section in lesson.sections
        for place, cell in enumerate(section.cells)
        if asks_for_prediction(section, cell)
    ]


def _prediction(lesson: Lesson, section: Section, place: int) -> Prediction:
    following = list(_until_the_next(lesson, section, place))
    here = section.cells[place + 1 :]
    charts = [cell.charts[:1] for cell in following if cell.charts]
    printed = _printed(section, here)
    if not charts and "predicted" not in printed:
        under = _under(section, here)
        compared = _tables([cell for cell in under if "predicted" in cell.returned])
        printed = compared or printed or _tables(under)
    return Prediction(
        section.number, _prompt(section.cells[place]), _rows(here), charts[0] if charts else (), printed
    )


def _until_the_next(lesson: Lesson, section: Section, place: int) -> Iterator[Cell]:
    """Yield the cells in which a prediction is answered: up to the next one, no exercise among them."""
    for later in lesson.sections[lesson.sections.index(section) :]:
        if later.exercise:
            return
        for cell in later.cells[place + 1 :] if later is section else later.cells:
            if asks_for_prediction(later, cell):
                return
            if not cell.solution:
                yield cell
        if "predict" not in section.title.lower() and later is section:
            return


def _prompt(cell: Cell) -> str:
    """Return the question without what points at the screen."""
    parts = [part for part in cell.paragraphs if not part.startswith(("#", "|"))]
    asked = [part for part in parts if PREDICT.search(part)] or parts
    text = RUN_CELL.sub(lambda match: match[1].upper(), " ".join(asked))
    text = POINTS.sub("", text).removeprefix("**Predict.** ").replace("**Predict**", "Predict")
    kept = " ".join([one for one in sentences(text) if not ON_SCREEN.search(one)]) or text
    return kept[:1].upper() + kept[1:]


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return re.split(r"(?<=[.?!])\s+", text)


def _rows(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Return what the notebook's own prediction has a number for: names, or one blank per pod."""
    for statement in ast.parse(cells[0].python).body if cells else ():
        if not isinstance(statement, ast.Assign) or not _called(statement.targets[0]).startswith(
            ("expected", "predicted")
        ):
            continue
        value = statement.value
        if isinstance(value, ast.Dict):
            return tuple(str(key.value) for key in value.keys if isinstance(key, ast.Constant))
        return ("",) * PODS if _for_each_pod(value) else ()
    return ()


def _for_each_pod(value: ast.expr) -> bool:
    """Whether a prediction is a dict made from a list of pods; a lone number or word has no rows."""
    made = isinstance(value, ast.Call) and ast.unparse(value.func) == "dict.fromkeys"
    return made or isinstance(value, ast.DictComp)


def _called(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""


def _printed(section: Section, cells: tuple[Cell, ...]) -> str:
    """Return what was printed as the answer: under its heading, after the chart if there is one."""
    under = _under(section, cells)
    chart = next((place for place, cell in enumerate(under) if cell.charts), 0)
    texts = [text for cell in (*under[chart:], *under) if (text := _said(cell))]
    compared = [text for text in texts if "predicted" in text]
    lines = next(iter(compared or texts), "").splitlines()
    # A line that compares stands below what it compares, and is the answer.
    long = len(lines) > LINES
    shown = [*lines[: LINES - 2], "…", lines[-1]] if long and "predicted" in lines[-1] else lines[:LINES]
    return "\n".join(
        textwrap.shorten(line, COLUMNS, placeholder=" …") if len(line) > COLUMNS else line for line in shown
    )


def _said(cell: Cell) -> str:
    lines = cell.printed.rstrip().splitlines()
    return "\n".join(line for line in lines if not CONFIRMED.match(line)) if not cell.solution else ""


def _under(section: Section, cells: tuple[Cell, ...]) -> list[Cell]:
    """Return the cells up to the next heading or prediction."""
    under: list[Cell] = []
    for cell in cells:
        if cell.prose and (cell.source.startswith("#") or asks_for_prediction(section, cell)):
            break
        under.append(cell)
    return under


def _tables(cells: list[Cell]) -> str:
    """Return the first tables that cells returned, each whole; what fits on a line is no table."""
    found: list[str] = []
    for cell in cells:
        lines = cell.returned.splitlines()
        if len(lines) > 1 and not cell.solution:
            if len(found) + len(lines) > TABLE_LINES:
                break
            found += lines
    return "\n".join(found)


def discussions(lesson: Lesson) -> list[Discussion]:
    """Return the questions to consider, those of a cell together."""
    return [
        Discussion(section.number, asked, cell.answer)
        for section in lesson.sections
        for cell in section.cells
        if cell.prose and not cell.solution and (asked := tuple(questions(cell.paragraphs)))
    ]


def questions(paragraphs: Sequence[str]) -> Iterator[str]:
    """Yield what the paragraphs of a cell ask to be considered, one question each."""
    for place, part in enumerate(paragraphs):
        if QUESTIONS.match(part):
            if text := QUESTIONS.sub("", part).strip():
                yield text
            if listed := paragraphs[place + 1 :]:
                yield from list_items(listed[0])


def exercises(lesson: Lesson) -> list[Exercise]:
    """Return the exercises of a lesson, each with its solution beside it."""
    found = []
    for section in lesson.sections:
        if section.exercise:
            text = [cell.source for cell in section.cells if cell.prose and not cell.solution]
            solution = tuple(cell for cell in section.cells if cell.solution)
            found.append(Exercise(section.number, section.title, "\n\n".join(text), solution))
    return found
