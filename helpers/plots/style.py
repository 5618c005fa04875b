"""What all charts share: one look per pod, short names, and words for those who do not see the picture."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

# M. Okabe, K. Ito, "Color Universal Design" (2008): told apart with any kind of colour vision. Ordered so
# that neighbours differ in lightness too; hatches and markers tell them apart in grey.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#6b6b6b")
HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo", "--")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
FAILED_COLOUR, FAILED_HATCH = "#ffffff", "////"
INK, GREY, ACCENT = "#222222", "#8a8a8a", "#111111"
# Inches. Of a phone's width the letters are still readable.
WIDTH = 5.2
# Inches around everything: on a dark page the picture is a white card.
MARGIN = 0.1
# What a Deployment puts between its own name and a pod's last letters (`rand.SafeEncodeString`).
_TEMPLATE_HASH = re.compile(r"(^|-)([bcdfghjklmnpqrstvwxz2456789]{6,10})-([a-z0-9]{5})$")


@dataclass(frozen=True)
class Look:
    """How a pod is drawn, the same in every chart of a notebook."""

    colour: str
    hatch: str
    marker: str


_looks: dict[str, Look] = {}
_texts: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


def look(pod: str) -> Look:
    """Return a pod's look; a pod that has none yet gets the next."""
    if pod not in _looks:
        place = len(_looks)
        # From the ninth pod on colours come again, with other hatches and markers.
        shift = place + place // len(COLOURS)
        _looks[pod] = Look(
            COLOURS[place % len(COLOURS)], HATCHES[shift % len(HATCHES)], MARKERS[shift % len(MARKERS)]
        )
    return _looks[pod]


def short_names(names: Collection[str]) -> dict[str, str]:
    """Return names without what all share up to a dash: ``demo-5754bf6f97-dgngm`` becomes ``dgngm``.

    Of pods of several Deployments the hash of the pod template goes too: ``canary-dgngm``.
    """
    first, last = min(names, default=""), max(names, default="")
    shared = next(
        (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    cut = first.rfind("-", 0, shared) + 1
    short = {name: name[cut:] or name for name in names}
    found = [_TEMPLATE_HASH.search(text) for text in short.values()]
    # Two that begin with one are two templates of the same Deployment, which a rollout tells apart by it.
    if len({one[2] for one in found if one and not one[1]}) > 1:
        return short
    shorter = {name: _TEMPLATE_HASH.sub(r"\1\3", text) for name, text in short.items()}
    return shorter if len({*shorter.values()}) == len(short) else short


def broken(name: str) -> str:
    """Return a setting's name with line breaks, which leave more of a narrow chart to the numbers."""
    for part in (", ", " + ", " ("):
        name = name.replace(part, f"{part.rstrip(' (')}\n{'(' if '(' in part else ''}")
    return name


def axes_for(ax: Axes | None, height: float) -> Axes:
    """Return the Axes to draw on: the given ones, or those of a new figure of that height (inches)."""
    if ax is None:
        _, ax = plt.subplots(
            figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
        )
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def note_if_empty(ax: Axes, count: int) -> None:
    """Say in the picture that there is nothing to see, rather than leave it blank."""
    if not count:
        ax.text(0.5, 0.5, "no greetings", transform=ax.transAxes, ha="center", va="center", color=GREY)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def describe(ax: Axes, text: str) -> Axes:
    """Attach the words for those who do not see the picture."""
    _texts[ax] = text
    return ax


def description(figure: Figure) -> str:
    """Return the words of all Axes of a figure; for one that was drawn by hand, its titles and labels."""
    parts = [_texts.get(ax) or _labels(ax) for ax in figure.axes]
    return " ".join(part for part in parts if part) or "Chart without labels."


def _labels(ax: Axes) -> str:
    words = [word for word in (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) if word]
    return f"Chart: {', '.join(words)}." if words else ""


def enumerate_words(words: Iterable[str]) -> str:
    """Return a list as a person writes it."""
    listed = list(words)
    return ", ".join(listed[:-1]) + " and " + listed[-1] if len(listed) > 1 else "".join(listed)
