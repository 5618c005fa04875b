from __future__ import annotations

import pandas as pd
import pytest

from helpers.observe.latency import parse_measured
from helpers.plots import style
from helpers.plots.variants import TITLES, plot_variants
from tests.helpers.observe.test_latency import PODS, measured
from tests.helpers.observe.test_stats import greetings
from tests.helpers.plots.test_distribution import bars


def two() -> pd.DataFrame:
    frames = [greetings("aaaa", "pinned"), greetings("abc", "spread", failed=1)]
    return pd.concat(frames, ignore_index=True)


def test_a_row_has_shares_pods_times_and_numbers() -> None:
    figure = plot_variants(two(), measured=measured("aaa", "pinned"), pods=PODS)
    assert len(figure.axes) == 2 * len(TITLES)
    assert [bar.get_height() for bar in bars(figure.axes[0])] == [1, 0, 0]
    assert [bar.get_width() for bar in bars(figure.axes[1])] == pytest.approx([1])
    assert figure.axes[2].get_lines()[2].get_xdata() == [2.0]
    assert [ax.texts[0].get_text() for ax in (figure.axes[3], figure.axes[7])] == ["0 of 4", "1 of 4"]


def test_the_words_of_a_row_are_its_numbers() -> None:
    words = style.description(
        plot_variants(two(), measured=measured("aaa", "pinned"), pods=PODS, expected={"pinned": 3})
    )
    assert "pinned: pod demo-a 100%, pod demo-b 0%, pod demo-c 0%; 1.00 effective pods (predicted 3)" in words
    assert "0 of 4 failed, median 2.00 ms, nine tenths between 1.10 and 2.90 ms." in words
    assert "spread: " in words
    assert "3.00 effective pods, 1 of 4 failed, no time measured." in words


def test_the_prediction_is_drawn_on_the_scale_of_the_pods() -> None:
    figure = plot_variants(two(), measured=measured("a", "pinned"), pods=PODS, expected={"spread": 2})
    marks = [[line.get_xdata() for line in figure.axes[place].get_lines()] for place in (1, 5)]
    assert marks == [[], [[2]]]


def test_without_times_there_are_still_rows() -> None:
    assert plot_variants(two(), measured=parse_measured(""), pods=PODS).axes
