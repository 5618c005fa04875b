from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.observe.greetings import parse_greetings
from helpers.plots.timeline import plot_timeline
from tests.helpers.observe.test_stats import greetings
from tests.helpers.plots.test_distribution import words


def test_a_row_per_pod_that_answered_and_one_for_failures() -> None:
    ax = plot_timeline(greetings("acc", failed=2))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "c", "failed"]
    assert [np.size(line.get_xdata()) for line in ax.get_lines()] == [1, 2, 2]
    assert ax.get_lines()[-1].get_marker() == "x"


def test_a_pod_that_answered_nothing_keeps_its_row() -> None:
    ax = plot_timeline(greetings("aa", failed=1), pods=["demo-c", "demo-b", "demo-a"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c", "failed"]
    assert [(text.get_text(), text.get_position()[1]) for text in ax.texts] == [
        ("no greeting", 1),
        ("no greeting", 2),
    ]
    assert "No greeting: demo-b, demo-c." in words(ax)


def test_clients_lie_apart_within_a_row() -> None:
    ax = plot_timeline(
        pd.concat([greetings("a", client="c-1"), greetings("a", client="c-2")], ignore_index=True)
    )
    first, second = (float(np.asarray(line.get_ydata())[0]) for line in ax.get_lines())
    assert first < second
    assert "1, 2" in ax.get_title(loc="left")


def test_the_words_count_the_changes_of_pod() -> None:
    assert "client c: 4 greetings, 2 pods, 2 changes of pod." in words(plot_timeline(greetings("abba")))


def test_nothing_is_said() -> None:
    ax = plot_timeline(parse_greetings(""))
    assert [text.get_text() for text in ax.texts] == ["no greetings"]
