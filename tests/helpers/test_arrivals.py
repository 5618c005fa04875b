from __future__ import annotations

import math
import time
from typing import cast

import pandas as pd
import pytest
from matplotlib.figure import Figure

from helpers import arrivals
from helpers.arrivals import Arrival, Records, parse_queries, seconds_to_new_pod
from helpers.lab import Lab
from helpers.logs import parse_greetings
from helpers.plots.arrivals import plot_arrival, shares_per_second
from helpers.plots.style import description

DAY = "2026-11-24T21:30:"
OWN = "2026/11/24 21:30:00"
# As grpcio 1.85.1 writes it with GRPC_VERBOSITY=debug GRPC_TRACE=cares_resolver, shortened.
TRACE = f"""\
{DAY}05.000000000Z I1124 21:30:05.1 12 ares_resolver.cc:696] resolver:0x7f OnHostbynameDoneLocked name=demo:50051 ARES_SUCCESS
{DAY}05.000000001Z I1124 21:30:05.1 12 ares_resolver.cc:737] resolver:0x7f c-ares resolver gets a AF_INET result:
{DAY}05.000000002Z   addr: 10.0.0.1
{DAY}05.000000003Z   port: 50051
{DAY}05.000000004Z   addr: 10.0.0.2
{DAY}05.000000005Z I1124 21:30:05.1 12 ares_resolver.cc:691] resolver:0x7f OnHostbynameDoneLocked: address lookup failed for demo
"""  # noqa: E501 - a line of the log is as long as it is


def log(*answers: tuple[int, str]) -> str:
    lines = [f'{DAY}{at:02d}.500000000Z {OWN} Greeting: "{pod}" says: Hello x' for at, pod in answers]
    return "".join(f"{line}\n" for line in lines)


def records() -> Records:
    texts = {"c1": log((1, "old"), (2, "old"), (4, "new"), (5, "new")), "c2": log((1, "old"), (5, "old"))}
    parts = [parse_greetings(text, "v", client, pods=["new", "old"]) for client, text in texts.items()]
    return Records(pd.concat(parts, ignore_index=True), parse_queries(TRACE, "v", "c1"))


ARRIVED = Arrival(("new",), pd.Timestamp(f"{DAY}03Z"))


def test_a_dns_answer_is_counted_once_with_its_addresses() -> None:
    found = parse_queries(TRACE, "v", "c")
    assert found["addresses"].tolist() == [2]
    assert found["time"].tolist() == [pd.Timestamp(f"{DAY}05Z")]
    assert parse_queries("", "v", "c").empty


def test_the_clock_stops_at_a_clients_first_greeting_from_a_new_pod() -> None:
    found = seconds_to_new_pod(records(), ARRIVED).set_index("client")["seconds"]
    assert found["c1"] == 1.5
    assert math.isnan(found["c2"])


def test_while_nobody_has_greeted_a_new_pod_nobody_has_a_time() -> None:
    found = seconds_to_new_pod(records(), Arrival(("newer",), ARRIVED.started))
    assert found["client"].tolist() == ["c1", "c2"]
    assert found["seconds"].isna().all()


def test_shares_are_of_each_second_and_the_last_is_not_over() -> None:
    shares = shares_per_second(records().greetings, ARRIVED.started, "v")
    assert shares.index.tolist() == [-2, -1, 1]
    assert shares.loc[1, "new"] == 1


@pytest.mark.parametrize(("new", "frames"), [(["new", "old"], 3), (["new"], 8)])
def test_a_growing_chart_ends_a_moment_after_everybody_has_greeted_a_new_pod(
    new: list[str], frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(arrivals, "read_records", lambda *_: records())
    drawn: list[Records] = []

    def draw(found: Records, arrived: Arrival) -> Figure:
        drawn.append(found)
        return plot_arrival(found, arrived)

    arrived = Arrival(tuple(new), ARRIVED.started)
    arrivals.watch_arrival(cast("Lab", None), ["v"], arrived, draw, seconds=8)
    assert len(drawn) == frames


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
