"""Which connection a greeting went by, and which pod that connection ends at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from helpers.plots import style

HEIGHT = 3.3


def plot_connections(
    measured: pd.DataFrame,
    *,
    pods: Sequence[str] | None = None,
    by: str = "variant",
    expected: Mapping[str, int] | None = None,
) -> Figure:
    """Draw one dot per greeting: its number to the right, its connection downwards, its pod as the look.

    Args:
        measured: What ``parse_measured`` returns, one or more variants.
        pods: Pods that get their colours first, in this order.
        by: The column that makes the panels.
        expected: A predicted number of connections per panel, drawn as a line.

    Returns:
        The figure, one panel per value of ``by``.
    """
    for pod in pods or ():
        style.look(pod)
    groups = {str(name): part for name, part in measured.groupby(by, observed=True, sort=False)}
    layout = ConstrainedLayoutEngine(w_pad=style.MARGIN, h_pad=style.MARGIN)
    figure, panels = plt.subplots(
        1, max(len(groups), 1), figsize=(style.WIDTH, HEIGHT), layout=layout, squeeze=False
    )
    for ax, (name, part) in zip(panels[0], groups.items(), strict=False):
        _draw_panel(style.axes_for(ax, HEIGHT), name, part, (expected or {}).get(name))
    panels[0][0].set_ylabel("connection, in order of first use")
    # Once for all panels: three of them side by side would run into each other.
    figure.supxlabel("number of the greeting", fontsize="medium")
    if not groups:
        style.note_if_empty(panels[0][0], 0)
    _legend(figure, measured)
    return figure


def _draw_panel(ax: Axes, name: str, part: pd.DataFrame, expected: int | None) -> None:
    answered = part.dropna(subset=["connection"])
    places, distinct = pd.factorize(answered["connection"])
    pod = answered["server"].astype(str)
    for server in sorted(pod.unique()):
        look, chosen = style.look(server), (pod == server).to_numpy()
        ax.plot(
            answered["number"][chosen], places[chosen] + 1, look.marker, color=look.colour, markersize=3.6,
            linestyle="none", markeredgewidth=0, clip_on=False,
        )  # fmt: skip
    if expected is not None:
        ax.axhline(expected, color=style.ACCENT, linestyle="--", linewidth=1.1, zorder=0)
    lowest = max(len(distinct), expected or 0, 1)
    ax.set_ylim(lowest + 0.04 * lowest + 0.5, 1 - 0.04 * lowest - 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    ax.set_title(name, loc="left", fontsize="medium")
    style.describe(ax, _words(name, answered, len(distinct), expected))


def _words(name: str, answered: pd.DataFrame, connections: int, expected: int | None) -> str:
    per_connection = answered.astype({"server": str}).groupby("connection")["server"].nunique()
    most = int(per_connection.max()) if connections else 0
    predicted = f", predicted {expected}" if expected is not None else ""
    return (
        f"{name}: {style.counted(len(answered), 'greeting')} by {style.counted(connections, 'connection')}"
        f"{predicted}, to {style.counted(answered['server'].nunique(), 'pod')}; "
        f"no connection ended at more than {style.counted(most, 'pod')}."
    )


def _legend(figure: Figure, measured: pd.DataFrame) -> None:
    """One legend for all panels, above them: the pods that answered, and the line of the prediction."""
    names = sorted(measured["server"].dropna().astype(str).unique())
    short = style.short_names(names)
    looks = {name: style.look(name) for name in names}
    handles = [
        Line2D([], [], marker=look.marker, color=look.colour, linestyle="none", label=f"pod {short[name]}")
        for name, look in looks.items()
    ]
    if any(line.get_linestyle() == "--" for ax in figure.axes for line in ax.get_lines()):
        handles.append(Line2D([], [], color=style.ACCENT, linestyle="--", label="connections predicted"))
    if handles:
        figure.legend(handles=handles, loc="outside upper left", ncols=5, frameon=False, fontsize="small")
