"""One run of a program: a process group of its own, its output in a log, an end that is certain."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from localcluster.host import launcher
from localcluster.lifecycle import home
from localcluster.node.catalogue import Command
from localcluster.node.logs import LogFile
from localcluster.node.stdio import Stdio, read

# A grandchild that left the process group may hold the pipe; what it writes later is of no interest.
DRAIN_SECONDS = 0.5
# What a preStop hook that takes all of the grace period leaves to the program: minimumGracePeriodInSeconds
# of k8s.io/kubernetes/pkg/kubelet/kuberuntime.
LEAST_GRACE = 2.0
_BASE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}


class Process:
    """A program that runs; made by ``start``.

    Attributes:
        stdio: its standard streams.
        listeners: are told what it writes, and at the end nothing (``b""``).
    """

    def __init__(self, child: asyncio.subprocess.Process, stdio: Stdio, log: LogFile) -> None:
        self.stdio = stdio
        self.listeners: set[Callable[[bytes], None]] = set()
        self._child = child
        self._open = set(stdio.outputs.values())
        self._log = log
        self._drained = asyncio.Event()
        self._term: asyncio.TimerHandle | None = None
        self._kill: asyncio.TimerHandle | None = None
        for descriptor in self._open:
            asyncio.get_running_loop().add_reader(descriptor, self._copy, descriptor)

    @classmethod
    async def start(
        cls,
        command: Command,
        folder: Path,
        log: LogFile,
        *,
        stdin: bool = False,
        tty: bool = False,
        apart: bool = False,
    ) -> "Process":
        """Start a program in ``folder``, which is emptied: a new container has a new file system.

        Args:
            command: what to start.
            folder: where.
            log: takes the output.
            stdin: whether its input can be written to.
            tty: whether it gets a terminal.
            apart: whether its standard error has a pipe of its own, as from a container runtime; else its
                lines and those of its standard output keep their order.

        Raises:
            OSError: it cannot be started.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        for name, text in command.files.items():
            home.write_private(folder / name, text)
        stdio = Stdio(stdin=stdin, tty=tty, apart=apart)
        return cls(await spawn(command, folder, stdio), stdio, log)

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._child.pid

    @property
    def last_words(self) -> str:
        """The end of its output."""
        return self._log.last_words()

    async def wait(self) -> int:
        """Wait for its end and for all of its output.

        Returns:
            The exit code; 128 and the signal's number when a signal ended it, as container runtimes say.
        """
        status = await self._child.wait()
        for timer in filter(None, (self._term, self._kill)):
            timer.cancel()
        self._signal(signal.SIGKILL)  # what it left behind in its group
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._drained.wait()
        self._hang_up()
        self._log.close()
        return status if status >= 0 else 128 - status

    async def drained(self) -> None:
        """Wait for the end of its output."""
        await self._drained.wait()

    def end(self, grace: float, pause: float = 0.0) -> None:
        """Tell it to end and kill it after ``grace`` seconds; a second call may only shorten them.

        Args:
            grace: seconds from now until it is killed.
            pause: seconds of the grace that pass before it is told, its ``preStop: sleep``. As the kubelet
                does, it gets two seconds to end even when the pause leaves less of its grace.
        """
        loop = asyncio.get_running_loop()
        if grace <= 0:
            self._signal(signal.SIGKILL)
        elif self._kill is None:
            pause = min(pause, grace)
            if pause:
                self._term = loop.call_later(pause, self._signal, signal.SIGTERM)
                grace = max(grace, pause + LEAST_GRACE)
            else:
                self._signal(signal.SIGTERM)
            self._kill = loop.call_later(grace, self._signal, signal.SIGKILL)
        elif loop.time() + grace < self._kill.when():
            self._kill.cancel()
            self._kill = loop.call_later(grace, self._signal, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # Process numbers are handed out in turn, so a group's is not another's in the moment after its end.
        # PermissionError: only zombies are left in it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)

    def _copy(self, descriptor: int) -> None:
        try:
            data = read(descriptor)
        except BlockingIOError:
            return
        if data:
            self._log.write(data, descriptor)
            self._tell(data)
            return
        asyncio.get_running_loop().remove_reader(descriptor)
        self._open.discard(descriptor)
        if not self._open:
            self._hang_up()

    def _tell(self, data: bytes) -> None:
        for listener in list(self.listeners):
            listener(data)

    def _hang_up(self) -> None:
        if not self._drained.is_set():
            self._drained.set()
            for descriptor in self._open:
                asyncio.get_running_loop().remove_reader(descriptor)
            self.stdio.close()
            self._tell(b"")


async def spawn(command: Command, folder: Path, stdio: Stdio) -> asyncio.subprocess.Process:
    """Start a program in a session of its own; it ends when this process does.

    Nothing is inherited but the command's environment and its standard streams.

    Raises:
        OSError: it cannot be started; the streams are closed then.
    """
    terminal = {"TERM": "xterm"} if stdio.tty else {}  # as container runtimes do
    try:
        return await asyncio.create_subprocess_exec(
            *launcher.command(command.parting, list(command.argv)),
            stdin=stdio.given[0],
            stdout=stdio.given[1],
            stderr=stdio.given[2],
            cwd=folder,
            env={**_BASE, **terminal, "HOME": str(folder), **command.environment},
            start_new_session=True,
            umask=0o077,
        )
    except BaseException:
        stdio.close()
        raise
    finally:
        stdio.hand_over()
