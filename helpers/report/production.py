"""What the second course measured, for the overview: one table, and the sentences that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from helpers.report.findings import Measure, Results

NEVER = "not within the run"


@dataclass(frozen=True)
class Kind:
    """How one of the measures is called, and how its numbers are written."""

    title: str
    form: str
    best: str
    worst: str


KINDS = {
    "seconds_to_new_pod": Kind(
        "Seconds until a new pod is seen", ".1f", "A new pod was seen soonest", "latest"
    ),
    "failures_in_rollout": Kind("Failures during a rollout", ".0f", "A rollout lost least", "most"),
    "seconds_to_recover": Kind(
        "Seconds to recover from a failed pod", ".1f", "Clients recovered soonest", "latest"
    ),
    "latency_added_ms": Kind("Milliseconds added to a greeting", ".2f", "Least time was added", "most"),
}


@dataclass(frozen=True)
class Line:
    """One row of the table, already words."""

    label: str
    median: str
    between: str
    repeats: int
    notebook: str
    href: str


@dataclass(frozen=True)
class Group:
    """The rows of one measure, best first, and what they come to."""

    title: str
    sentence: str
    lines: tuple[Line, ...]


def groups(results: Results) -> list[Group]:
    """Return a group for each measure that this run has numbers for; none where no notebook measured any."""
    found = [
        (kind, sorted((one for one in results.measures if one.name == name), key=_rank))
        for name, kind in KINDS.items()
    ]
    return [
        Group(kind.title, _sentence(kind, measures), tuple(_line(kind, one) for one in measures))
        for kind, measures in found
        if measures
    ]


def _rank(measure: Measure) -> tuple[bool, float]:
    return measure.median is None, measure.median or 0.0


def _line(kind: Kind, measure: Measure) -> Line:
    low, high = _number(kind, measure.low), _number(kind, measure.high)
    return Line(
        label=measure.label,
        median=_number(kind, measure.median),
        between="" if measure.median is None else low if low == high else f"{low} to {high}",
        repeats=measure.repeats,
        notebook=measure.notebook,
        href=f"{quote(measure.notebook)}.html",
    )


def _number(kind: Kind, value: float | None) -> str:
    # A median of two repeats, one with no failure and one with a single one, is no whole number.
    form = ".1f" if kind.form == ".0f" and value is not None and value % 1 else kind.form
    return NEVER if value is None else format(value, form)


def _sentence(kind: Kind, measures: Sequence[Measure]) -> str:
    """Compare best and worst, where the ranges do not overlap; those without a number are named too."""
    known = [measure for measure in measures if measure.median is not None]
    never = [measure.label for measure in measures if measure.median is None]
    missing = f" With {' and '.join(never)} it did not happen within the run." if never and known else ""
    return f"{_compared(kind, known)}{missing}".strip()


def _compared(kind: Kind, known: Sequence[Measure]) -> str:
    if len(known) < 2:
        return ""
    best, worst = known[0], known[-1]
    if best.high is None or worst.low is None or best.high >= worst.low:
        return f"The ranges of {best.label} and {worst.label} overlap: this run ranks neither first."
    return (
        f"{kind.best} with {_shared(kind, best, known)} (median {_number(kind, best.median)}), "
        f"{kind.worst} with {_shared(kind, worst, known)} ({_number(kind, worst.median)})."
    )


def _shared(kind: Kind, one: Measure, known: Sequence[Measure]) -> str:
    """Name a setting, and how many others the table shows with its median."""
    shown = [_number(kind, other.median) for other in known]
    others = shown.count(_number(kind, one.median)) - 1
    return f"{one.label} and {others} other{'s' * (others > 1)}" if others else one.label
