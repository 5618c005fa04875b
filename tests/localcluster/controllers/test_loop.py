import asyncio
from collections.abc import Callable, Iterable

import pytest

from localcluster.controllers import loop
from localcluster.errors import Conflict
from localcluster.types import Change
from tests.localcluster.controllers.cluster import NAMESPACE, new_registry


class Recorder:
    """A controller that writes down its keys and does what the test says."""

    name = "recorder"
    kinds: tuple[str, ...] = ("ConfigMap",)

    def __init__(self, act: Callable[[loop.Key, int], float | None]) -> None:
        self.seen: list[loop.Key] = []
        self.enough = asyncio.Event()
        self._act = act

    def keys(self, change: Change) -> Iterable[loop.Key]:
        return [(change.record.name,)]

    def reconcile(self, key: loop.Key) -> float | None:
        self.seen.append(key)
        return self._act(key, len(self.seen))


def stale() -> Conflict:
    return Conflict("the object has been modified")


async def follow(recorder: Recorder) -> None:
    """Run a recorder over one ConfigMap until it has enough."""
    registry = new_registry()
    registry.create("ConfigMap", {"metadata": {"name": "a", "namespace": NAMESPACE}})
    running = asyncio.create_task(loop.run(registry, recorder))
    await recorder.enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_key_waits_only_once_and_in_order() -> None:
    queue = loop.Queue()
    for name in ("a", "b", "a"):
        queue.add((name,))
    queue.add(("c",))
    assert [await queue.get() for _ in range(3)] == [("a",), ("b",), ("c",)]


async def test_a_later_key_comes_when_it_is_due_and_only_once() -> None:
    queue = loop.Queue()
    queue.add_after(("late",), 60)
    queue.add_after(("late",), 0.01)
    queue.add_after(("early",), 60)
    queue.add(("early",))
    assert [await queue.get(), await queue.get()] == [("early",), ("late",)]
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(queue.get(), 0.02)
    queue.close()


async def test_a_key_that_comes_early_does_not_come_again_when_it_was_due() -> None:
    queue = loop.Queue()
    queue.add_after(("a",), 0.01)
    queue.add(("a",))
    assert await queue.get() == ("a",)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(queue.get(), 0.05)


async def test_what_exists_is_reconciled_and_again_after_the_time_it_asks_for() -> None:
    def act(_: loop.Key, times: int) -> float | None:
        if times == 3:
            recorder.enough.set()
        return 0.01 if times < 3 else None

    recorder = Recorder(act)
    await follow(recorder)
    assert recorder.seen == [("a",)] * 3


async def test_a_failed_key_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    def act(_: loop.Key, times: int) -> None:
        if times == 1:
            raise ValueError("broken")
        if times == 2:
            raise stale()
        recorder.enough.set()

    recorder = Recorder(act)
    await follow(recorder)
    assert len(recorder.seen) == 3
    assert "recorder: a failed" in caplog.text


def test_waits_longer_after_each_failure_but_not_after_the_first_conflicts() -> None:
    failures: list[Exception] = [stale()] * 6 + [ValueError()] * 20

    def act(_: loop.Key, times: int) -> float | None:
        if times <= len(failures):
            raise failures[times - 1]
        return 7.0

    attempts = loop.Attempts(Recorder(act))
    delays = [attempts.make(("a",)) for _ in range(len(failures) + 1)]
    assert delays[:6] == [0.0] * 5 + [0.05]
    assert delays[-2:] == [30.0, 7.0]
    waits = [delay for delay in delays[6:-1] if delay is not None]
    assert waits == sorted(waits)
