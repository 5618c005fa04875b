from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from helpers.observe.latency import parse_measured
from helpers.plots import style
from helpers.plots.latency import plot_latency
from tests.helpers.observe.test_latency import lines, measured
from tests.helpers.plots.test_distribution import words


def two() -> pd.DataFrame:
    return pd.concat([measured("aaaa", "near"), measured("aa", "far", took=10)], ignore_index=True)


def points(ax: Axes, marker: str) -> list[tuple[float, float]]:
    drawn = [line for line in ax.get_lines() if line.get_marker() == marker]
    return [(float(x), float(y)) for line in drawn for x, y in np.asarray(line.get_xydata())]


def test_each_way_is_a_row_with_its_median_and_nine_tenths_of_its_greetings() -> None:
    ax = plot_latency(two())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["near", "far"]
    assert points(ax, "o") == [(2.5, 0), (10.5, 1)]
    ranges = [np.asarray(line.get_xdata()) for line in ax.get_lines() if line.get_linestyle() == "-"]
    assert ranges[0] == pytest.approx([1.15, 3.85])
    assert "2.50 ms (1.15 to 3.85)" in [text.get_text() for text in ax.texts]


def test_a_prediction_stands_beside_the_measurement() -> None:
    ax = plot_latency(two(), expected={"near": 7.5})
    assert points(ax, "D") == [(7.5, 0)]
    assert "hollow: predicted median" in ax.get_title(loc="left")
    assert "50% within 2.50 ms" in words(ax)
    assert "median predicted 7.5 ms" in words(ax)


def test_failed_greetings_have_no_latency() -> None:
    table = parse_measured(lines("a", "ipv4:1", 2.0) + lines("", "none", 900.0), "v")
    assert "99% within 2.00 ms" in words(plot_latency(table))


@pytest.mark.parametrize("text", ["", lines("", "none")])
def test_nothing_is_said_and_not_left_blank(text: str) -> None:
    ax = plot_latency(parse_measured(text))
    assert "no greetings" in [note.get_text() for note in ax.texts]
    assert style.description(ax.get_figure(root=True)) != ""  # type: ignore[arg-type]
