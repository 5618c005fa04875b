"""What this run's events came to, drawn over those measured before and over the bounds of theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from helpers.observe.events import by_event
from helpers.plots import style

ROW = 0.58  # inches
NOT_SEEN = "not seen while watched"


def plot_events(
    run: pd.DataFrame,
    before: pd.DataFrame,
    *,
    unit: str,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a row for each setting: this run's events as diamonds, earlier ones as a bar with a line for each.

    An event's number is that of the client for whom it was worst; a thin line joins the clients of this run's
    events. One event is a draw and no typical value, so nothing here is a mean.

    Args:
        run: This run's events, as ``helpers.events`` describes them.
        before: Earlier events of the same settings; may have no rows.
        unit: What the numbers are.
        bounds: Of a setting, the least and the greatest number that theory allows; drawn as a dashed frame.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes; the numbers are on a linear scale from zero or below.
    """
    settings = list(dict.fromkeys(run["setting"]))
    ax = style.axes_for(ax, 1.5 + ROW * max(len(settings), 1))
    drawn = [
        _row(ax, place, run[run["setting"] == name], before[before["setting"] == name])
        for place, name in enumerate(settings)
    ]
    for name, (low, high) in (bounds or {}).items():
        if name in settings:
            _bound(ax, settings.index(name), low, high)
    ax.set_yticks(range(len(settings)), [style.broken(name) for name in settings])
    ax.set_ylim(max(len(settings), 1) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#e4e4e4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
    ax.set_xlabel(unit, loc="right")
    ax.set_title(_legend(before, bounds), loc="right", fontsize="medium", multialignment="left")
    style.note_if_empty(ax, len(run))
    told = [f"{name}: {words}" for name, words in zip(settings, drawn, strict=True)]
    told += [f"In theory {name}: {low:g} to {high:g}." for name, (low, high) in (bounds or {}).items()]
    return style.describe(ax, " ".join([f"{unit}, a row per setting.", *told]))


def _legend(before: pd.DataFrame, bounds: Mapping[str, tuple[float, float]] | None) -> str:
    parts = ["◆ this run, worst client; line: all clients"]
    parts += ["grey: earlier events, a mark for each"] if len(before) else []
    parts += ["dashed: what theory allows"] if bounds else []
    return "\n".join(parts)


def _row(ax: Axes, place: int, run: pd.DataFrame, before: pd.DataFrame) -> str:
    """Draw a setting and return its numbers in words."""
    earlier = by_event(before)["value"]
    now = by_event(run)["value"]
    if earlier.notna().any():
        ax.barh(
            place, earlier.max() - earlier.min(), left=earlier.min(), height=0.46, color="#d5d5d5", zorder=1
        )
        ax.plot(earlier, [place] * len(earlier), "|", color=style.GREY, markersize=15, zorder=2)
    for _, observers in run.groupby("event", sort=False)["value"]:
        ax.plot(
            [observers.min(), observers.max()], [place, place], "-", color=style.INK, linewidth=1.2, zorder=3
        )
    ax.plot(now, [place] * len(now), "D", color=style.INK, markersize=7, zorder=4, clip_on=False)
    numbers = _partly(run) or _numbers(now)
    said = f"this run {numbers}"
    ax.annotate(
        numbers, (_label_at(now), place), (0, 11), textcoords="offset points",
        ha="left" if now.isna().all() else "center", fontsize="small", color=style.INK, zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
    )  # fmt: skip
    return f"{said}; earlier {_numbers(earlier)} in {len(earlier)} events." if len(earlier) else f"{said}."


def _partly(run: pd.DataFrame) -> str:
    """How many clients of one event did not see it happen, where others did; else nothing."""
    unseen = int(run["value"].isna().sum())
    if run["event"].nunique() > 1 or unseen in (0, len(run)):
        return ""
    return f"{unseen} of {len(run)} clients: {NOT_SEEN}"


def _label_at(now: pd.Series[float]) -> float:
    return 0.0 if now.isna().all() else float(now.max())


def _numbers(values: pd.Series[float]) -> str:
    """`1.2, 3.4` of a few events, `1.2 to 3.4` of many, and in how many it was not seen."""
    seen: Sequence[str] = [
        f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" for value in sorted(values.dropna())
    ]
    if not seen:
        return NOT_SEEN
    words = ", ".join(seen) if len(seen) <= 2 else f"{seen[0]} to {seen[-1]}"
    unseen = int(values.isna().sum())
    return f"{words}; {unseen} {NOT_SEEN}" if unseen else words


def _bound(ax: Axes, place: int, low: float, high: float) -> None:
    ax.barh(
        place, high - low, left=low, height=0.66, facecolor="none", edgecolor=style.INK, linestyle="--",
        linewidth=1.0, zorder=2,
    )  # fmt: skip
