"""What greetings took: the median of each way, and the range of nine tenths of its greetings."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from helpers.plots import style

LOW, MEDIAN, HIGH, TAIL = 0.05, 0.5, 0.95, 0.99
ROW = 0.5  # inches


def plot_latency(
    measured: pd.DataFrame,
    *,
    by: str = "variant",
    expected: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a row per way: a dot at the median of its greetings, and a line from 5 to 95 per cent of them.

    Args:
        measured: What ``parse_measured`` returns; greetings that failed are left out.
        by: The column that makes the rows.
        expected: A predicted median per row in milliseconds, drawn hollow.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes; time is on a logarithmic scale.
    """
    answered = measured[measured["ok"].astype(bool)]
    groups = {
        str(name): part["milliseconds"] for name, part in answered.groupby(by, observed=True, sort=False)
    }
    ax = style.axes_for(ax, 1.3 + ROW * max(len(groups), 1))
    sentences = []
    for row, (name, times) in enumerate(groups.items()):
        predicted = (expected or {}).get(name)
        _draw_row(ax, row, times, predicted)
        sentences.append(_words(name, times, predicted))
    if groups:
        _scale(ax)
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set_ylim(max(len(groups), 1) - 0.4, -0.7)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("milliseconds from request to answer, logarithmic")
    hollow = "\nhollow: predicted median" if any(name in groups for name in expected or {}) else ""
    ax.set_title(f"dot: median; line: 5 to 95 % of the greetings{hollow}", loc="left", fontsize="medium")
    style.note_if_empty(ax, len(answered))
    return style.describe(ax, " ".join(["Time of a greeting in milliseconds, a row per way.", *sentences]))


def _scale(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.grid(axis="x", color="#e4e4e4", linewidth=0.8)
    ax.set_axisbelow(True)


def _draw_row(ax: Axes, row: int, times: pd.Series[float], predicted: float | None) -> None:
    low, median, high = (float(times.quantile(share)) for share in (LOW, MEDIAN, HIGH))
    ax.plot([low, high], [row, row], "-", color=style.GREY, linewidth=3, solid_capstyle="butt")
    ax.plot([median], [row], "o", color=style.INK, markersize=8, zorder=4)
    ax.annotate(
        f"{median:.2f} ms ({low:.2f} to {high:.2f})", (median, row), (0, 9), textcoords="offset points",
        ha="center", fontsize="small", color=style.INK,
    )  # fmt: skip
    if predicted is not None:
        ax.plot(
            [predicted], [row], "D", markersize=8, markerfacecolor="white", markeredgecolor=style.INK,
            markeredgewidth=1.6, zorder=5, linestyle="none",
        )  # fmt: skip


def _words(name: str, times: pd.Series[float], predicted: float | None) -> str:
    at = {share: times.quantile(share) for share in (LOW, MEDIAN, HIGH, TAIL)}
    listed = ", ".join(f"{share:.0%} within {took:.2f} ms" for share, took in at.items())
    foreseen = f"; median predicted {predicted:g} ms" if predicted is not None else ""
    return f"{name}: {listed}{foreseen}."
