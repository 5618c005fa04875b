"""What a client of ``exec`` or ``attach`` speaks to: a program beside a container's own, or that one."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from localcluster.node.catalogue import Command
from localcluster.node.process import DRAIN_SECONDS, Process, spawn
from localcluster.node.stdio import STDOUT, Stdio, read

# How many pieces of output wait for a client that is slower than its container; then it is left behind.
_WAITING = 256


class ExecError(Exception):
    """A program cannot be executed.

    Args:
        message: why, in the words of runc 1.1.
        advice: what to say beyond them.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message}: unknown" + (f"; {advice}" if advice else ""))


class Session(Protocol):
    """One client's conversation with a program.

    Attributes:
        stdio: the program's standard streams.
    """

    stdio: Stdio

    def outputs(self) -> dict[int, AsyncIterator[bytes]]:
        """What the program writes from now on, by stream."""

    async def wait(self) -> int:
        """Wait for the end of the program; the exit code that the client is told."""

    def close_input(self) -> None:
        """The client will write no more."""

    def end(self) -> None:
        """The client has gone."""


class Execution:
    """A program that runs beside the container's own; made by ``start``."""

    def __init__(self, child: asyncio.subprocess.Process, stdio: Stdio) -> None:
        self.stdio = stdio
        self._child = child
        self._over = asyncio.Event()
        self._looks: set[asyncio.Event] = set()

    @classmethod
    async def start(cls, command: Command, folder: Path, *, stdin: bool, tty: bool) -> "Execution":
        """Start a program in the folder of a container.

        Raises:
            OSError: it cannot be started.
        """
        stdio = Stdio(stdin=stdin, tty=tty, apart=True)
        return cls(await spawn(command, folder, stdio), stdio)

    def outputs(self) -> dict[int, AsyncIterator[bytes]]:
        """Its output, by stream; read no faster than the client takes it."""
        return {stream: self._read(descriptor) for stream, descriptor in self.stdio.outputs.items()}

    async def wait(self) -> int:
        """Wait for its end; 128 and the signal's number when a signal ended it."""
        status = await self._child.wait()
        self.kill()  # what it left behind in its group
        asyncio.get_running_loop().call_later(DRAIN_SECONDS, self._finish)
        return status if status >= 0 else 128 - status

    def close_input(self) -> None:
        """Let it read the end of its input."""
        self.stdio.close_input()

    def end(self) -> None:
        """Kill it if it runs, and release its streams."""
        if self._child.returncode is None:
            self.kill()
        self.stdio.close()

    def kill(self) -> None:
        """Kill it and its group, as a container's end does."""
        # PermissionError: only zombies are left of it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def _finish(self) -> None:
        """Wait no longer for output: a descendant that left the group may hold the streams for ever."""
        self._over.set()
        for look in self._looks:
            look.set()

    async def _read(self, descriptor: int) -> AsyncIterator[bytes]:
        while True:
            try:
                data = read(descriptor)
            except BlockingIOError:
                if self._over.is_set():
                    return
                await self._readable(descriptor)
                continue
            if not data:
                return
            yield data

    async def _readable(self, descriptor: int) -> None:
        loop, look = asyncio.get_running_loop(), asyncio.Event()
        self._looks.add(look)
        loop.add_reader(descriptor, look.set)
        try:
            await look.wait()
        finally:
            self._looks.discard(look)
            loop.remove_reader(descriptor)


class Attachment:
    """A client beside a container's own program, from this moment on.

    Args:
        process: the program.
        once: whether its input ends with the first client that writes to it (``stdinOnce``).
    """

    def __init__(self, process: Process, *, once: bool) -> None:
        self.stdio = process.stdio
        self._process = process
        self._once = once
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)
        self._is_lost = False
        process.listeners.add(self._take)

    def outputs(self) -> dict[int, AsyncIterator[bytes]]:
        """What it writes from now on; its standard error comes in one stream with its output."""
        return {STDOUT: self._read()}

    async def wait(self) -> int:
        """Wait for the end of its output; that is told as a success, whatever the exit code."""
        await self._process.drained()
        return 0

    def close_input(self) -> None:
        """Let it read the end of its input, where that is for one client only."""
        if self._once:
            self.stdio.close_input()

    def end(self) -> None:
        """Leave; the program runs on."""
        self._process.listeners.discard(self._take)

    def _take(self, data: bytes) -> None:
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self._is_lost = True
            self.end()

    async def _read(self) -> AsyncIterator[bytes]:
        while data := await self._queue.get():
            yield data
            if self._is_lost and self._queue.empty():
                raise ConnectionError("the client takes the output more slowly than it comes")
