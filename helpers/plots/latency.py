"""What greetings took, as a distribution: which share was answered within which time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.plots import style

# Variants are told apart by dashes, marks and lightness: colours belong to the pods.
LINES = (("-", "o", "#222222"), ("--", "s", "#666666"), (":", "^", "#222222"), ("-.", "D", "#888888"))
MEDIAN, TAIL = 0.5, 0.99


def plot_latency(
    measured: pd.DataFrame,
    *,
    by: str = "variant",
    expected: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw for each time which share of the greetings was answered within it; the medians are marked.

    Args:
        measured: What ``parse_measured`` returns; greetings that failed are left out.
        by: The column that makes the lines.
        expected: A predicted median per line in milliseconds, drawn hollow.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes; time is on a logarithmic scale.
    """
    ax = style.axes_for(ax, 3.6)
    answered = measured[measured["ok"].astype(bool)]
    groups = {
        str(name): part["milliseconds"] for name, part in answered.groupby(by, observed=True, sort=False)
    }
    sentences = []
    for place, (name, times) in enumerate(groups.items()):
        predicted = (expected or {}).get(name)
        _draw_line(ax, LINES[place % len(LINES)], name, times, predicted)
        sentences.append(_words(name, times, predicted))
    for share in (MEDIAN, TAIL):
        ax.axhline(share, color="#dddddd", linewidth=0.8, zorder=0)
    if groups:
        ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:.0e}"[0] in "25" else "")
    ax.set_yticks([0, 0.25, MEDIAN, 0.75, TAIL], ["0%", "25%", "50%", "75%", "99%"])
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("milliseconds, from the request until the answer (logarithmic)")
    ax.set_ylabel("share answered within")
    if groups:
        # Above the lines, where it covers none.
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False,
            fontsize="small", handlelength=3.2, columnspacing=1.2,
        )  # fmt: skip
    style.note_if_empty(ax, len(answered))
    return style.describe(ax, " ".join(["Cumulative share of greetings over time, logarithmic.", *sentences]))


def _draw_line(
    ax: Axes, look: tuple[str, str, str], name: str, times: pd.Series[float], predicted: float | None
) -> None:
    dash, mark, colour = look
    ordered = np.sort(times.to_numpy())
    shares = np.arange(1, len(ordered) + 1) / len(ordered)
    median = float(times.quantile(MEDIAN))
    ax.plot(ordered, shares, dash, color=colour, linewidth=1.7, drawstyle="steps-post")
    foreseen = f" (hollow: predicted {predicted:g})" if predicted is not None else ""
    label = f"{name}: median {median:.2f} ms{foreseen}, 99% within {times.quantile(TAIL):.2f} ms"
    ax.plot([median], [MEDIAN], mark, color=colour, markersize=7, zorder=4)
    ax.plot([], [], dash, marker=mark, color=colour, label=label)
    if predicted is not None:
        ax.plot(
            [predicted], [MEDIAN], mark, markersize=9, markerfacecolor="white", markeredgecolor=colour,
            markeredgewidth=1.6, zorder=5, linestyle="none",
        )  # fmt: skip


def _words(name: str, times: pd.Series[float], predicted: float | None) -> str:
    at = {share: times.quantile(share) for share in (0.05, MEDIAN, 0.95, TAIL)}
    listed = ", ".join(f"{share:.0%} within {took:.2f} ms" for share, took in at.items())
    foreseen = f"; median predicted {predicted:g} ms" if predicted is not None else ""
    return f"{name}: {listed}{foreseen}."
