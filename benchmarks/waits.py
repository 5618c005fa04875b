"""How long the cells of both courses take at the pace of a class: one greeting a second."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from helpers.report import course
from helpers.report.cells import tags
from helpers.report.runner import Outcome

PACE, MOST = "1", 15.0  # greetings a second; seconds
# A cell whose wait is its subject.
WAITS = "waits"
TIMEOUT = 900.0
HEAD = "| notebook | cell | seconds | |\n|---|---|---:|---|"


@dataclass(frozen=True, slots=True)
class Wait:
    """A code cell, how long it took, and whether its wait is its subject."""

    cell: int
    line: str
    seconds: float
    subject: bool

    @property
    def too_long(self) -> bool:
        """Whether a class would wait for it without being told why."""
        return self.seconds > MOST and not self.subject


def waits(notebook: Any) -> list[Wait]:
    """Return the executed code cells of a notebook; their times are those that the runner's client noted."""
    return [
        Wait(
            number,
            cell.source.strip().partition("\n")[0],
            _seconds(cell.metadata["execution"]),
            WAITS in tags(cell),
        )
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and "shell.execute_reply" in cell.metadata.get("execution", {})
    ]


def _seconds(noted: dict[str, str]) -> float:
    begun, ended = (
        datetime.fromisoformat(noted[key]) for key in ("iopub.status.busy", "shell.execute_reply")
    )
    return (ended - begun).total_seconds()


def table(outcomes: list[Outcome]) -> Iterator[str]:
    """Yield a line for each notebook, and one for each of its cells that takes longer than it may."""
    yield HEAD
    count = 0
    for outcome in outcomes:
        name, found = "/".join(filter(None, (outcome.part, outcome.name))), waits(outcome.notebook)
        count += sum(wait.too_long for wait in found)
        long = [wait for wait in found if wait.seconds > MOST]
        yield f"| {name} | all {len(found)} | {sum(wait.seconds for wait in found):.0f} | {outcome.word} |"
        for wait in long:
            said = "too long" if wait.too_long else f"tagged `{WAITS}`"
            yield f"| {name} | {wait.cell}: `{wait.line[:50]}` | {wait.seconds:.0f} | {said} |"
    yield f"\nCells over {MOST:.0f} s at one greeting a second that are not tagged `{WAITS}`: {count}"


def measure() -> Iterator[str]:
    """Run both courses on the cluster that the environment names, and yield the table."""
    os.environ["LAB_PACE"] = PACE
    told = {name: os.environ[name] for name in ("LOCALCLUSTER_HOME", "LOCALCLUSTER_NAME")}
    paths = course.find_notebooks(parts=course.BOTH)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = course.run_course(paths, Path(folder), environment=told, timeout=TIMEOUT)
    yield from table(outcomes)
