"""Greeters as a pod runs them: programs of their own, told by arguments and environment."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import grpc
import pytest

from tests.patience import PATIENCE

# Warnings are errors in the programs too.
COMMAND = (sys.executable, "-W", "error", "-m", "greeter")

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class RunningServer:
    """A server and where it listens."""

    process: subprocess.Popen[str]
    address: str

    def end(self) -> tuple[int, str]:
        """Wait until it ends by itself; its exit code and the rest of its log."""
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest


def launch(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command of the greeter; what it says on both streams is its log."""
    return subprocess.Popen(  # noqa: S603 - the greeter
        [*COMMAND, *arguments],
        env=dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def run() -> Run:
    """Run a command of the greeter to its end."""

    def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - the greeter
            [*COMMAND, *arguments],
            env=dict(env or {}),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., RunningServer]]:
    """Start servers on free ports; they end with the test."""
    with contextlib.ExitStack() as stack:

        def start(pod: str, *arguments: str) -> RunningServer:
            env = {"GREETER_ADDRESS": "127.0.0.1:0", "HOSTNAME": pod}
            process = stack.enter_context(launch("server", *arguments, env=env))
            stack.callback(process.kill)
            assert process.stdout
            first = process.stdout.readline()
            assert " listening on " in first
            return RunningServer(process, first.split()[-1])

        yield start


@pytest.fixture
def dial() -> Iterator[Callable[[str], grpc.Channel]]:
    """Open channels that close with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda address: stack.enter_context(grpc.insecure_channel(address))
