"""Greetings that overlap, and who is to blame when they begin late."""

from __future__ import annotations

import re
import statistics
import threading
from collections.abc import Callable
from typing import Any

from greeter.pacing import EVERY_SECONDS, Keeper, Pace, next_due
from greeter.v1.greeter_pb2 import HelloReply, HelloRequest
from tests.greeter.conftest import Run, RunningServer
from tests.greeter.test_client import Witness, serving
from tests.patience import PATIENCE

Start = Callable[..., RunningServer]
PACE = re.compile(r"Pace: (\d+) begun, (\d+) of them late, the latest by [\d.]+ ms, (\d+) held back")


def told(words: str | None) -> tuple[int, ...]:
    assert words
    found = PACE.fullmatch(words)
    assert found
    return tuple(int(number) for number in found.groups())


def test_the_pace_does_not_drift() -> None:
    assert next_due(10.0, 1.0, now=10.3) == 11.0


def test_a_late_greeting_is_not_made_up_for() -> None:
    assert next_due(10.0, 1.0, now=14.5) == 14.5


def test_intervals_vary_by_their_share_and_not_on_average() -> None:
    pace = Pace(interval=0.1, jitter=0.5)
    steps = [pace.step() for _ in range(2000)]
    assert min(steps) >= 0.05
    assert max(steps) <= 0.15
    assert statistics.stdev(steps) > 0.02
    assert 0.0935 < statistics.mean(steps) < 0.1065  # ten standard errors


def test_intervals_do_not_vary_unless_asked() -> None:
    assert {Pace(interval=0.1).step() for _ in range(10)} == {0.1}


def test_a_second_in_which_all_began_in_time() -> None:
    keeper = Keeper(0.5, 0.0)
    assert keeper.begun(0.0, 0.0) is None
    assert keeper.begun(0.5, 0.5) is None
    assert told(keeper.begun(EVERY_SECONDS, 1.0)) == (3, 0, 0)


def test_late_is_more_than_an_interval_after_it_was_due() -> None:
    keeper = Keeper(0.1, 0.0)
    keeper.begun(0.29, 0.2)
    keeper.begun(0.41, 0.3)
    words = keeper.begun(1.2, 1.0)
    assert told(words) == (3, 2, 0)
    assert words
    assert "by 200.0 ms" in words


def test_a_greeting_that_was_held_back_is_not_late() -> None:
    keeper = Keeper(0.1, 0.0)
    assert told(keeper.begun(2.0, None)) == (1, 0, 1)


def test_each_second_is_counted_anew() -> None:
    keeper = Keeper(0.1, 0.0)
    assert told(keeper.begun(1.0, None)) == (1, 0, 1)
    assert keeper.begun(1.5, 1.5) is None
    assert told(keeper.begun(2.0, 2.0)) == (2, 0, 0)


class Together(Witness):
    """Answers no greeting before six of them have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = threading.Barrier(6, timeout=PATIENCE)

    def SayHello(self, request: HelloRequest, context: Any) -> HelloReply:  # noqa: N802 - the proto's
        self.arrived.wait()
        return super().SayHello(request, context)


def test_greetings_overlap_as_far_as_they_may(run: Run) -> None:
    with serving(Together()) as address:
        pace = ("--count", "6", "--interval", "0.01", "--parallel", "6", "--deadline", str(PATIENCE))
        done = run("client", address, *pace)
    assert done.stdout.count("Greeting: ") == 6


def test_a_slow_server_holds_greetings_back(start: Start, run: Run) -> None:
    address = start("demo-1", "--work", "0.3").address
    options = ("--count", "8", "--interval", "0.1", "--parallel", "1", "--report-pace")
    found = PACE.findall(run("client", address, *options).stdout)
    assert found
    assert all(int(held) for _, _, held in found)


def test_nothing_is_reported_unless_asked_for(start: Start, run: Run) -> None:
    done = run("client", start("demo-1").address, "--count", "30", "--interval", "0.05")
    assert "Pace" not in done.stdout
