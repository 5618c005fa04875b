"""What the second course measured, for the overview: a compact table for each measure.

Of a measure that was taken for each pair of a way and a circumstance, the label ends with the latter (``nginx
+ retry, sleep + grace``); they become a row for each way and a column for each circumstance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from helpers.observe.events import BETWEEN, Range, over_events, pair
from helpers.report.findings import Measure, Results

NEVER = "not seen"


@dataclass(frozen=True)
class Kind:
    """How one of the measures is called, how its numbers are written, and whether its labels are pairs."""

    title: str
    digits: int
    paired: bool = False


KINDS = {
    "seconds_to_new_pod": Kind("Seconds until a client uses a new pod", 1),
    "failures_in_rollout": Kind("Failed calls of a client in one rollout", 0, paired=True),
    "seconds_to_recover": Kind(
        "Seconds from the start of a fault to a client's last failure", 1, paired=True
    ),
    "seconds_to_reuse": Kind("Seconds from a crash until a client uses the pod again", 1),
    "latency_added_ms": Kind("Milliseconds added to the median call", 2),
}


@dataclass(frozen=True)
class Cell:
    """One setting, already words.

    Attributes:
        now: What this run's clients saw, least to greatest; empty where it measured nothing.
        usual: The range over the events that were measured before, and their number; empty without any.
    """

    now: str = ""
    usual: str = ""


@dataclass(frozen=True)
class Line:
    """One row of a table: a cell for each column, and of unpaired measures the notebook."""

    label: str
    cells: tuple[Cell, ...]
    notebook: str = ""

    @property
    def href(self) -> str:
        """The notebook's page."""
        return page_of(self.notebook)


@dataclass(frozen=True)
class Group:
    """The table of one measure.

    Attributes:
        title: What it is.
        columns: What stands above the numbers; one without words where labels are no pairs.
        lines: Its rows, in the order in which they were saved.
        notebooks: Who measured it.
    """

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notebooks: tuple[str, ...]

    @property
    def paired(self) -> bool:
        """Whether a row has a cell for each circumstance."""
        return self.columns != ("",)

    @property
    def links(self) -> list[tuple[str, str]]:
        """Name and page of each notebook."""
        return [(name, page_of(name)) for name in self.notebooks]


def page_of(notebook: str) -> str:
    """Return the address of a notebook's page, from the overview."""
    return f"{quote(notebook)}.html"


def groups(results: Results, before: Mapping[str, pd.DataFrame]) -> list[Group]:
    """Return a group for each measure that this run has numbers for; none where no notebook measured any.

    Args:
        results: The run.
        before: Earlier events of each measure.
    """
    return [
        _group(kind, found, over_events(before[name]))
        for name, kind in KINDS.items()
        if (found := [measure for measure in results.measures if measure.name == name])
    ]


def written(kind: Kind, low: float, high: float) -> str:
    """Return a range as the overview writes it."""
    least, greatest = f"{low:.{kind.digits}f}", f"{high:.{kind.digits}f}"
    return least if least == greatest else f"{least} to {greatest}"


def _group(kind: Kind, measures: Sequence[Measure], usual: Mapping[str, Range]) -> Group:
    cells = {one.label: _cell(kind, one, usual) for one in measures}
    if kind.paired:
        columns = tuple(dict.fromkeys(pair(label)[1] for label in cells))
        ways = dict.fromkeys(pair(label)[0] for label in cells)
        lines = [
            Line(way, tuple(cells.get(f"{way}{BETWEEN}{column}", Cell()) for column in columns))
            for way in ways
        ]
    else:
        columns = ("",)
        lines = [Line(one.label, (cells[one.label],), one.notebook) for one in measures]
    notebooks = tuple(dict.fromkeys(measure.notebook for measure in measures))
    return Group(kind.title, columns, tuple(lines), notebooks)


def _cell(kind: Kind, measure: Measure, usual: Mapping[str, Range]) -> Cell:
    seen = [value for event in measure.events for value in event if value is not None]
    now = written(kind, min(seen), max(seen)) if seen else NEVER
    before = usual.get(measure.label)
    return Cell(now, f"{in_words(kind, before)} ({before.events} events)" if before else "")


def in_words(kind: Kind, found: Range) -> str:
    """Return a range over events, and in how many an observer did not see it happen."""
    words = [written(kind, found.low, found.high)] if found.seen else []
    words += [f"{NEVER} in {found.unseen} of {found.events}"] if found.unseen else []
    return ", ".join(words)
