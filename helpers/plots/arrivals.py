"""Who got which part of the greetings, second by second, before and after new pods came."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from helpers.observe.arrivals import Arrival, Records
from helpers.observe.stats import amounts
from helpers.plots import style

ROW_INCHES = 1.5
BEFORE_SECONDS = 6
TICKS_AT = 1.08
# Above the marks.
TITLE_POINTS = 16
HATCHED = 0.3


def plot_arrival(records: Records, arrived: Arrival, *, names: Mapping[str, str] | None = None) -> Figure:
    """Draw each pod's part of the greetings of each second, a row for each variant, DNS queries marked.

    Args:
        records: What the clients logged.
        arrived: The new pods; zero is when the first of them listened.
        names: What to call the variants; their order is that of the rows.

    Returns:
        The figure.
    """
    titles = dict(names or {variant: variant for variant in sorted(records.greetings["variant"].unique())})
    edge = ConstrainedLayoutEngine(w_pad=style.MARGIN, h_pad=style.MARGIN)
    height = 1.6 + ROW_INCHES * len(titles)
    figure, axes = plt.subplots(
        len(titles), 1, sharex=True, squeeze=False, figsize=(style.WIDTH, height), layout=edge
    )
    pods = _pods(records, titles)
    for ax, (variant, title) in zip(axes[:, 0], titles.items(), strict=True):
        _draw_row(ax, records, arrived, variant, pods)
        ax.set_title(title, loc="left", fontsize="medium", pad=TITLE_POINTS)
    # After the last row: a limit set before would hold for what the rows below have later.
    axes[-1, 0].set_xlim(left=-BEFORE_SECONDS)
    axes[-1, 0].set_xlabel("seconds since the first new pod listened")
    _legend(figure, pods, arrived, answers=any(_queries(records, arrived, variant) for variant in titles))
    words = [_words(records, arrived, variant, title) for variant, title in titles.items()]
    style.describe(axes[0, 0], " ".join(["Each pod's share of the greetings per second.", *words]))
    return figure


def _pods(records: Records, titles: Mapping[str, str]) -> list[str]:
    """The pods that answered these variants, those that answered first first."""
    greetings = records.greetings
    shown = greetings[greetings["variant"].isin(list(titles)) & greetings["ok"].astype(bool)]
    return [str(pod) for pod in shown["server"].astype(str).drop_duplicates()]


def _draw_row(ax: Axes, records: Records, arrived: Arrival, variant: str, pods: list[str]) -> None:
    style.axes_for(ax, 0)
    shares = shares_per_second(records.greetings, arrived.started, variant)
    below = pd.Series(0.0, index=shares.index)
    for pod in [pod for pod in pods if pod in shares.columns]:
        look = style.look(pod)
        ax.bar(
            shares.index, shares[pod], bottom=below, width=1.0, align="edge", color=look.colour,
            hatch=look.hatch, edgecolor="white", linewidth=HATCHED,
        )  # fmt: skip
        below += shares[pod]
    ax.axvline(0, color=style.INK, linestyle="--", linewidth=1)
    # Unclipped marks of no extent at all would make the layout give up.
    if queries := _queries(records, arrived, variant):
        ax.plot(queries, [TICKS_AT] * len(queries), "v", color=style.INK, markersize=5, clip_on=False)
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 1], ["0", "100 %"])


def shares_per_second(greetings: pd.DataFrame, start: pd.Timestamp, variant: str) -> pd.DataFrame:
    """Return each pod's part (columns) of a variant's greetings of each second (index) since a moment.

    The last second is left out unless it is the only one: it is not over.
    """
    part = greetings[(greetings["variant"] == variant) & greetings["ok"].astype(bool)]
    second = ((part["time"] - start).dt.total_seconds() // 1).astype("int64")
    counts = pd.crosstab(second, part["server"].astype(str))
    shares = counts.div(counts.sum(axis=1), axis=0)
    shares = shares[shares.index >= -BEFORE_SECONDS]
    return shares.iloc[:-1] if len(shares) > 1 else shares


def _queries(records: Records, arrived: Arrival, variant: str) -> list[float]:
    asked = records.queries[records.queries["variant"] == variant]
    seconds = (asked["time"] - arrived.started).dt.total_seconds()
    return [float(value) for value in seconds if value >= -BEFORE_SECONDS]


def _legend(figure: Figure, pods: list[str], arrived: Arrival, *, answers: bool) -> None:
    short = style.short_names(pods)
    handles = []
    for pod in pods:
        look = style.look(pod)
        label = short[pod] + (" (new)" if pod in arrived.pods else "")
        handles.append(Patch(facecolor=look.colour, hatch=look.hatch, edgecolor="white", label=label))
    mark = Line2D([], [], color=style.INK, marker="v", linestyle="none", label="DNS answer")
    marks = [mark] if answers else []
    figure.legend(
        handles=[*handles, *marks], loc="outside lower center", ncols=3, fontsize="small", frameon=False
    )


def _words(records: Records, arrived: Arrival, variant: str, title: str) -> str:
    """Return a row in words."""
    greetings = records.greetings
    part = greetings[(greetings["variant"] == variant) & (greetings["time"] >= arrived.started)]
    counts = amounts(part)
    new = sum(int(counts.get(pod, 0)) for pod in arrived.pods)
    answers = len(_queries(records, arrived, variant))
    return (
        f"{title}: the new pods got {new} of {style.counted(len(part), 'greeting')} since; "
        f"{style.counted(answers, 'DNS answer')} marked."
    )
