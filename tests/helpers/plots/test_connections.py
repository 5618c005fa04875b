from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.observe.latency import parse_measured
from helpers.plots import style
from helpers.plots.connections import plot_connections
from tests.helpers.observe.test_latency import PODS, measured


def two() -> pd.DataFrame:
    return pd.concat([measured("aaaa", "one"), measured("abca", "three", connections=3)], ignore_index=True)


def test_a_panel_has_a_dot_per_greeting_at_its_connection() -> None:
    figure = plot_connections(two(), pods=PODS)
    one, three = figure.axes
    assert [len(np.asarray(line.get_xydata())) for line in one.get_lines()] == [4]
    dots = {tuple(dot) for line in three.get_lines() for dot in np.asarray(line.get_xydata()).tolist()}
    assert dots == {(1, 1), (2, 2), (3, 3), (4, 1)}
    assert [line.get_color() for line in three.get_lines()] == [style.look(pod).colour for pod in PODS]


def test_the_words_tell_connections_and_pods() -> None:
    words = style.description(plot_connections(two(), expected={"one": 1, "three": 2}))
    assert "one: 4 greetings by 1 connection, predicted 1, to 1 pod" in words
    assert "three: 4 greetings by 3 connections, predicted 2, to 3 pods" in words
    assert (
        "three: 4 greetings by 3 connections, predicted 2, to 3 pods; no connection ended at more than 1 pod."
        in words
    )


def test_a_prediction_is_a_line_at_its_number() -> None:
    figure = plot_connections(two(), expected={"three": 2})
    dashed = [
        [line.get_ydata() for line in ax.get_lines() if line.get_linestyle() == "--"] for ax in figure.axes
    ]
    assert dashed == [[], [[2, 2]]]


def test_nothing_is_said_and_not_left_blank() -> None:
    (ax,) = plot_connections(parse_measured("")).axes
    assert "no greetings" in [text.get_text() for text in ax.texts]
