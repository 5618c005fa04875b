"""This run's events over earlier ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.observe.events import from_saved
from helpers.plots.events import NOT_SEEN, plot_events
from helpers.plots.style import description

RUN = from_saved({"age, floor": [[1.0, 2.0, 4.0]], "none": [[None, None]]})
BEFORE = from_saved({"age, floor": [[3.0, 1.0], [6.0], [5.0], [2.5], [3.5]]})


def figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure
    return figure


def test_a_point_for_each_event_and_the_range_of_earlier_ones() -> None:
    ax = plot_events(RUN, BEFORE, unit="seconds", bounds={"age, floor": (0, 30)})
    points = [np.asarray(line.get_xdata()) for line in ax.lines if line.get_marker() == "D"]
    assert points[0].tolist() == [4.0]
    words = description(figure_of(ax))
    assert "age, floor: this run 4.00; earlier 2.50 to 6.00 in 5 events." in words
    assert f"none: this run {NOT_SEEN}." in words
    assert "In theory age, floor: 0 to 30." in words
    left, right = ax.get_xlim()
    assert left <= 0
    assert right >= 30


def test_before_the_first_measurement_there_is_no_range() -> None:
    ax = plot_events(RUN, from_saved({}), unit="seconds")
    assert "earlier" not in description(figure_of(ax))
    assert "earlier" not in ax.get_title(loc="right")


def test_an_event_that_one_client_did_not_see_says_so_beside_those_who_did() -> None:
    ax = plot_events(from_saved({"a": [[1.0, None, 2.0]]}), from_saved({}), unit="seconds")
    assert f"a: this run 1 of 3 clients: {NOT_SEEN}." in description(figure_of(ax))
    assert [text.get_text() for text in ax.texts] == [f"1 of 3 clients: {NOT_SEEN}"]
