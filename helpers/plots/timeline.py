"""Which pod answered when: one dot per greeting."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from helpers.observe.stats import amounts, failure_codes
from helpers.plots import style

FAILED = "failed"
# More than so many dots on a row become a band of colour; smaller ones keep the gaps visible longer.
MANY = 150
SPREAD = 0.5


def plot_timeline(
    greetings: pd.DataFrame, *, pods: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw one dot per greeting: time to the right, a row per pod, one line of dots per client in it.

    Args:
        greetings: A table of greetings.
        pods: Pods that have a row even if they answered nothing, such as all that are ready; without them
            only pods that answered have one.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    answered = [str(pod) for pod, count in amounts(greetings).items() if count]
    rows = sorted({*answered, *(pods or ())})
    if failure_codes(greetings):
        rows.append(FAILED)
    clients = sorted(greetings["client"].astype(str).unique())
    height = 1.4 + max(len(rows), 1) * (0.3 + 0.12 * len(clients))
    ax = style.axes_for(ax, height)
    seconds = _seconds(greetings["time"])
    served = greetings["server"].astype(object).where(greetings["ok"].astype(bool), FAILED).astype(str)
    for place, row in enumerate(rows):
        for number, client in enumerate(clients):
            chosen = ((served == row) & (greetings["client"].astype(str) == client)).to_numpy()
            _draw_dots(
                ax,
                seconds[chosen],
                place + _offset(number, len(clients)),
                row,
                len(greetings) / max(len(rows), 1),
            )
    names = style.short_names([row for row in rows if row != FAILED])
    ax.set_yticks(range(len(rows)), [names.get(row, row) for row in rows])
    for place, row in enumerate(rows):
        if row != FAILED and row not in answered:
            _draw_idle(ax, place)
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    ax.set_ylabel("pod")
    ax.set_xlabel("seconds since the first greeting")
    ax.grid(axis="y", color="#e4e4e4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_title(_title(greetings, clients), loc="left", fontsize="medium")
    style.note_if_empty(ax, len(greetings))
    return style.describe(ax, describe_timeline(greetings, rows, clients))


def _seconds(times: pd.Series) -> pd.Series:
    seconds: pd.Series = (times - times.min()).dt.total_seconds()
    return seconds.reset_index(drop=True)


def _offset(number: int, clients: int) -> float:
    """Return how far from the middle of a row a client's dots lie: the first on top."""
    return 0.0 if clients == 1 else SPREAD * (number / (clients - 1) - 0.5)


def _draw_idle(ax: Axes, place: int) -> None:
    ax.text(
        0.5, place, "no greeting", transform=ax.get_yaxis_transform(), ha="center", va="center",
        fontsize="small", color=style.INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def _draw_dots(ax: Axes, seconds: pd.Series, place: float, row: str, per_row: float) -> None:
    size = 5.0 if per_row <= MANY else 3.0
    if row == FAILED:
        ax.plot(seconds, [place] * len(seconds), "x", color=style.INK, markersize=size + 1, clip_on=False)
        return
    look = style.look(row)
    ax.plot(
        seconds, [place] * len(seconds), look.marker, color=look.colour, markersize=size, clip_on=False,
        linestyle="none", markeredgewidth=0,
    )  # fmt: skip


def _title(greetings: pd.DataFrame, clients: list[str]) -> str:
    if not clients:
        return "no greetings"
    names = ", ".join(style.short_names(clients).values())
    count = style.counted(len(greetings), "greeting")
    if len(clients) == 1:  # a line of its own: a pod's whole name is as long as the chart is wide
        return f"{count} of\n{clients[0]}"
    return f"{count}, {len(clients)} clients\nin each row from top to bottom: {names}"


def describe_timeline(greetings: pd.DataFrame, rows: list[str], clients: list[str]) -> str:
    """Return what the dots show, for each client: how many pods, and how often they changed."""
    sentences = []
    for client in clients:
        part = greetings[greetings["client"].astype(str) == client].sort_values("time", kind="stable")
        answered = part.loc[part["ok"].astype(bool), "server"].astype(str)
        changes = int((answered != answered.shift()).iloc[1:].sum())
        failed = len(part) - len(answered)
        counts = [
            style.counted(len(part), "greeting"),
            style.counted(answered.nunique(), "pod"),
            f"{style.counted(changes, 'change')} of pod",
            *([f"{failed} failed"] if failed else []),
        ]
        sentences.append(f"client {client}: {', '.join(counts)}.")
    shown = ", ".join(rows) or "none"
    idle = sorted({*rows, FAILED} - {*greetings["server"].dropna().astype(str), FAILED})
    if idle:
        sentences.append(f"No greeting: {', '.join(idle)}.")
    return " ".join([f"One dot per greeting over time, a row per pod ({shown}).", *sentences])
