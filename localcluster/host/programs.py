"""A program the cluster depends on (Envoy, nginx), kept running.

It is started through the launcher, so it ends when the daemon ends; in a session of its own, so a Ctrl-C in
the terminal that started the cluster does not reach it, and so that what it leaves behind can be found.
"""

import asyncio
import contextlib
import logging
import os
import shlex
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localcluster.host import launcher, processes

log = logging.getLogger(__name__)

READY_SECONDS = 120.0  # Envoy is 100 MB: on a cold disk reading it takes most of a start
FIRST_DELAY = 0.1  # seconds before a program that died is started again; doubles from death to death
LONGEST_DELAY = 10.0
SETTLED = 10.0  # a run this long ends a series of deaths
POLL = 0.01

RELOAD = signal.SIGHUP
KILL = signal.SIGKILL


class ProgramError(Exception):
    """A program is missing or does not start; one sentence, with the program's last words."""


def install(wheel: str) -> str:
    """Return the command that gives a program's wheel to the Python that runs this."""
    return shlex.join([sys.executable, "-m", "pip", "install", wheel])


class Listener(Protocol):
    """Who wants to know what becomes of a program."""

    def started(self) -> None:
        """It was started again after it had ended."""

    def wrote(self, data: bytes) -> None:
        """It wrote this to stdout or stderr."""

    def ended(self, status: int) -> None:
        """It ended by itself with this status (negative: the signal); it will be started again."""


class BoundedLog:
    """A log file that becomes ``NAME.1`` when it is full: two files at most, ``limit`` bytes each."""

    def __init__(self, path: Path, limit: int = 4 << 20) -> None:
        """Append to a file of at most ``limit`` bytes."""
        self.path = path
        self._limit = limit
        self._stream = path.open("ab")
        self._last: deque[str] = deque(maxlen=5)

    def write(self, data: bytes) -> None:
        """Append, moving the full file aside first; last words after ``close`` are lost."""
        if self._stream.closed:
            return
        self._last.extend(line for line in data.decode("utf-8", "replace").splitlines() if line.strip())
        if self._stream.tell() + len(data) > self._limit:
            self._stream.close()
            self.path.replace(self.path.with_name(self.path.name + ".1"))
            self._stream = self.path.open("ab")
        self._stream.write(data)
        self._stream.flush()

    def last_words(self) -> str:
        """The last lines, as one."""
        return " | ".join(self._last)[-600:]

    def close(self) -> None:
        """Release the file."""
        self._stream.close()


@dataclass(slots=True)
class Program:
    """One supervised program.

    Args:
        name: how messages call it.
        argv: the command line; ``argv[0]`` is a path.
        folder: its working directory; its pid is recorded there and its log written.
        is_ready: asked again and again until it says yes.
        environment: all of its environment; nothing is inherited.
        grace: seconds between TERM and KILL when it is stopped.

    Attributes:
        listeners: are told what it writes, and when it ends and is started again.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    is_ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 2.0
    output: BoundedLog = field(init=False)
    listeners: list[Listener] = field(init=False, default_factory=list)
    _process: asyncio.subprocess.Process | None = field(init=False, default=None)
    _tasks: list[asyncio.Task[None]] = field(init=False, default_factory=list)
    _stopping: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Open the log."""
        self.output = BoundedLog(self.folder / f"{self.name}.log")

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and running else None

    async def launch(self) -> None:
        """Start it without waiting for it."""
        await self._spawn()

    async def ready(self, within: float = READY_SECONDS) -> None:
        """Wait until a launched program is ready, and keep it running from then on.

        Args:
            within: seconds it may take.

        Raises:
            ProgramError: it ended, or was not ready in time.
        """
        await self._wait_ready(within)
        self._tasks.append(asyncio.create_task(self._supervise(), name=f"supervise {self.name}"))

    async def stop(self) -> None:
        """End it: TERM, then KILL after the grace period; its children too."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end()
        self.output.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program if it runs."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _spawn(self) -> None:
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.folder)}
        # A pipe of our own: asyncio's would keep wait() waiting for workers that outlive their master.
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *launcher.command(signal.SIGTERM, list(self.argv)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                cwd=self.folder,
                env=environment | dict(self.environment),
                start_new_session=True,
            )
        finally:
            os.close(writing)
            asyncio.get_running_loop().add_reader(reading, self._copy, reading)
        if found := processes.identify(self._process.pid):
            processes.record(self.folder / f"{self.name}.process", found)

    def _copy(self, reading: int) -> None:
        try:
            data = os.read(reading, 65536)
        except BlockingIOError:
            return
        if data:
            self.output.write(data)
            for listener in self.listeners:
                listener.wrote(data)
        else:
            asyncio.get_running_loop().remove_reader(reading)
            os.close(reading)

    async def _wait_ready(self, within: float) -> None:
        deadline = time.monotonic() + within
        while not await self.is_ready():
            if self.pid is None:
                raise ProgramError(
                    f"{self.name} ended at its start: {self.output.last_words() or 'no output'}"
                )
            if time.monotonic() > deadline:
                raise ProgramError(f"{self.name} was not ready in {within:g} s: {self.output.last_words()}")
            await asyncio.sleep(POLL)

    async def _supervise(self) -> None:
        delay = FIRST_DELAY
        while self._process and not self._stopping:
            begun = time.monotonic()
            status = await self._process.wait()
            self._sweep()
            delay = FIRST_DELAY if time.monotonic() - begun > SETTLED else delay
            log.warning("%s ended with status %s; starting it again in %.1f s", self.name, status, delay)
            for listener in self.listeners:
                listener.ended(status)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)
            await self._spawn()
            for listener in self.listeners:
                listener.started()

    async def _end(self) -> None:
        if self._process is None:
            return
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(self.grace):
                await self._process.wait()
        except TimeoutError:
            log.warning("%s did not end in %g s and is killed", self.name, self.grace)
        self._sweep()
        await self._process.wait()
        (self.folder / f"{self.name}.process").unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Kill what is left of the program's session: workers outlive a master that was killed."""
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def use_pidfds() -> None:
    """Let the loop wait for children by pidfd; Python 3.11 would start a thread for each of them."""
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
