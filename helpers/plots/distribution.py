"""Which pod answered how much, as bars: of one table, or one row per variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.observe.greetings import OK
from helpers.observe.stats import amounts, effective_pods, failure_codes
from helpers.plots import style

FAILED = "failed"


def plot_distribution(
    greetings: pd.DataFrame | Mapping[str, int],
    *,
    pods: Sequence[str] | None = None,
    expected: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw each pod's share of the greetings as a bar, with the even share marked.

    Args:
        greetings: A table of greetings, or how many each pod answered, as a ``Counter``.
        pods: The pods to show, also if they answered nothing; those that occur when None.
        expected: A predicted share per pod, drawn over the bars.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    if not isinstance(greetings, pd.DataFrame):
        greetings = _table(greetings)
    ax = style.axes_for(ax, 3.4)
    bars = bar_shares(greetings, pods)
    names = style.short_names([pod for pod in bars if pod != FAILED])
    for place, (pod, share) in enumerate(bars.items()):
        _draw_bar(ax, place, pod, share)
    # A name of two parts, of pods of several Deployments, would run into its neighbour.
    ax.set_xticks(range(len(bars)), [names.get(pod, pod).replace("-", "-\n") for pod in bars])
    even = _mark_even(ax, len(names))
    _mark_expected(ax, list(bars), expected)
    top = max([*bars.values(), *(expected or {}).values(), even]) * 1.18 or 1
    for place, (pod, share) in enumerate(bars.items()):
        _label_bar(ax, place, share, (expected or {}).get(pod), top)
    ax.set_ylim(0, top)
    ax.set_xlim(-0.6, max(len(bars), 1) - 0.4)
    # Room for the lower half of a prediction of nothing.
    ax.tick_params(axis="x", pad=7)
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.set_ylabel("share of greetings")
    ax.set_xlabel("pod")
    ax.set_title(_title(greetings), loc="left", fontsize="medium")
    _legend(ax)
    style.note_if_empty(ax, len(greetings))
    return style.describe(ax, describe_distribution(greetings, bars, expected))


def _table(counts: Mapping[str, int]) -> pd.DataFrame:
    """Return one answered greeting for each that was counted, of a client without a name."""
    served = [pod for pod, count in counts.items() for _ in range(count)]
    return pd.DataFrame(
        {"variant": "", "client": "", "server": served, "ok": True, "code": OK}, index=range(len(served))
    )


def _legend(ax: Axes) -> None:
    handles, _ = ax.get_legend_handles_labels()
    if handles:
        # Beside the bars, where it covers none.
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")


def bar_shares(greetings: pd.DataFrame, pods: Sequence[str] | None = None) -> dict[str, float]:
    """Return the share of all greetings by pod, and of the failed ones if there are any."""
    answered = amounts(greetings)
    names = list(pods) if pods is not None else []
    names += [str(pod) for pod, count in answered.items() if pod not in names and (count or pods is None)]
    total = max(len(greetings), 1)
    bars = {pod: float(answered.get(pod, 0.0)) / total for pod in names}
    failed = sum(failure_codes(greetings).values())
    return {**bars, FAILED: failed / total} if failed else bars


def _draw_bar(ax: Axes, place: float, pod: str, share: float, *, width: float = 0.7) -> None:
    if pod == FAILED:
        ax.bar(
            place,
            share,
            width,
            color=style.FAILED_COLOUR,
            edgecolor=style.INK,
            hatch=style.FAILED_HATCH,
            linewidth=1.2,
        )
        return
    look = style.look(pod)
    ax.bar(place, share, width, color=look.colour, edgecolor="white", hatch=look.hatch, linewidth=0)


def _label_bar(ax: Axes, place: float, share: float, predicted: float | None, top: float) -> None:
    """Write a bar's number above it, and above the mark of the prediction where that is near.

    On white, as the line of the even share may pass there.
    """
    near = predicted is not None and -0.05 * top < predicted - share < 0.14 * top
    ax.annotate(
        f"{share:.0%}",
        (place, max(share, predicted) if near and predicted is not None else share),
        (0, 8 if near else 4),
        textcoords="offset points",
        ha="center",
        color=style.INK,
        zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3, "alpha": 0.8},
    )


def _mark_even(ax: Axes, pods: int) -> float:
    if pods < 2:
        return 0.0
    ax.axhline(
        1 / pods,
        color=style.GREY,
        linestyle="--",
        linewidth=1.2,
        label=f"even share, {1 / pods:.0%}",
        zorder=3,
    )
    return 1 / pods


def _mark_expected(ax: Axes, shown: list[str], expected: Mapping[str, float] | None) -> None:
    places = [place for place, pod in enumerate(shown) if pod in (expected or {})]
    if not expected or not places:
        return
    ax.plot(
        places,
        [expected[shown[place]] for place in places],
        linestyle="none",
        marker="D",
        markersize=8,
        markerfacecolor="white",
        markeredgecolor=style.ACCENT,
        markeredgewidth=1.6,
        label="predicted",
        zorder=4,
        clip_on=False,
    )


def _title(greetings: pd.DataFrame) -> str:
    parts = [style.counted(len(greetings), "greeting")]
    for column, plural in (("client", "clients"), ("variant", "variants")):
        values = greetings[column].astype(str).unique()
        parts.append(_one(column, values[0]) if len(values) == 1 else f"{len(values)} {plural}")
    return ", ".join(part for part in parts if part)


def _one(column: str, value: str) -> str:
    """Name the only client by the end of its pod's name: the rest of the name says its variant."""
    return f"client {value.rpartition('-')[2]}" if column == "client" and value else value


