"""All variants below each other: shares of the pods, evenness, latency and failures, one row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from helpers.observe.stats import amounts, effective_pods, failure_codes, shares
from helpers.plots import style
from helpers.plots.distribution import in_words

ROW, HEAD = 0.82, 0.75
WIDTHS = (1.2, 1.3, 1.9, 0.8)
TITLES = ("share per pod", "effective pods", "milliseconds", "failed")
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95


@dataclass(frozen=True)
class Row:
    """One variant: its greetings, what they took, and how many pods were predicted."""

    name: str
    greetings: pd.DataFrame
    times: pd.Series[float]
    predicted: float | None


def plot_variants(
    greetings: pd.DataFrame,
    *,
    measured: pd.DataFrame,
    pods: Sequence[str],
    expected: Mapping[str, float] | None = None,
) -> Figure:
    """Draw a row of small charts per variant (its numbers by hand: 05-compare, sections 5.2 to 5.4).

    Args:
        greetings: A table of greetings, one or more variants.
        measured: What ``measure_greetings`` returned for the same variants.
        pods: All pods, in the order of the bars.
        expected: A predicted effective number of pods per variant, drawn hollow.

    Returns:
        The figure. Of the times it shows the median and the middle nine tenths.
    """
    rows = [
        Row(str(name), part, _times(measured, str(name)), (expected or {}).get(str(name)))
        for name, part in greetings.groupby("variant", observed=True, sort=False)
    ]
    layout = ConstrainedLayoutEngine(w_pad=style.MARGIN, h_pad=0.04, hspace=0.06, wspace=0.05)
    figure, made = plt.subplots(
        max(len(rows), 1), len(TITLES), figsize=(style.WIDTH, HEAD + ROW * max(len(rows), 1)), layout=layout,
        squeeze=False, gridspec_kw={"width_ratios": WIDTHS},
    )  # fmt: skip
    grid: list[list[Axes]] = made.tolist()
    for places, row in zip(grid, rows, strict=False):
        _draw_row(places, row, pods)
    _finish(grid, len(pods), measured.loc[measured["ok"].astype(bool), "milliseconds"])
    return figure


def _times(measured: pd.DataFrame, variant: str) -> pd.Series[float]:
    chosen = measured["ok"].astype(bool) & (measured["variant"].astype(str) == variant)
    times: pd.Series[float] = measured.loc[chosen, "milliseconds"]
    return times


def _draw_row(places: Sequence[Axes], row: Row, pods: Sequence[str]) -> None:
    bars, pods_used, latency, failed = places
    share = shares(amounts(row.greetings).reindex(list(pods), fill_value=0.0))
    for place, pod in enumerate(pods):
        look = style.look(pod)
        bars.bar(
            place,
            share.get(pod, 0.0),
            0.8,
            color=look.colour,
            hatch=look.hatch,
            edgecolor="white",
            linewidth=0,
        )
    bars.set_title(row.name, loc="left", fontsize="medium", fontweight="bold", pad=3)
    effective = effective_pods(row.greetings)
    _draw_pods(pods_used, effective, row.predicted)
    _draw_times(latency, row.times)
    failures = sum(failure_codes(row.greetings).values())
    _write(failed, f"{failures} of {len(row.greetings)}")
    style.describe(
        bars,
        f"{row.name}: {in_words({str(pod): float(part) for pod, part in share.items()})}; "
        f"{effective:.2f} effective pods{_foreseen(row)}, "
        f"{failures} of {len(row.greetings)} failed, {_took(row.times)}.",
    )


def _foreseen(row: Row) -> str:
    return f" (predicted {row.predicted:g})" if row.predicted is not None else ""


def _took(times: pd.Series[float]) -> str:
    if times.empty:
        return "no time measured"
    low, middle, high = times.quantile([LOW, MIDDLE, HIGH])
    return f"median {middle:.2f} ms, nine tenths between {low:.2f} and {high:.2f} ms"


def _draw_pods(ax: Axes, effective: float, predicted: float | None) -> None:
    ax.barh(0, effective, 0.5, color="#bbbbbb")
    # Above the bar, where no prediction covers it.
    ax.annotate(f"{effective:.2f}", (0, 0.28), (1, 1), textcoords="offset points", color=style.INK)
    if predicted is not None:
        ax.plot(
            [predicted], [0], "D", markersize=7, markerfacecolor="white", markeredgecolor=style.ACCENT,
            markeredgewidth=1.4, clip_on=False, zorder=4,
        )  # fmt: skip
    ax.set_ylim(-0.7, 0.7)


def _draw_times(ax: Axes, times: pd.Series[float]) -> None:
    ax.set_ylim(-0.7, 0.7)
    if times.empty:
        return
    low, middle, high = (float(times.quantile(share)) for share in (LOW, MIDDLE, HIGH))
    ax.plot([low, high], [0, 0], color=style.INK, linewidth=1.4, solid_capstyle="butt")
    ax.plot([low, high], [0, 0], "|", color=style.INK, markersize=8)
    ax.plot([middle], [0], "o", color=style.INK, markersize=5)
    ax.annotate(
        f"{middle:.2f}", (middle, 0), (0, 6), textcoords="offset points", ha="center", fontsize="small"
    )


def _write(ax: Axes, text: str) -> None:
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, color=style.INK)
    ax.set_axis_off()


def _finish(grid: Sequence[Sequence[Axes]], pods: int, times: pd.Series[float]) -> None:
    """Give the columns one scale each, their headings above and their ticks below."""
    for number, row in enumerate(grid):
        for ax in row[:3]:
            ax.spines[["top", "right", "left"]].set_visible(False)
            ax.set_yticks([])
            ax.tick_params(axis="x", which="both", labelbottom=number == len(grid) - 1, labelsize="small")
        row[0].set_ylim(0, 1)
        row[0].set_xticks([])
        row[1].set_xlim(0, pods + 0.15)
        row[1].set_xticks(range(pods + 1))
        if not times.empty:
            row[2].set_xscale("log")
            row[2].set_xlim(0.75 * float(times.quantile(0.01)), 1.35 * float(times.quantile(0.99)))
            row[2].xaxis.set_major_formatter("{x:g}")
            row[2].xaxis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:.0e}"[0] in "25" else "")
    grid[-1][0].set_xlabel(TITLES[0], fontsize="small")
    for ax, title in zip(grid[0][1:], TITLES[1:], strict=True):
        # No title of the Axes: the words of a row are all with its bars.
        ax.annotate(
            title, (0.5, 1.0), (0, 4), xycoords="axes fraction", textcoords="offset points", ha="center",
            va="bottom", fontsize="small",
        )  # fmt: skip
