"""What the second course measured, for the overview: a compact table for each measure.

Of the two measures that were taken for each pair of a way and a circumstance, the label ends with the latter
(``nginx + retry, sleep + grace``); they become a row for each way and a column for each circumstance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from helpers.report.findings import Measure, Results

NEVER = "not within the run"
BETWEEN = ", "


@dataclass(frozen=True)
class Kind:
    """How one of the measures is called, how its numbers are written, and whether its labels are pairs."""

    title: str
    digits: int
    paired: bool = False


KINDS = {
    "seconds_to_new_pod": Kind("Seconds until a new pod is seen", 1),
    "failures_in_rollout": Kind("Failures during a rollout", 0, paired=True),
    "seconds_to_recover": Kind("Seconds to recover from a failed pod", 1, paired=True),
    "latency_added_ms": Kind("Milliseconds added to a greeting", 2),
}


@dataclass(frozen=True)
class Cell:
    """A measure, already words; ``between`` is empty where its repeats agree, both where nothing was saved.

    ``zero`` says that each repeat was zero.
    """

    median: str = ""
    between: str = ""
    zero: bool = False


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
        lines: Its rows: pairs in the order they were saved in, the others from the least to the greatest.
        unharmed: Of failures, in how many of its cells each column has none at all, such as ``7 of 8``.
        notebooks: Who measured it.
        repeats: How often each was measured, in words; empty where it never happened.
    """

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    unharmed: tuple[str, ...]
    notebooks: tuple[str, ...]
    repeats: str

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


def groups(results: Results) -> list[Group]:
    """Return a group for each measure that this run has numbers for; none where no notebook measured any."""
    return [_group(name, found) for name in KINDS if (found := of_kind(results, name))]


def of_kind(results: Results, name: str) -> list[Measure]:
    """Return the measures of a name, in the order in which they were saved."""
    return [measure for measure in results.measures if measure.name == name]


def pair(measure: Measure) -> tuple[str, str]:
    """Return the way and the circumstance of a label; the latter is empty where it names one thing."""
    way, _, circumstance = measure.label.rpartition(BETWEEN)
    return (way, circumstance) if way else (circumstance, "")


def written(kind: Kind, value: float) -> str:
    """Return a number as the overview writes it."""
    # A median of two repeats, one with no failure and one with a single one, is no whole number.
    return f"{value:.1f}" if not kind.digits and value % 1 else f"{value:.{kind.digits}f}"


def lost_nothing(measure: Measure) -> bool:
    """Whether each repeat was zero."""
    return measure.high == 0


def _group(name: str, measures: Sequence[Measure]) -> Group:
    kind = KINDS[name]
    most = max(measure.repeats for measure in measures)
    columns = tuple(dict.fromkeys(pair(measure)[1] for measure in measures)) if kind.paired else ("",)
    lines = _paired(kind, measures, columns, most) if kind.paired else _single(kind, measures, most)
    return Group(
        title=kind.title,
        columns=columns,
        lines=tuple(lines),
        unharmed=tuple(_unharmed(measures, column) for column in columns) if not kind.digits else (),
        notebooks=tuple(dict.fromkeys(measure.notebook for measure in measures)),
        repeats=f"{most} times each" if most > 1 else "once each" if most else "",
    )


def _paired(kind: Kind, measures: Sequence[Measure], columns: Sequence[str], most: int) -> Iterable[Line]:
    known = {pair(measure): measure for measure in measures}
    for way in dict.fromkeys(way for way, _ in known):
        yield Line(way, tuple(_cell(kind, known.get((way, column)), most) for column in columns))


def _single(kind: Kind, measures: Sequence[Measure], most: int) -> Iterable[Line]:
    for one in sorted(measures, key=lambda each: (each.median is None, each.median or 0.0)):
        yield Line(one.label, (_cell(kind, one, most),), one.notebook)


def _cell(kind: Kind, measure: Measure | None, most: int) -> Cell:
    if measure is None:
        return Cell()
    if measure.median is None or measure.low is None or measure.high is None:
        return Cell(NEVER)
    low, high = written(kind, measure.low), written(kind, measure.high)
    notes = [f"{low} to {high}"] if low != high else []
    notes += [f"{measure.repeats} of {most} repeats"] if measure.repeats < most else []
    return Cell(written(kind, measure.median), BETWEEN.join(notes), lost_nothing(measure))


def _unharmed(measures: Sequence[Measure], column: str) -> str:
    inside = [measure for measure in measures if measure.repeats and pair(measure)[1] == column]
    return f"{sum(map(lost_nothing, inside))} of {len(inside)}"
