"""The story of the overview in five charts: which pods served each client, one row per client or per case."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from helpers.plots import style
from helpers.report.findings import Finding
from helpers.report.story import headline, label

# Narrow, so that the letters are still readable when a phone shrinks the picture to its width.
WIDTH = 4.4
FAILED = "failed"


@dataclass(frozen=True)
class Chart:
    """A picture for a page: base64 SVG, size in CSS pixels, heading, and words for who does not see it."""

    data: str
    width: int
    height: int
    title: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Row:
    """One bar: whose greetings, the share of them that each pod served, and the share that failed."""

    name: str
    shares: Mapping[str, float]
    failed: float = 0.0

    def words(self) -> str:
        """Return the row's numbers."""
        parts = [f"pod {pod} {share:.0%}" for pod, share in self.shares.items() if share]
        parts += [f"{self.failed:.0%} failed"] if self.failed else []
        return f"{self.name}: {', '.join(parts) or 'nothing'}"


# The variants of each chart. A row is a client; of the last, which is about the port, a row is a case.
STORY = (
    ("clusterip",),
    ("headless",),
    ("headless-round-robin",),
    ("ingress", "envoy"),
    ("ingress-plaintext-legacy", "ingress-legacy", "ingress-plaintext", "ingress"),
)


def story_charts(comparison: Iterable[Finding], nginx: Iterable[Finding] = ()) -> list[Chart]:
    """Return the charts that this run has numbers for, at most five.

    Args:
        comparison: One finding per variant, as ``story.comparison`` returns them.
        nginx: Those of the lesson about nginx and TLS, whose pods and greetings are one experiment.
    """
    of = {finding.variant: finding for finding in comparison}
    cases = {finding.variant: finding for finding in nginx}
    charts = [_clients([of[name] for name in names if name in of]) for names in STORY[:-1]]
    charts.append(_cases([cases[name] for name in STORY[-1] if name in cases]))
    return [chart for chart in charts if chart]


def _clients(findings: Sequence[Finding]) -> Chart | None:
    rows = [
        Row(f"client {number}" if len(findings) == 1 else f"{_short(one)}, client {number}", shares)
        for one in findings
        for number, shares in enumerate(one.client_shares, 1)
    ]
    return _chart(findings, rows) if rows else None


def _cases(findings: Sequence[Finding]) -> Chart | None:
    rows = [
        Row(
            label(one.variant).replace("Ingress as up to", "up to").replace("Ingress, ", "since v1.10, "),
            {pod: share * (1 - one.failed / one.greetings) for pod, share in one.shares.items()},
            one.failed / one.greetings,
        )
        for one in findings
        if one.greetings and (one.shares or one.failed)
    ]
    return _chart(findings, [_renamed(row) for row in rows]) if rows else None


def _renamed(row: Row) -> Row:
    return Row(row.name.replace("Ingress (nginx, TLS)", "since v1.10, TLS"), row.shares, row.failed)


def _short(finding: Finding) -> str:
    return label(finding.variant).partition(" ")[0]


def _chart(findings: Sequence[Finding], rows: Sequence[Row]) -> Chart:
    figure = story_figure(rows)
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "report"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    width, height = figure.get_size_inches() * 96
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    told = f"Stacked bars, share of greetings by pod. {'; '.join(row.words() for row in _named(rows))}."
    return Chart(data, round(width), round(height), headline(findings), told, caption(findings))


def _named(rows: Sequence[Row]) -> list[Row]:
    """Return rows whose pods have their short names."""
    names = style.short_names({pod for row in rows for pod in row.shares})
    return [
        Row(row.name, {names[pod]: share for pod, share in sorted(row.shares.items())}, row.failed)
        for row in rows
    ]


def story_figure(rows: Sequence[Row]) -> Figure:
    """Return a figure with a stacked bar for each row; pods have the colours and hatches of the lessons."""
    rows = _named(rows)
    pods = sorted({pod for row in rows for pod in row.shares})
    figure = Figure(
        figsize=(WIDTH, 0.95 + 0.36 * len(rows)),
        layout=ConstrainedLayoutEngine(w_pad=style.MARGIN, h_pad=style.MARGIN),
    )
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, pods)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    _legend(axes, pods, failed=any(row.failed for row in rows))
    return figure


def _look(pod: str, pods: Sequence[str]) -> dict[str, str]:
    if pod == FAILED:
        return {"facecolor": style.FAILED_COLOUR, "hatch": style.FAILED_HATCH, "edgecolor": style.INK}
    place = pods.index(pod)
    return {
        "facecolor": style.COLOURS[place % len(style.COLOURS)],
        "hatch": style.HATCHES[place % len(style.HATCHES)],
        "edgecolor": "white",
    }


def _draw_row(axes: Axes, place: int, row: Row, pods: Sequence[str]) -> None:
    left = 0.0
    for pod, share in [*row.shares.items(), (FAILED, row.failed)]:
        if share:
            axes.barh(place, share, 0.66, left=left, linewidth=0.8, **_look(pod, pods))  # type: ignore[arg-type]
            left += share


def _legend(axes: Axes, pods: Sequence[str], *, failed: bool) -> None:
    handles = [
        Rectangle((0, 0), 1, 1, label=pod, **_look(pod, pods))  # type: ignore[arg-type]
        for pod in [*pods, *([FAILED] if failed else [])]
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, frameon=False, fontsize="small",
        handlelength=1.6, handleheight=1.0, handletextpad=0.5, columnspacing=1.0, borderaxespad=0.2,
    )  # fmt: skip


def caption(findings: Sequence[Finding]) -> str:
    """Return what the chart was made of: greetings, failures by code, and the lesson."""
    sent = sum(finding.greetings for finding in findings)
    text = f"{style.counted(sent, 'greeting')}, notebook {findings[0].notebook}; "
    failed = sum(finding.failed for finding in findings)
    codes = style.enumerate_words(sorted({code for finding in findings for code in finding.codes}))
    return text + (f"{failed} failed ({codes})." if failed else "none failed.")
