from __future__ import annotations

import time
from types import SimpleNamespace
from typing import cast

import pytest
from matplotlib.figure import Figure

from helpers.experiments import scaling
from helpers.lab.errors import LabError
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


def test_a_scale_up_waits_as_long_as_it_is_told_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    scaled_at: list[float] = []

    def patch(*_: object) -> None:
        scaled_at.append(now[0])
        raise LabError("far enough")

    lab = SimpleNamespace(
        namespace="n",
        objects=SimpleNamespace(select=lambda *_, **__: []),
        apps=SimpleNamespace(patch_namespaced_deployment_scale=patch),
    )
    for after in (0.0, 3.25):
        with pytest.raises(LabError, match="far enough"):
            scaling.scale(cast("Lab", lab), "demo", 4, after=after)
    assert scaled_at == [100.0, 103.25]
