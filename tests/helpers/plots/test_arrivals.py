from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from helpers.observe.arrivals import Records
from helpers.observe.greetings import parse_greetings
from helpers.plots.arrivals import plot_arrival, shares_per_second
from helpers.plots.style import description
from tests.helpers.observe.test_arrivals import ARRIVED, log, records


def test_shares_are_of_each_second_and_the_last_is_not_over() -> None:
    shares = shares_per_second(records().greetings, ARRIVED.started, "v")
    assert shares.index.tolist() == [-2, -1, 1]
    assert shares.loc[1, "new"] == 1


def test_no_row_ends_outside_the_chart() -> None:
    both = records()
    late = parse_greetings(log((9, "old"), (10, "old")), "w", "c3", pods=["new", "old"])
    joined = Records(pd.concat([both.greetings, late], ignore_index=True), both.queries.assign(variant="w"))
    axes = plot_arrival(joined, ARRIVED).axes
    assert [ax.get_xlim()[0] for ax in axes] == [-6, -6]
    assert min(ax.get_xlim()[1] for ax in axes) >= 7


def test_the_chart_says_in_words_what_it_shows() -> None:
    figure = plot_arrival(records(), ARRIVED, names={"v": "round_robin"})
    assert isinstance(figure, Figure)
    assert "DNS answer" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert "round_robin: the new pods got 2 of 3 greetings since; 1 DNS answer marked." in description(figure)


def test_without_dns_there_is_no_mark_to_explain() -> None:
    silent = Records(records().greetings, records().queries.iloc[:0])
    (legend,) = plot_arrival(silent, ARRIVED).legends
    assert [text.get_text() for text in legend.get_texts()] == ["old", "new (new)"]
