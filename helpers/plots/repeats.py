"""A number for each pair of two settings, seen by several clients: a table whose cells are shaded."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.observe.events import over_events, pair
from helpers.plots import style

LIGHT, DARK = 1.0, 0.35
# Where white letters have more contrast than dark ones.
WHITE_BELOW = 0.48
ROW_INCHES = 0.42
NOTHING = "-"
# Between two plain numbers of a cell a dash is enough, and narrower.
_NUMBERS = re.compile(r"(?<=\d) to (?=\d)")


def plot_repeats(
    measured: pd.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    unit: str,
    usual: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a table: each cell's least and greatest value; its shade is that of the greatest.

    There is no median: a few clients that see the same event are no sample of anything.

    Args:
        measured: A row for each value.
        row: The column whose values are the table's rows, in the order in which they occur.
        column: The column whose values are the table's columns.
        value: The column with the number.
        unit: What the number counts, for the title.
        usual: Earlier events, as ``helpers.events`` describes them, whose settings are ``<row>, <column>``:
            their range stands in brackets below, so that a reader sees whether this run is usual.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    rows, columns = list(dict.fromkeys(measured[row])), list(dict.fromkeys(measured[column]))
    values = {
        (str(one), str(other)): part[value].dropna()
        for (one, other), part in measured.groupby([row, column], observed=True, sort=False)
    }
    known = {} if usual is None else _known(usual)
    words = [[_cell(values.get((one, other)), known.get((one, other))) for other in columns] for one in rows]
    ax = style.axes_for(ax, 1.1 + ROW_INCHES * len(rows) * (1.3 if known else 1.0))
    shades = _shades(np.array([[_worst(values.get((one, other))) for other in columns] for one in rows]))
    ax.imshow(shades, cmap="gray", vmin=0.0, vmax=1.0, aspect="auto")
    for place in range(len(rows)):
        for number in range(len(columns)):
            colour = "white" if shades[place][number] < WHITE_BELOW else style.INK
            shown = _NUMBERS.sub("\u2013", words[place][number])
            ax.text(number, place, shown, ha="center", va="center", color=colour)
    _lines(ax, rows, columns)
    # From the right edge: a text longer than the columns goes on below the rows' names.
    note = f"\nin brackets: {_events_in_words(usual)}" if usual is not None and known else ""
    ax.set_xlabel(f"{unit}:\nleast to greatest; shade: the greatest{note}", loc="right")
    said = [
        f"{one}, {other}: {words[place][number]}.".replace("\n", " ")
        for place, one in enumerate(rows)
        for number, other in enumerate(columns)
    ]
    return style.describe(ax, " ".join([f"Table of {unit}, least to greatest{note}.", *said]))


def _known(usual: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """The range over events of each pair that has one."""
    found = over_events(usual)
    return {pair(setting): (each.low, each.high) for setting, each in found.items() if each.seen}


def _events_in_words(usual: pd.DataFrame) -> str:
    counts = [found.events for found in over_events(usual).values()]
    return f"the worst client of each of {in_words(min(counts), max(counts))} earlier events"


def _lines(ax: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Name the rows and columns, and part the cells."""
    ax.set_xticks(range(len(columns)), [style.broken(name) for name in columns])
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(rows)), [style.broken(name) for name in rows])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xticks([place - 0.5 for place in range(1, len(columns))], minor=True)
    ax.set_yticks([place - 0.5 for place in range(1, len(rows))], minor=True)
    ax.grid(which="minor", color="#bbbbbb", linewidth=0.8)
    ax.tick_params(which="minor", length=0)


def _cell(values: pd.Series[float] | None, known: tuple[float, float] | None) -> str:
    now = NOTHING if values is None or values.empty else in_words(values.min(), values.max())
    return f"{now}\n({in_words(*known)})" if known else now


def in_words(low: float, high: float) -> str:
    """Write a range as a cell of the table does: `2 to 6`, or `0` where all values agree."""
    least, greatest = _number(float(low)), _number(float(high))
    return least if least == greatest else f"{least} to {greatest}"


def _number(value: float) -> str:
    if 0 < value < 0.05:  # must not be rounded to zero
        return "<0.1"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.1f}"


def _worst(values: pd.Series[float] | None) -> float:
    """Return the greatest value: the client that lost most is the one that matters."""
    return math.nan if values is None or values.empty else float(values.max())


def _shades(worst: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[list[float]]:
    """From white for nothing to dark for the most; the logarithm keeps one apart from zero."""
    weights = np.log1p(np.nan_to_num(worst, nan=0.0).clip(min=0.0))
    most = float(weights.max()) or 1.0
    return [[LIGHT - (LIGHT - DARK) * float(weight) / most for weight in line] for line in weights]
