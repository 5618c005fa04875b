"""The wall clock is stepped: what runs goes on, and nothing waits for the clock to catch up."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from localcluster.controllers import pods
from localcluster.node import probes
from localcluster.objects import clock
from tests.localcluster.node.lab import Lab, container, pod

HOUR = timedelta(hours=1)
TALK = "import time\nfor n in range(40): print('line', n, flush=True); time.sleep(0.01)\ntime.sleep(3600)"


@pytest.mark.parametrize("step", [-HOUR, HOUR], ids=["back", "forward"])
async def test_a_log_loses_no_line_and_its_pod_ends(
    step: timedelta, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.create(pod("demo", container(TALK)))
    await lab.says("line 5")
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + int(step.total_seconds() * 1e9))
    said = await lab.says("line 39")
    assert said.split("\n") == [f"line {n}" for n in range(40)] + [""]
    lab.delete(grace=1)
    await lab.gone()


async def test_probes_keep_to_a_clock_that_cannot_be_stepped() -> None:
    assert probes.Clock(1.0, asyncio.get_running_loop().time).begun <= time.monotonic()


@pytest.mark.parametrize(("ago", "left"), [(timedelta(seconds=4), 6), (HOUR, 0), (-HOUR, 0)])
def test_a_pod_that_got_ready_in_the_future_is_available(ago: timedelta, left: int) -> None:
    since = (clock.parse(clock.now()) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready: dict[str, Any] = {"type": "Ready", "status": "True", "lastTransitionTime": since}
    found = pods.seconds_to_available({"status": {"conditions": [ready]}}, 10)
    assert found is not None
    assert left - 1 <= found <= left
