"""A notebook read as a lesson: its sections, and what each of their cells says and shows.

Pure data; the structure is the course's own: one title, ``## N.M Title`` per section, solutions tagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from helpers.lesson.notebooks import as_python
from helpers.report.cells import ANSWER, REMOVE_CELL, SOLUTION, tags

SECTION = re.compile(r"^## +(?:(?P<number>\d+\.\d+) +)?(?P<title>.+)$", re.MULTILINE)
PREDICT = re.compile(r"\*\*Predict\.?\*\*|\bBefore you run\b")
LIST_ITEM = re.compile(r"^(?:[-*]|\d+\.) +", re.MULTILINE)
MAGIC = ("!", "%")
# What folds the answers on a screen.
FOLD = re.compile(r"\A<details><summary>Answers?</summary>\n(?P<inside>.*)</details>\Z", re.DOTALL)


class HandoutError(Exception):
    """A notebook lacks what the handout needs of it; the message is one sentence that says what."""


@dataclass(frozen=True)
class Chart:
    """A vector picture and the words for who does not see it."""

    svg: str
    alt: str


@dataclass(frozen=True)
class Cell:
    """One cell: its source, and of its outputs what can be printed.

    ``printed`` is what it wrote, ``returned`` the text of what its last line returned, ``answer`` the text of
    the answer cell right below it.
    """

    kind: str
    source: str
    solution: bool = False
    charts: tuple[Chart, ...] = ()
    printed: str = ""
    returned: str = ""
    answer: str = ""

    @property
    def prose(self) -> bool:
        """Whether it is text for readers."""
        return self.kind == "markdown"

    @property
    def python(self) -> str:
        """The source as Python can read it: nothing of prose or a cell magic."""
        return "" if self.prose else as_python(self.source)

    @property
    def paragraphs(self) -> list[str]:
        """The parts of a prose cell between blank lines."""
        return [part.strip() for part in re.split(r"\n\s*\n", self.source) if part.strip()]


@dataclass(frozen=True)
class Section:
    """What stands between two headings of the second level."""

    number: str
    title: str
    cells: tuple[Cell, ...]

    @property
    def exercise(self) -> bool:
        """Whether the reader has to do something without being told how."""
        return self.title.lower().startswith("exercise")

    @property
    def heading(self) -> str:
        """Number and title, as the notebook shows them."""
        return f"{self.number} {self.title}".strip()

    def tables(self) -> list[str]:
        """Return the Markdown tables of the section's prose."""
        prose = [part for cell in self.cells if cell.prose and not cell.solution for part in cell.paragraphs]
        return [part for part in prose if part.startswith("|")]


@dataclass(frozen=True)
class Lesson:
    """One notebook of the course."""

    name: str
    title: str
    lead: str
    promise: str
    goals: tuple[str, ...]
    sections: tuple[Section, ...]
    part: str = ""  # the course it belongs to: its folder below that of the first

    def section(self, *words: str) -> Section:
        """Return the first section whose heading has all ``words``.

        Raises:
            HandoutError: There is none.
        """
        for section in self.sections:
            if all(word in section.title.lower() for word in words):
                return section
        called = " ".join(words)
        raise HandoutError(f"Notebook {self.name} has no section called {called!r}, which is printed.")


def read_lesson(name: str, notebook: Any, part: str = "") -> Lesson:
    """Return a notebook, executed or not, as a lesson of the course ``part``.

    Raises:
        HandoutError: It does not begin with a title, a paragraph and its goals, or an answer has no question.
    """
    cells = _cells(name, notebook)
    if not cells or not cells[0].prose:
        raise HandoutError(f"Notebook {name} does not begin with a cell of text: title, paragraph, goals.")
    title, *rest = cells[0].paragraphs
    place = next((place for place, part in enumerate(rest) if part.startswith("**Goals.**")), None)
    if not title.startswith("# ") or not place or len(rest) < place + 2:
        raise HandoutError(f"Notebook {name} begins without a title, a paragraph, or a list of goals.")
    promise = rest[place].removeprefix("**Goals.**").strip()
    goals = tuple(list_items(rest[place + 1]))
    return Lesson(
        name, title[2:].strip(), "\n\n".join(rest[:place]), promise, goals, _sections(cells[1:]), part
    )


def _shown(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook.cells if not tags(cell) & REMOVE_CELL and cell.cell_type != "raw")


def _cells(name: str, notebook: Any) -> list[Cell]:
    """Return the cells that say something; answers lie in the cell whose questions they answer."""
    cells: list[Cell] = []
    for cell in _shown(notebook):
        if ANSWER in tags(cell):
            folded = FOLD.match(cell.source.strip())
            if folded is None or not cells or not cells[-1].prose:
                raise HandoutError(
                    f"Notebook {name} has an answer that is not folded below a question: {cell.source[:60]!r}"
                )
            cells[-1] = replace(cells[-1], answer=folded["inside"].strip())
        elif cell.source.strip():
            cells.append(_cell(cell))
    return cells


def _cell(cell: Any) -> Cell:
    outputs = cell.get("outputs", [])
    charts = tuple(chart for chart in map(_chart, outputs) if chart)
    printed = "".join(
        output.text for output in outputs if output.output_type == "stream" and output.name == "stdout"
    )
    returned = "".join(
        output.data.get("text/plain", "") for output in outputs if output.output_type == "execute_result"
    )
    return Cell(cell.cell_type, cell.source, SOLUTION in tags(cell), charts, printed, returned)


def _chart(output: Any) -> Chart | None:
    svg = output.get("data", {}).get("image/svg+xml")
    if svg is None:
        return None
    alt = output.metadata.get("image/svg+xml", {}).get("alt", "Figure without a description")
    return Chart("".join(svg), str(alt))


def _sections(cells: list[Cell]) -> tuple[Section, ...]:
    found: list[tuple[str, str, list[Cell]]] = []
    for cell in cells:
        headings = list(SECTION.finditer(cell.source)) if cell.prose else []
        ends = [match.start() for match in headings] + [len(cell.source)]
        if found and (before := cell.source[: ends[0]].strip()):
            found[-1][2].append(replace(cell, source=before))
        for match, end in zip(headings, ends[1:], strict=True):
            found.append((match["number"] or "", match["title"].strip(), []))
            if rest := cell.source[match.end() : end].strip():
                found[-1][2].append(replace(cell, source=rest))
    return tuple(Section(number, title, tuple(inside)) for number, title, inside in found)


def list_items(markdown: str) -> list[str]:
    """Return the items of a Markdown list, each as one line."""
    return [" ".join(item.split()) for item in LIST_ITEM.split(markdown)[1:]]


def asks_for_prediction(section: Section, cell: Cell) -> bool:
    """Whether a cell asks the reader to commit to an expectation."""
    if not cell.prose or cell.solution or section.exercise:
        return False
    if any(PREDICT.search(other.source) for other in section.cells):
        return bool(PREDICT.search(cell.source))
    return "predict" in section.title.lower() and cell is section.cells[0]
