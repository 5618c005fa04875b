from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.observe.latency import parse_measured
from helpers.plots import style
from helpers.plots.latency import plot_latency
from tests.helpers.observe.test_latency import lines, measured
from tests.helpers.plots.test_distribution import words


def two() -> pd.DataFrame:
    return pd.concat([measured("aaaa", "near"), measured("aa", "far", took=10)], ignore_index=True)


def test_a_line_climbs_to_all_greetings_at_their_times() -> None:
    near, *_ = plot_latency(two()).get_lines()
    assert np.asarray(near.get_xydata()).tolist() == [[1, 0.25], [2, 0.5], [3, 0.75], [4, 1.0]]


def test_lines_are_told_apart_without_colour() -> None:
    legend = plot_latency(two()).get_legend()
    assert legend is not None
    looks = {(line.get_linestyle(), line.get_marker()) for line in legend.get_lines()}
    assert len(looks) == 2
    assert "near: median 2.50 ms, 99% within 3.97 ms" in [text.get_text() for text in legend.get_texts()]


def test_a_prediction_stands_beside_the_measurement() -> None:
    ax = plot_latency(two(), expected={"near": 7.5})
    hollow = [line for line in ax.get_lines() if line.get_markerfacecolor() == "white"]
    assert [np.asarray(line.get_xydata()).tolist() for line in hollow] == [[[7.5, 0.5]]]
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
