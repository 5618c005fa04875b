"""What to do, as far as this run tells: a short table, each row of which follows from measurements.

A setting is named only where each of its repeats was below each repeat of the worst one. Nothing is compared
with what was measured under other circumstances: faults stand apart, and so do notebooks whose loads differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from helpers.report.findings import Measure, Results
from helpers.report.production import KINDS, NEVER, Kind, lost_nothing, of_kind, page_of, pair, written

# More names than these are counted.
NAMES = 3


@dataclass(frozen=True)
class Decision:
    """One row: in which case, which settings to take, and what says so.

    Attributes:
        case: What happens.
        settings: The settings that did best, or one phrase where this run prefers none.
        measured: The numbers of the best, and of the worst.
        notebook: Where it was measured.
    """

    case: str
    settings: tuple[str, ...]
    measured: str
    notebook: str

    @property
    def href(self) -> str:
        """The notebook's page."""
        return page_of(self.notebook)


@dataclass(frozen=True)
class Range:
    """A measure as it is written, so that nothing is compared more finely than it can be read."""

    label: str
    median: float
    low: float
    high: float


def decisions(results: Results) -> list[Decision]:
    """Return what follows from a run's measures; a case in which nothing was compared is left out."""
    return [decision for name, decide in CASES.items() for decision in decide(of_kind(results, name))]


def _scaling(measures: Sequence[Measure]) -> Iterator[Decision]:
    yield from _least("Pods are added", "seen after {} s", KINDS["seconds_to_new_pod"], measures)


def _failure(measures: Sequence[Measure]) -> Iterator[Decision]:
    for fault, part in _by(lambda measure: pair(measure)[1], filter(_is_pair, measures)):
        apart = [replace(measure, label=pair(measure)[0]) for measure in part]
        yield from _least(f"A {fault}", "recovered after {} s", KINDS["seconds_to_recover"], apart)


def _latency(measures: Sequence[Measure]) -> Iterator[Decision]:
    for notebook, part in _by(lambda measure: measure.notebook, measures):
        yield from _least(f"A proxy, in {notebook}", "{} ms added", KINDS["latency_added_ms"], part)


def _rollout(measures: Sequence[Measure]) -> Iterator[Decision]:
    known = [measure for measure in measures if _is_pair(measure) and measure.repeats]
    yield from _most("A rollout: how pods end", "ways", lambda measure: pair(measure)[1], known)
    yield from _most("A rollout: how clients call", "endings", lambda measure: pair(measure)[0], known)


CASES: dict[str, Callable[[Sequence[Measure]], Iterator[Decision]]] = {
    "seconds_to_new_pod": _scaling,
    "failures_in_rollout": _rollout,
    "seconds_to_recover": _failure,
    "latency_added_ms": _latency,
}


def _is_pair(measure: Measure) -> bool:
    return bool(pair(measure)[1])


def _by(key: Callable[[Measure], str], measures: Iterable[Measure]) -> list[tuple[str, list[Measure]]]:
    """The measures by a key, its values in the order of the alphabet."""
    return [(name, list(part)) for name, part in groupby(sorted(measures, key=key), key=key)]


# --- the least of a number ----------------------------------------------------------------------------------


def _least(case: str, said: str, kind: Kind, measures: Sequence[Measure]) -> Iterator[Decision]:
    """Prefer what took least; ``said`` has a place for its numbers."""
    known = [one for measure in measures if (one := _range(kind, measure))]
    never = [measure.label for measure in measures if measure.median is None]
    if not known or len(measures) < 2:
        return
    best = min(one.high for one in known)
    bound = max(one.low for one in known)
    good = [one for one in known if one.median <= best and (never or one.high < bound)]
    notebook = _notebook(measures, [one.label for one in good])
    if good:
        worst = f"with {_names(never)} {NEVER}" if never else _worst(kind, bound, known)
        settings = tuple(one.label for one in sorted(good, key=lambda one: one.median))
        yield Decision(case, _short(settings), f"{said.format(_numbers(kind, good))}; {worst}", notebook)
    else:
        alike = tuple(one.label for one in known) if len(known) <= NAMES else (f"any of the {len(known)}",)
        yield Decision(case, alike, f"{said.format(_numbers(kind, known))}; the ranges overlap", notebook)


def _range(kind: Kind, measure: Measure) -> Range | None:
    values = (measure.median, measure.low, measure.high)
    median, low, high = (None if value is None else float(written(kind, value)) for value in values)
    return None if median is None or low is None or high is None else Range(measure.label, median, low, high)


def _worst(kind: Kind, bound: float, known: Sequence[Range]) -> str:
    return f"with {_names([one.label for one in known if one.low == bound])} {written(kind, bound)} or more"


def _numbers(kind: Kind, ranges: Sequence[Range]) -> str:
    low, high = min(one.low for one in ranges), max(one.high for one in ranges)
    return written(kind, low) if low == high else f"{written(kind, low)} to {written(kind, high)}"


def _notebook(measures: Sequence[Measure], labels: Sequence[str]) -> str:
    """Who measured what is named; else the first who measured any."""
    named = [measure.notebook for measure in measures if measure.label in labels]
    return (named or [measures[0].notebook])[0]


# --- the most cases without a loss --------------------------------------------------------------------------


def _most(
    case: str, others: str, key: Callable[[Measure], str], measures: Sequence[Measure]
) -> Iterator[Decision]:
    """Prefer what lost nothing in most of its cases; ``others`` says what tells those cases apart."""
    kept = {name: [lost_nothing(measure) for measure in part] for name, part in _by(key, measures)}
    if len(kept) < 2:
        return
    shares = {name: Fraction(sum(each), len(each)) for name, each in kept.items()}
    best, worst = max(shares.values()), min(shares.values())
    good = [name for name in dict.fromkeys(map(key, measures)) if shares[name] == best]
    bad = [name for name in dict.fromkeys(map(key, measures)) if shares[name] == worst]
    numbers = f"lost no greetings in {_count(kept[good[0]])} {others}"
    settings: tuple[str, ...]
    if not best:
        settings, measured = (f"none of the {len(kept)}",), f"each lost greetings in all {others}"
    elif best == worst:
        settings, measured = (f"any of the {len(kept)}",), f"each {numbers}"
    else:
        settings, measured = _short(good), f"{numbers}; with {_names(bad)} in {_count(kept[bad[0]])}"
    yield Decision(case, settings, measured, measures[0].notebook)


def _count(kept: Sequence[bool]) -> str:
    return f"{sum(kept) or 'none'} of {len(kept)}"


# --- names --------------------------------------------------------------------------------------------------


def _short(names: Sequence[str]) -> tuple[str, ...]:
    """The names, or the first ones and how many more there are."""
    if len(names) <= NAMES:
        return tuple(names)
    rest = len(names) - NAMES + 1
    return (*names[: NAMES - 1], f"{rest} others")


def _names(names: Sequence[str]) -> str:
    return " or ".join(_short(names))