def describe_distribution(
    greetings: pd.DataFrame, bars: Mapping[str, float], expected: Mapping[str, float] | None = None
) -> str:
    """Return the numbers of the chart as sentences."""
    words = f"Bar chart of {_title(greetings)}. Measured: {in_words(bars)}."
    if expected:
        words += f" Predicted: {in_words(expected)}."
    return words


def in_words(bars: Mapping[str, float]) -> str:
    """Return shares as ``pod a 50 %, pod b 50 %``."""
    return (
        ", ".join(f"{'failed' if pod == FAILED else f'pod {pod}'} {share:.0%}" for pod, share in bars.items())
        or "nothing"
    )


# --- one row per variant ------------------------------------------------------------------------------------


def plot_comparison(
    greetings: pd.DataFrame, *, pods: Sequence[str] | None = None, by: str = "variant", ax: Axes | None = None
) -> Axes:
    """Draw one row of bars per variant: how its greetings fell on the pods.

    Args:
        greetings: A table of greetings.
        pods: The pods to show, also if they answered nothing; those that occur when None.
        by: The column that makes the rows.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    groups = {str(name): part for name, part in greetings.groupby(by, observed=True, sort=False)}
    shown = list(bar_shares(greetings, pods))
    for pod in shown:
        # Colours go by the order of the pods, not by whose bar happens to be drawn first.
        _fill(pod)
    ax = style.axes_for(ax, 1.2 + 0.6 * max(len(groups), 1))
    sentences = []
    for place, (name, part) in enumerate(groups.items()):
        bars = bar_shares(part, [pod for pod in shown if pod != FAILED])
        _draw_row(ax, place, bars)
        note = _row_note(part, bars)
        # Above its bar, which then has the whole width.
        _write_above(ax, place, name, note)
        sentences.append(f"{name}: {in_words({pod: share for pod, share in bars.items() if share})}; {note}.")
    _mark_even_parts(ax, sum(pod != FAILED for pod in shown))
    ax.set_yticks([])
    ax.set_ylim(max(len(groups), 1) - 0.6, -0.75)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_xlabel("share of greetings")
    ax.spines["left"].set_visible(False)
    _row_legend(ax, shown)
    style.note_if_empty(ax, len(greetings))
    return style.describe(ax, "Stacked bars, one row each. " + " ".join(sentences))


def _write_above(ax: Axes, place: int, name: str, note: str) -> None:
    """Write name and note above a bar, on white, as the line of the even shares may pass there."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    height = place - 0.3
    ax.text(0, height, name, ha="left", va="bottom", color=style.INK, zorder=4, bbox=ground)
    ax.text(
        1, height, note, ha="right", va="bottom", color=style.INK, zorder=4, bbox=ground, fontsize="small"
    )


def _draw_row(ax: Axes, place: int, bars: Mapping[str, float]) -> None:
    left = 0.0
    for pod, share in bars.items():
        if not share:
            continue
        colour, hatch = _fill(pod)
        edge = style.INK if pod == FAILED else "white"
        ax.barh(place, share, 0.52, left=left, color=colour, edgecolor=edge, hatch=hatch, linewidth=0.8)
        left += share


def _mark_even_parts(ax: Axes, pods: int) -> None:
    """Mark where the parts of a row would end if all pods had the same."""
    for part in range(1, pods):
        ax.axvline(
            part / pods,
            color=style.INK,
            linestyle="--",
            linewidth=1.0,
            zorder=3,
            label=f"even shares, {1 / pods:.0%}" if part == 1 else None,
        )


def _fill(pod: str) -> tuple[str, str]:
    if pod == FAILED:
        return style.FAILED_COLOUR, style.FAILED_HATCH
    return style.look(pod).colour, style.look(pod).hatch


def _row_note(part: pd.DataFrame, bars: Mapping[str, float]) -> str:
    if bars.get(FAILED) == 1:
        codes = style.enumerate_words(failure_codes(part))
        return f"all {len(part)} failed, {codes}"
    failed = f", {bars[FAILED]:.0%} failed" if FAILED in bars else ""
    return f"{effective_pods(part):.2f} effective pods{failed}"


def _row_legend(ax: Axes, shown: Sequence[str]) -> None:
    names = style.short_names([pod for pod in shown if pod != FAILED])
    handles: list[Artist] = []
    for pod in shown:
        colour, hatch = _fill(pod)
        edge = style.INK if pod == FAILED else "white"
        handles.append(
            Rectangle((0, 0), 1, 1, facecolor=colour, hatch=hatch, edgecolor=edge, label=names.get(pod, pod))
        )
    lines, _ = ax.get_legend_handles_labels()
    handles += lines
    if handles:
        columns = min(len(handles), 4)
        ax.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, frameon=False,
            fontsize="small", handlelength=2.2, handleheight=1.1, columnspacing=1.2, borderaxespad=0.2,
        )  # fmt: skip
