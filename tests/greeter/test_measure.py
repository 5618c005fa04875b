"""The lines that `--measure` adds to a client's log, and who the server says has asked."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

import pytest

from greeter import measure
from tests.greeter.conftest import Run, RunningServer

MEASURED = re.compile(
    r"\S+ \S+ Measured: (\d+\.\d{3}) ms, own work (\d+\.\d{3}) ms, "
    r"channel (\d+), connection (ipv4:127\.0\.0\.1:\d+|none)"
)
QUICK = ("--interval", "0", "--count", "4", "--measure")

Start = Callable[..., RunningServer]


def connections(log: str) -> list[tuple[str, str]]:
    """Number of the channel and end of the connection of each greeting."""
    return [(found[3], found[4]) for line in log.splitlines()[1::2] if (found := MEASURED.fullmatch(line))]


@pytest.mark.parametrize(
    ("channels", "different"), [((), 1), (("--channels", "2"), 2), (("--new-channel",), 4)]
)
def test_a_line_after_each_greeting_names_its_connection(
    start: Start, run: Run, channels: tuple[str, ...], different: int
) -> None:
    done = run("client", start("demo-1").address, *QUICK, *channels)
    assert all(" Greeting: " in line for line in done.stdout.splitlines()[::2])
    assert len(connections(done.stdout)) == 4
    assert len(set(connections(done.stdout))) == different
    assert {int(channel) for channel, _ in connections(done.stdout)} == set(range(1, different + 1))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_greeting_without_an_answer_has_no_connection(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    done = run("client", f"127.0.0.1:{port}", *QUICK)
    assert " Error: UNAVAILABLE: " in done.stdout.splitlines()[0]
    assert connections(done.stdout) == [("1", measure.NONE)] * 4


def test_the_line_has_three_numbers_and_says_when_there_is_no_connection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measure.write((1.23456, 0.5), 2, "")
    assert capsys.readouterr().out.endswith(
        " Measured: 1.235 ms, own work 0.500 ms, channel 2, connection none\n"
    )
