"""A number for each pair of two settings, seen by several clients: a table whose cells are shaded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.observe.stats import spread
from helpers.plots import style

LIGHT, DARK = 1.0, 0.35
# Where white letters have more contrast than dark ones.
WHITE_BELOW = 0.48
ROW_INCHES = 0.42


def plot_repeats(
    measured: pd.DataFrame, *, row: str, column: str, value: str, unit: str, ax: Axes | None = None
) -> Axes:
    """Draw a table: each cell's least and greatest value; its shade is that of the greatest.

    There is no median: a few clients that see the same event are no sample of anything.

    Args:
        measured: A row for each value.
        row: The column whose values are the table's rows, in the order in which they occur.
        column: The column whose values are the table's columns.
        value: The column with the number.
        unit: What the number counts, for the title.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    rows, columns = list(dict.fromkeys(measured[row])), list(dict.fromkeys(measured[column]))
    cells = {
        (str(one), str(other)): spread(part[value])
        for (one, other), part in measured.groupby([row, column], observed=True, sort=False)
    }
    worst = np.array([[_worst(cells.get((one, other))) for other in columns] for one in rows])
    ax = style.axes_for(ax, 1.1 + ROW_INCHES * len(rows))
    shades = _shades(worst)
    ax.imshow(shades, cmap="gray", vmin=0.0, vmax=1.0, aspect="auto")
    for place, one in enumerate(rows):
        for number, other in enumerate(columns):
            dark = shades[place][number] < WHITE_BELOW
            words = in_words(cells.get((one, other)))
            ax.text(number, place, words, ha="center", va="center", color="white" if dark else style.INK)
    ax.set_xticks(range(len(columns)), _broken(columns))
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(rows)), _broken(rows))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xticks([place - 0.5 for place in range(1, len(columns))], minor=True)
    ax.set_yticks([place - 0.5 for place in range(1, len(rows))], minor=True)
    ax.grid(which="minor", color="#bbbbbb", linewidth=0.8)
    ax.tick_params(which="minor", length=0)
    # From the right edge: a text longer than the columns goes on below the rows' names.
    ax.set_xlabel(f"{unit}:\nleast to greatest; shade: the greatest", loc="right")
    said = [f"{one}, {other}: {in_words(cells.get((one, other)))}." for one in rows for other in columns]
    return style.describe(ax, " ".join([f"Table of {unit}, least to greatest.", *said]))


def _broken(names: Sequence[str]) -> list[str]:
    """Return names with a line break after each plus, which leaves more of a narrow chart to the cells."""
    return [name.replace(" + ", " +\n") for name in names]


def in_words(found: object) -> str:
    """Write a spread as a cell of the table does: `2 to 6`, or `0` where all values agree."""
    if not isinstance(found, dict) or found.get("median") is None:
        return "-"
    low, high = _number(float(found["low"])), _number(float(found["high"]))
    return low if low == high else f"{low} to {high}"


def _number(value: float) -> str:
    if 0 < value < 0.05:  # must not be rounded to zero
        return "<0.1"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.1f}"


def _worst(found: object) -> float:
    """Return the greatest value: the client that lost most is the one that matters."""
    value = found.get("high") if isinstance(found, dict) else None
    return math.nan if value is None else float(value)


def _shades(worst: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[list[float]]:
    """From white for nothing to dark for the most; the logarithm keeps one apart from zero."""
    weights = np.log1p(np.nan_to_num(worst, nan=0.0).clip(min=0.0))
    most = float(weights.max()) or 1.0
    return [[LIGHT - (LIGHT - DARK) * float(weight) / most for weight in line] for line in weights]
