"""The chart of the overview: how many pods each client really used, one row per variant."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from helpers.report.findings import Finding
from helpers.report.story import label

BAR, DOT, BAD, GREY = "#3f7fd0", "#0b2f63", "#a1260d", "#555d6b"
# Narrow, so that the letters are still readable when a phone shrinks the picture to its width.
WIDTH = 5.6
# Inches around everything: on a dark page the picture is a white card.
MARGIN = 0.1


@dataclass(frozen=True)
class Chart:
    """A picture for a page: base64 SVG, its size in CSS pixels, and words for who does not see it."""

    data: str
    width: int
    height: int
    alt: str
    caption: str


def draw(findings: Sequence[Finding]) -> Chart | None:
    """Return the comparison of ``findings``, one row each, or None when nothing can be compared."""
    rows = [finding for finding in findings if finding.per_client or finding.all_failed]
    if not rows:
        return None
    figure = comparison_figure(rows)
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "report"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    width, height = figure.get_size_inches() * 96
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Chart(data, round(width), round(height), describe(rows), caption(rows))


def comparison_figure(rows: Sequence[Finding]) -> Figure:
    """Return a figure with a bar per finding (mean over its clients) and a dot per client."""
    figure = Figure(
        figsize=(WIDTH, 1.0 + 0.42 * len(rows)), layout=ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
    )
    axes = figure.add_subplot()
    total = max((finding.pods or 0 for finding in rows), default=0)
    for place, finding in enumerate(rows):
        _draw_row(axes, place, finding)
    axes.set_yticks(range(len(rows)), [label(finding.variant) for finding in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, max(total, 1) * 1.18)
    axes.set_xticks(range(max(total, 1) + 1))
    axes.set_xlabel("effective pods per client")
    if total > 1:
        axes.axvline(total, color=GREY, linestyle="--", linewidth=1, zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


def _draw_row(axes: Axes, place: int, finding: Finding) -> None:
    if not finding.per_client:
        axes.text(0.04, place, f"all {finding.greetings} greetings failed", va="center", color=BAD)
        return
    mean = fmean(finding.per_client)
    axes.barh(place, mean, height=0.6, color=BAR)
    axes.plot(
        finding.per_client, [place] * len(finding.per_client), "o", color=DOT, markersize=4, clip_on=False
    )
    failed = f", {finding.failed} failed" if finding.failed else ""
    axes.annotate(
        f"{mean:.1f}{failed}",
        (max(finding.per_client), place),
        (8, 0),
        textcoords="offset points",
        va="center",
    )


def describe(rows: Sequence[Finding]) -> str:
    """Return the alternative text: the numbers of the chart as one sentence per row."""
    parts = [f"{label(finding.variant)}: {_words(finding)}" for finding in rows]
    return "Bar chart, effective number of pods per client. " + "; ".join(parts) + "."


def caption(rows: Sequence[Finding]) -> str:
    """Return what the marks mean, with only the marks that are there."""
    text = "Bar: mean over the clients of a variant; dot: one client."
    total = max((finding.pods or 0 for finding in rows), default=0)
    if total > 1:
        text += f" Dashed line: all {total} pods used equally."
    return text


def _words(finding: Finding) -> str:
    if not finding.per_client:
        return f"all {finding.greetings} greetings failed"
    return " and ".join(f"{value:.1f}" for value in finding.per_client)
