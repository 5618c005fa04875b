"""Streams that are kept open, cut and opened again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.greeter.conftest import Run, RunningServer, launch

Start = Callable[..., RunningServer]
LINE = re.compile(r'Greeting: "([^"]+)" says: Hello (stream-\d+)')
QUICK = ("--interval", "0.02")


def both(start: Start, *arguments: str) -> str:
    return "ipv4:" + ",".join(start(pod, *arguments).address for pod in ("demo-1", "demo-2"))


def test_each_stream_has_a_name_and_stays_with_its_pod(start: Start, run: Run) -> None:
    options = ("--streams", "6", "--count", "5", *QUICK, "--policy", "round_robin")
    done = run("stream", both(start), *options)
    found = Counter(LINE.findall(done.stdout))
    assert len(found) == 6
    assert set(found.values()) == {5}
    assert (done.returncode, done.stderr) == (0, "")


def test_streams_of_one_channel_are_given_out_in_turn(start: Start, run: Run) -> None:
    options = ("--streams", "6", "--count", "60", *QUICK, "--policy", "round_robin", "--one-channel")
    # The first picks may come before the second pod is connected.
    found = {stream: pod for pod, stream in LINE.findall(run("stream", both(start), *options).stdout)}
    assert len(found) == 6
    assert min(Counter(found.values()).values()) >= 2


def test_a_stream_that_is_opened_again_meets_other_pods(start: Start) -> None:
    options = ("--reopen", "0.1", *QUICK, "--policy", "round_robin")
    seen: set[str] = set()
    with launch("stream", both(start), *options) as asking:
        assert asking.stdout
        while len(seen) < 2:
            seen |= {pod for pod, _ in LINE.findall(asking.stdout.readline())}
        asking.terminate()
        asking.communicate()
    assert asking.returncode == 0


def test_a_stream_longer_than_age_and_grace_is_cut_and_says_why(start: Start, run: Run) -> None:
    ages = ("--max-connection-age", "0.2", "--max-connection-age-grace", "0.2")
    done = run("stream", start("demo-1", *ages).address, *QUICK)
    assert re.search(r"Error: UNAVAILABLE: .*max connection age.* \(stream-1\)\n$", done.stdout)


# One that is to be opened anew after a while too: its first try may come before its Service is there.
@pytest.mark.parametrize("more", [(), ("--reopen", "60")])
def test_a_stream_that_was_cut_is_opened_again_if_asked_for(start: Start, more: tuple[str, ...]) -> None:
    ages = ("--max-connection-age", "0.2", "--max-connection-age-grace", "0.2")
    with launch("stream", start("demo-1", *ages).address, *QUICK, "--again", *more) as asking:
        assert asking.stdout
        assert any("Error" in line for line in asking.stdout)
        assert "Greeting" in asking.stdout.readline()
        asking.terminate()
        asking.communicate()
    assert asking.returncode == 0
