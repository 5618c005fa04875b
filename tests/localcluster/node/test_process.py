"""One run of a program: its output, its exit code, its end."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from localcluster.node.catalogue import Command
from localcluster.node.logs import LogFile
from localcluster.node.process import Process
from tests.localcluster.node.lab import alive
from tests.patience import eventually


def run(
    folder: Path,
    script: str,
    *,
    then: Callable[[Process], Awaitable[None]] | None = None,
    separate: bool = False,
) -> tuple[int, list[str]]:
    """Run a script to its end; its exit code and what it said."""
    path = folder / "0.log"
    command = Command([sys.executable, "-I", "-S", "-u", "-c", script], {}, {"given.txt": "given"})

    async def live() -> int:
        process = await Process.start(command, folder / "work", LogFile(path), apart=separate)
        if then:
            await then(process)
        return await process.wait()

    code = asyncio.run(live())
    return code, [line[33:] for line in path.read_text().splitlines()]


def test_output_and_errors_keep_their_order(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(3): print('out', n); print('err', n, file=sys.stderr)"
    code, said = run(tmp_path, script)
    assert code == 0
    assert said == ["out 0", "err 0", "out 1", "err 1", "out 2", "err 2"]


@pytest.mark.parametrize(
    ("separate", "lines"),
    [(False, ["halfwhole", " done"]), (True, ["half done", "whole"])],
)
def test_pipes_of_their_own_keep_lines_apart(tmp_path: Path, *, separate: bool, lines: list[str]) -> None:
    script = "import sys\nfor to, text in ((1, 'half'), (2, 'whole\\n'), (1, ' done\\n')):\n"
    script += " print(text, end='', file=sys.stdout if to == 1 else sys.stderr)"
    code, said = run(tmp_path, script, separate=separate)
    assert code == 0
    assert sorted(said) == sorted(lines)


def test_it_begins_in_an_empty_private_folder(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "left-over").touch()
    look = "import os; print(os.listdir(), end=' '); open('own', 'w').close()"
    script = f"{look}; print(oct(os.stat('own').st_mode), os.getcwd())"
    _, (said,) = run(tmp_path, script)
    assert said.startswith("['given.txt'] 0o100600 ")
    assert said.endswith(str(tmp_path / "work"))


def test_nothing_of_this_process_is_inherited(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        # The fourth descriptor is the one the folder is listed with; LC_CTYPE is Python's own (PEP 538).
        look = "import os; print(sorted(map(int, os.listdir('/proc/self/fd'))), os.getsid(0) == os.getpid()"
        script = look + ", sorted(set(os.environ) - {'LC_CTYPE'}))"
        _, (said,) = run(tmp_path, script)
    finally:
        os.close(reading)
        os.close(writing)
    assert said == "[0, 1, 2, 3] True ['HOME', 'LANG', 'PATH', 'TZ']"


HEARD = "import signal, time; signal.signal(15, lambda *_: print('term')); print('up', flush=True); "


def test_a_kill_ends_who_is_within_its_pause(tmp_path: Path) -> None:
    async def end(process: Process) -> None:
        await eventually((tmp_path / "0.log").read_text)
        process.end(600, pause=600)
        process.end(0.05)

    assert run(tmp_path, HEARD + "time.sleep(3600)", then=end) == (137, ["up"])


def test_a_descendant_that_left_the_group_does_not_hold_the_log(tmp_path: Path) -> None:
    # The child says that it has left before its parent ends: with the parent the rest of the group is killed.
    script = (
        "import os, time\nleft, leaving = os.pipe()\nchild = os.fork()\n"
        "if not child: os.setsid(); os.write(leaving, b'.'); time.sleep(3600)\n"
        "os.read(left, 1)\nprint(child)"
    )
    code, (said,) = run(tmp_path, script)
    assert code == 0
    assert alive(said)
    os.kill(int(said), 9)


def test_a_program_that_does_not_exist_says_so(tmp_path: Path) -> None:
    async def live() -> int:
        log = LogFile(tmp_path / "0.log")
        process = await Process.start(Command(["/no/such/program"], {}), tmp_path / "work", log)
        return await process.wait()

    assert asyncio.run(live()) == 127
    assert "/no/such/program cannot be started" in (tmp_path / "0.log").read_text()
