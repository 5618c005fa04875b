"""Programs that are kept running: restarted when they die, ended with their children, their words kept."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from localcluster.host import processes, programs
from tests.patience import PATIENCE, eventually, until

# It is up when it has spoken: a test may kill it from then on.
WAIT = "import sys, time; print('hello', flush=True); open('up', 'a').write('x'); time.sleep(3600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAIT


def program(folder: Path, script: str, **more: float) -> programs.Program:
    async def is_ready() -> bool:
        return (folder / "up").exists()

    argv = [sys.executable, "-c", script]
    found = programs.Program("sample", argv, folder, is_ready)
    for name, value in more.items():
        setattr(found, name, value)
    return found


@contextlib.asynccontextmanager
async def running(found: programs.Program) -> AsyncIterator[None]:
    await found.launch()
    try:
        await found.ready(PATIENCE)
        yield
    finally:
        await found.stop()


async def test_a_program_that_dies_is_started_again_and_leaves_nothing(tmp_path: Path) -> None:
    found = program(tmp_path, WAIT)
    async with running(found):
        first = found.pid
        recorded = processes.recorded(tmp_path / "sample.process")
        assert recorded is not None
        assert recorded.pid == first
        found.signal(programs.KILL)
        await eventually(lambda: found.pid not in (None, first))
    assert found.pid is None
    assert not (tmp_path / "sample.process").exists()
    assert "hello" in (tmp_path / "sample.log").read_text()


async def test_who_ignores_term_is_killed(tmp_path: Path) -> None:
    found = program(tmp_path, STUBBORN, grace=0.2)
    pids: list[processes.Process | None] = []
    async with running(found):
        assert found.pid is not None
        pids.append(processes.identify(found.pid))
    assert pids[0] is not None
    assert not pids[0].alive()


async def test_children_that_outlive_it_are_ended_too(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)']); "
    )
    found = program(tmp_path, script + WAIT)
    family: list[processes.Process] = []
    async with running(found):
        leader = processes.recorded(tmp_path / "sample.process")
        assert leader is not None
        await eventually(lambda: len(list(processes.family(leader))) == 2)
        family.extend(processes.family(leader))
    until(lambda: not any(member.alive() for member in family))


async def test_a_program_that_does_not_start_says_its_last_words(tmp_path: Path) -> None:
    found = program(tmp_path, "raise SystemExit('no such option')")
    with pytest.raises(programs.ProgramError, match=r"sample ended at its start: .*no such option"):
        async with running(found):
            pytest.fail("it is not ready")


async def test_nothing_of_the_callers_environment_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    script = "import os; print(sorted(os.environ), flush=True); " + WAIT
    found = program(tmp_path, script)
    async with running(found):
        await eventually(lambda: "PATH" in (tmp_path / "sample.log").read_text())
    assert "SECRET" in os.environ
    assert "SECRET" not in (tmp_path / "sample.log").read_text()


def test_a_log_is_bounded(tmp_path: Path) -> None:
    log = programs.BoundedLog(tmp_path / "log", limit=100)
    for number in range(40):
        log.write(f"line {number}\n".encode())
    log.close()
    log.write(b"after the end\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 200
    assert (tmp_path / "log").read_text().endswith("line 39\n")
    assert log.last_words().endswith("line 38 | line 39")
