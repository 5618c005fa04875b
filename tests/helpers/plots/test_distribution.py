from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.observe.greetings import parse_greetings
from helpers.plots import style
from helpers.plots.distribution import plot_comparison, plot_distribution
from tests.helpers.observe.test_stats import PODS, greetings


def words(ax: Axes) -> str:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return style.description(figure)


def bars(ax: Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def ticks(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


def test_bars_are_shares_of_the_pods_asked_for() -> None:
    ax = plot_distribution(greetings("aab"), pods=PODS)
    assert [bar.get_height() for bar in bars(ax)] == pytest.approx([2 / 3, 1 / 3, 0])
    assert ticks(ax) == ["a", "b", "c"]
    assert "pod demo-a 67%, pod demo-b 33%, pod demo-c 0%" in words(ax)


def test_counts_are_drawn_as_a_table_is() -> None:
    ax = plot_distribution(Counter({"demo-a": 2, "demo-b": 1}), pods=PODS)
    assert [bar.get_height() for bar in bars(ax)] == pytest.approx([2 / 3, 1 / 3, 0])
    assert words(ax).startswith("Bar chart of 3 greetings. Measured: pod demo-a 67%")


def test_the_even_share_and_the_prediction_are_marked() -> None:
    ax = plot_distribution(
        greetings("a"), pods=PODS, expected={"demo-a": 0.5, "demo-b": 0.25, "demo-c": 0.25}
    )
    even, predicted = ax.get_lines()
    assert np.asarray(even.get_ydata()).tolist() == pytest.approx([1 / 3, 1 / 3])
    assert np.asarray(predicted.get_ydata()).tolist() == [0.5, 0.25, 0.25]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["even share, 33%", "predicted"]
    assert "Predicted: pod demo-a 50%" in words(ax)


def test_failures_have_a_hatched_bar_of_their_own() -> None:
    ax = plot_distribution(greetings("ab", failed=2), pods=PODS)
    assert ticks(ax) == ["a", "b", "c", "failed"]
    assert bars(ax)[-1].get_height() == 0.5
    assert bars(ax)[-1].get_hatch()
    assert "failed 50%" in words(ax)


def test_a_pod_that_served_is_shown_even_if_not_asked_for() -> None:
    assert ticks(plot_distribution(greetings("ab"), pods=["demo-c"])) == ["c", "a", "b"]


def test_draws_where_it_is_told() -> None:
    _, ax = plt.subplots()
    assert plot_distribution(greetings("a"), ax=ax) is ax


def test_a_pod_has_one_colour_in_all_charts() -> None:
    one = bars(plot_distribution(greetings("b"), pods=PODS))[1].get_facecolor()
    row = bars(plot_comparison(greetings("b"), pods=PODS))[0].get_facecolor()
    assert one == row


def test_nothing_is_said_and_not_left_blank() -> None:
    for ax in (plot_distribution(parse_greetings("")), plot_comparison(parse_greetings(""))):
        assert "no greetings" in [text.get_text() for text in ax.texts]


def test_a_comparison_has_a_row_per_variant_in_their_order() -> None:
    frames = [greetings("ab", "z"), greetings("aaa", "a"), greetings("", "bad", failed=3)]
    ax = plot_comparison(pd.concat(frames, ignore_index=True), pods=PODS)
    assert [text.get_text() for text in ax.texts if text.get_position()[0] == 0] == ["z", "a", "bad"]
    assert [(bar.get_x(), bar.get_width()) for bar in bars(ax)] == [(0, 0.5), (0.5, 0.5), (0, 1), (0, 1)]
    notes = [text.get_text() for text in ax.texts if text.get_position()[0] == 1]
    assert notes == ["2.00 effective pods", "1.00 effective pods", "all 3 failed, UNAVAILABLE"]
    assert "bad: failed 100%; all 3 failed, UNAVAILABLE." in words(ax)


def test_the_legend_names_every_pod_and_failures() -> None:
    legend = plot_comparison(greetings("a", failed=1), pods=PODS).get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b", "c", "failed", "even shares, 33%"]


def test_even_parts_of_a_row_are_marked() -> None:
    lines = plot_comparison(greetings("aab"), pods=PODS).get_lines()
    assert [float(np.asarray(line.get_xdata())[0]) for line in lines] == pytest.approx([1 / 3, 2 / 3])


def test_colours_follow_the_order_of_the_pods_not_of_the_bars() -> None:
    names = ["demo-x1", "demo-x2"]
    rows = greetings("ab").assign(server=names[::-1])
    plot_comparison(rows, pods=names, by="server")
    before = len(style.COLOURS)
    first, second = (style.COLOURS.index(style.look(name).colour) for name in names)
    assert (second - first) % before == 1


def test_the_number_of_a_bar_stands_above_a_prediction_that_is_near() -> None:
    ax = plot_distribution(greetings("aab"), pods=PODS, expected={"demo-a": 0.7, "demo-b": 1.0})
    assert [text.xy[1] for text in ax.texts] == pytest.approx([0.7, 1 / 3, 0])  # type: ignore[attr-defined]
