"""What diagrams of a way are drawn with: boxes, and arrows that are measured or broken, or only endpoints."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import FancyBboxPatch

from helpers.observe.stats import amounts, shares
from helpers.plots import style

# Inches. Narrow, so that a phone shows the letters at nearly their own size.
WIDTH = 4.4
INSIDE = WIDTH - 2 * style.MARGIN
LETTERS, SMALL = 8.5, 8.0
LETTER_WIDTH = 0.062
EDGE = 0.02  # half of a thick line
FAILED = "failed"
# The words of a diagram that is measured begin with these, after those of what is deployed.
SAID = "Measured share of each client's greetings:"
MEASURED = "Arrow: a pod answered the client. Its width: the share of the client's greetings."
BROKEN = "Dashed arrow with a cross: greetings that failed."
ENDPOINTS = "Dotted: the pods that are ready behind it (endpoints). Nothing is measured yet."

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """One thing in the way of a greeting."""

    title: str
    detail: str = ""
    pod: str = ""  # name of the greeter's pod it is, which has a colour


@dataclass(frozen=True)
class Served:
    """How the greetings of one client ended.

    Args:
        pods: The share of its greetings that each pod answered; pods that answered none are left out.
        failed: The share that failed.
    """

    pods: Mapping[str, float]
    failed: float


def read_served(greetings: pd.DataFrame | None) -> dict[str, Served]:
    """Return how each client of a table was served, by name of its pod; nothing without a table."""
    if greetings is None:
        return {}
    found = {}
    for client, part in greetings.groupby("client", observed=True):
        answered = amounts(part)
        pods = {str(pod): float(count) / len(part) for pod, count in answered.items() if count}
        found[str(client)] = Served(pods, 1 - sum(pods.values()) if answered.sum() < len(part) else 0.0)
    return found


def pod_shares(greetings: pd.DataFrame | None) -> dict[str, float]:
    """Return which share of all answers each pod gave, in percent as it is printed."""
    if greetings is None:
        return {}
    return {str(pod): float(share) for pod, share in shares(greetings).items()}


def describe_served(served: Mapping[str, Served]) -> str:
    """Return what the arrows show as sentences."""
    said = []
    for client, one in served.items():
        parts = [f"{pod} {share:.0%}" for pod, share in one.pods.items()]
        parts += [f"failed {one.failed:.0%}"] if one.failed else []
        said.append(f"{client}: {', '.join(parts)}.")
    return " ".join([SAID, *said]) if said else ""


def canvas(ax: Axes | None, height: float) -> Axes:
    """Return Axes without scales, in inches from the lower left corner; a box may begin at an edge."""
    if ax is None:
        layout = ConstrainedLayoutEngine(w_pad=style.MARGIN, h_pad=style.MARGIN)
        _, ax = plt.subplots(figsize=(WIDTH, height + EDGE + 2 * style.MARGIN), layout=layout)
    ax.set_axis_off()
    ax.set_xlim(-EDGE, INSIDE + EDGE)
    ax.set_ylim(0, height + EDGE)
    return ax


def fit(name: str, width: float) -> str:
    """Return a name in a width of so many inches: on two lines, else cut in its middle."""
    letters = max(int(width / LETTER_WIDTH), 4)
    if len(name) <= letters:
        return name
    lines = wrap(name, letters)
    if len(lines) == 2:
        return "\n".join(lines)
    return f"{name[: letters // 2 - 1]}…{name[-(letters // 2) :]}"


def wrap(text: str, letters: int) -> list[str]:
    """Return a text on lines of so many letters; a host may break behind its dots."""
    lines = textwrap.wrap(text.replace(".", ". "), letters)
    return [line.replace(". ", ".") for line in lines]


def draw_box(ax: Axes, centre: Point, size: tuple[float, float], box: Box, *, line: str = "-") -> None:
    """Draw a box with its title, already fitted, and its detail below it."""
    (x, y), (width, height) = centre, size
    edge = style.look(box.pod).colour if box.pod else style.INK
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor="white" if box.pod else "#f3f3f3", edgecolor=edge, linestyle=line,
            linewidth=2.4 if box.pod else 1.0, zorder=1,
        )
    )  # fmt: skip
    text = f"{box.title}\n{box.detail}" if box.detail else box.title
    ground = {"facecolor": "white" if box.pod else "#f3f3f3", "edgecolor": "none", "pad": 0.8}
    ax.text(
        x, y, text, ha="center", va="center", fontsize=SMALL, color=style.INK, linespacing=1.15, zorder=4,
        bbox=ground,
    )  # fmt: skip


def draw_served(ax: Axes, start: Point, served: Served, ends: Mapping[str, Point], broken: Point) -> None:
    """Draw an arrow from a client to each pod that answered it, and a broken one for what failed.

    Args:
        ax: Where to draw.
        start: Where the client is.
        served: What to draw.
        ends: Where the pods are.
        broken: Where the arrow of the failed greetings ends.
    """
    for pod, share in served.pods.items():
        look = {"color": style.look(pod).colour, "linewidth": 0.8 + 3.4 * share}
        arrow = {"arrowstyle": "-|>", "mutation_scale": 8 + 7 * share, "shrinkA": 0, "shrinkB": 0, **look}
        ax.annotate("", ends[pod], start, arrowprops=arrow, zorder=3)
    if served.failed:
        _draw_broken(ax, start, broken, f"{served.failed:.0%} failed")


def _draw_broken(ax: Axes, start: Point, end: Point, words: str) -> None:
    """Draw a dashed arrow with a cross in its middle; the words fit only beside one that leads down."""
    arrow = {"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.6, "linestyle": (0, (3, 2))}
    ax.annotate("", end, start, arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=3)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    ax.plot([x], [y], "x", color=style.INK, markersize=9, markeredgewidth=2.4, zorder=5)
    if start[0] == end[0]:
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        ax.text(x + 0.13, y, words, fontsize=SMALL, color=style.INK, zorder=5, va="center", bbox=ground)


def draw_dial(ax: Axes, start: Point, end: Point, *, line: str = "-") -> None:
    """Draw the thin arrow of what a client is told to connect to, or to ask."""
    arrow = {"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.0, "linestyle": line}
    ax.annotate("", end, start, arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=2)


def draw_endpoints(ax: Axes, start: Point, ends: Sequence[Point]) -> None:
    """Draw light dotted lines without a head: known to be there, not measured."""
    for end in ends:
        ax.plot(*zip(start, end, strict=True), ":", color=style.GREY, linewidth=1.1, zorder=0)


def caption(served: Mapping[str, Served]) -> str:
    """Return what the arrows of a diagram mean, on lines as wide as it is."""
    words = MEASURED if served else ENDPOINTS
    if any(one.failed for one in served.values()):
        words += " " + BROKEN
    return "\n".join(textwrap.wrap(words, int(INSIDE / LETTER_WIDTH * 1.04)))
