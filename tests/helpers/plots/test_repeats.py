"""The shaded table of what several clients saw."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from helpers.observe.events import from_saved
from helpers.plots.repeats import in_words, plot_repeats
from helpers.plots.style import description

MEASURED = pd.DataFrame(
    [
        ("Envoy", "stop(0)", 9),
        ("Envoy", "stop(0)", 12),
        ("Envoy", "stop(0)", 10),
        ("Envoy", "grace", 0),
        ("nginx", "stop(0)", 1),
        ("nginx", "grace", math.nan),
    ],
    columns=["way", "setting", "failed"],
)


def test_cells_hold_the_least_and_the_greatest_in_the_order_of_the_table() -> None:
    ax = plot_repeats(MEASURED, row="way", column="setting", value="failed", unit="failures")
    assert [text.get_text() for text in ax.texts] == ["9\u201312", "0", "1", "-"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Envoy", "nginx"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["stop(0)", "grace"]
    shades = np.asarray(ax.images[0].get_array())
    assert shades[0][0] < shades[1][0] < shades[0][1] == 1.0
    figure = ax.get_figure(root=True)
    assert figure
    assert "Envoy, stop(0): 9 to 12. Envoy, grace: 0." in description(figure)


def test_a_cell_is_as_dark_as_its_worst_value() -> None:
    rows = [("a", "x", 0), ("a", "x", 0), ("a", "x", 40), ("b", "x", 5), ("b", "x", 5), ("b", "x", 5)]
    measured = pd.DataFrame(rows, columns=["way", "setting", "failed"])
    ax = plot_repeats(measured, row="way", column="setting", value="failed", unit="failures")
    assert [text.get_text() for text in ax.texts] == ["0\u201340", "5"]
    (rarely,), (always,) = np.asarray(ax.images[0].get_array())
    assert rarely < always


def test_a_long_name_leaves_its_width_to_the_cells() -> None:
    measured = pd.DataFrame([("nginx + retry", "sleep + grace", 0)], columns=["way", "setting", "failed"])
    ax = plot_repeats(measured, row="way", column="setting", value="failed", unit="failures")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["nginx +\nretry"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["sleep +\ngrace"]


def test_the_range_of_earlier_events_stands_below() -> None:
    usual = from_saved({"Envoy, grace": [[0, 3], [0, 0], [0, 1]], "nginx, stop(0)": [[None]]})
    ax = plot_repeats(MEASURED, row="way", column="setting", value="failed", unit="failures", usual=usual)
    assert [text.get_text() for text in ax.texts] == ["9\u201312", "0\n(0\u20133)", "1", "-"]
    assert "in brackets: the worst client of each of 1 to 3 earlier events" in ax.get_xlabel()


def test_without_earlier_events_nothing_is_said_of_them() -> None:
    usual = from_saved({})
    ax = plot_repeats(MEASURED, row="way", column="setting", value="failed", unit="failures", usual=usual)
    assert "brackets" not in ax.get_xlabel()


@pytest.mark.parametrize(("low", "high", "words"), [(2, 3, "2 to 3"), (4, 4, "4"), (0, 0.02, "0 to <0.1")])
def test_a_range_in_words(low: float, high: float, words: str) -> None:
    assert in_words(low, high) == words
