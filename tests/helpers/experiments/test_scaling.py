from __future__ import annotations

import time
from typing import cast

import pytest
from matplotlib.figure import Figure

from helpers.experiments import scaling
from helpers.lab.lab import Lab
from helpers.observe.arrivals import Arrival, Records
from helpers.plots.arrivals import plot_arrival
from tests.helpers.observe.test_arrivals import ARRIVED, records


@pytest.mark.parametrize(("new", "frames"), [(["new", "old"], 3), (["new"], 8)])
def test_a_growing_chart_ends_a_moment_after_everybody_has_greeted_a_new_pod(
    new: list[str], frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(scaling, "read_records", lambda *_: records())
    drawn: list[Records] = []

    def draw(found: Records, arrived: Arrival) -> Figure:
        drawn.append(found)
        return plot_arrival(found, arrived)

    arrived = Arrival(tuple(new), ARRIVED.started)
    scaling.watch_arrival(cast("Lab", None), ["v"], arrived, draw, seconds=8)
    assert len(drawn) == frames
