"""Processes told apart for certain: a pid alone may belong to someone else by now.

Standard library only: ``lifecycle`` imports this in the user's notebook.
"""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process and when it began (clock ticks since boot, field 22 of /proc/PID/stat)."""

    pid: int
    started: int
    cwd: str = ""

    def alive(self) -> bool:
        """Tell whether this very process runs; a zombie does not."""
        return started_at(self.pid) == self.started

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, unless the process is gone."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def identify(pid: int) -> Process | None:
    """Describe a running process of this user; None when there is none."""
    started = started_at(pid)
    return None if started is None else Process(pid, started, _cwd(pid))


def started_at(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; None when it is gone or a zombie."""
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] not in "ZX" else None


def _stat(pid: int) -> list[str]:
    # By a path within /proc: where a program names its own file in full, QEMU makes up another start.
    try:
        folder = os.open(PROC, os.O_RDONLY)
        try:
            with os.fdopen(os.open(f"{pid}/stat", os.O_RDONLY, dir_fd=folder)) as stream:
                text = stream.read()
        finally:
            os.close(folder)
    except OSError:
        return []
    # The second field is the name in brackets and may hold anything, blanks and brackets included.
    return text.rpartition(")")[2].split()


def _cwd(pid: int) -> str:
    try:
        return str((PROC / str(pid) / "cwd").readlink())
    except OSError:
        return ""


def record(path: Path, process: Process) -> None:
    """Write down a process, for whoever cleans up after this one."""
    path.write_text(json.dumps(asdict(process)))


def recorded(path: Path) -> Process | None:
    """Read what ``record`` wrote; None when there is nothing of use."""
    try:
        found = json.loads(path.read_text())
        return Process(int(found["pid"]), int(found["started"]), str(found["cwd"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def family(leader: Process) -> Iterator[Process]:
    """Find the processes of a session that the recorded leader began, itself included.

    nginx's workers outlive a master that was killed. They are in the session their master led; its number
    may be in use again once all of them are gone, so they must also sit in the folder the master sat in.
    """
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        fields = _stat(int(entry.name))
        if not fields or int(fields[3]) != leader.pid:
            continue
        member = identify(int(entry.name))
        if member and member.started >= leader.started and member.cwd == leader.cwd:
            yield member
