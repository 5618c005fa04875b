from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from helpers.report import kernel
from helpers.report.runner import Outcome, run_notebook
from tests.helpers.report.conftest import Write, code, prose
from tests.patience import PATIENCE, eventually


def run(path: Path, told: dict[str, str], timeout: float = PATIENCE) -> Outcome:
    return asyncio.run(run_notebook(path, told, timeout=timeout))


def text_of(outcome: Outcome, cell: int) -> str:
    return "".join(str(part.get("text", "")) for part in outcome.notebook.cells[cell].outputs)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_runs_in_this_interpreter_beside_the_notebook(write: Write, told: dict[str, str]) -> None:
    path = write("one", prose("# One"), code("import sys, os\nprint(sys.executable, os.getcwd())"))
    outcome = run(path, told)
    assert outcome.failure is None
    assert text_of(outcome, 1).split() == [sys.executable, str(path.parent)]
    assert outcome.seconds > 0


def test_names_the_failing_cell_and_stops_there(write: Write, told: dict[str, str]) -> None:
    path = write("two", prose("# Two"), code("a = 1"), code("\nb = a\nb / 0"), code("print('after')"))
    outcome = run(path, told)
    failure = outcome.failure
    assert failure is not None
    assert (failure.notebook, failure.cell, failure.prompt) == ("two", 3, 2)
    assert (failure.first_line, failure.error) == ("b = a", "ZeroDivisionError: division by zero")
    assert not outcome.notebook.cells[3].outputs
    for part in ("two", "cell 3", "In [2]", "b = a", "ZeroDivisionError"):
        assert part in str(failure)


def test_a_cluster_that_lacks_something_skips_the_rest(write: Write, told: dict[str, str]) -> None:
    lacks = "from helpers.lab.errors import MissingError\nraise MissingError('There is no <Gateway>.')"
    outcome = run(write("lacks", code("a = 1"), code(lacks), code("print('after')")), told)
    assert outcome.failure is None
    assert outcome.skipped is not None
    assert (outcome.skipped.cell, outcome.skipped.error) == (2, "There is no <Gateway>.")
    assert outcome.word == "skipped"
    assert not outcome.notebook.cells[2].outputs


def test_an_expected_error_is_no_failure(write: Write, told: dict[str, str]) -> None:
    path = write("three", code("1 / 0", "raises-exception"), code("print('after')"))
    outcome = run(path, told)
    assert outcome.failure is None
    assert text_of(outcome, 1) == "after\n"


def test_an_overdue_cell_fails_with_its_limit_and_its_kernel_ends(write: Write, told: dict[str, str]) -> None:
    path = write("slow", code("import os, time\nprint(os.getpid(), flush=True)"), code("time.sleep(3600)"))
    outcome = run(path, told, timeout=5)
    assert outcome.failure is not None
    assert outcome.failure.cell == 2
    assert "5 s" in outcome.failure.error
    assert outcome.notebook.cells[1].outputs[-1].output_type == "error"
    assert not alive(int(text_of(outcome, 0)))


def test_a_dead_kernel_is_a_failure(write: Write, told: dict[str, str]) -> None:
    outcome = run(write("dead", code("import os\nos._exit(3)")), told)
    assert outcome.failure is not None
    assert outcome.failure.cell == 1
    assert "kernel died" in outcome.failure.error


def test_cancelling_ends_the_kernel(write: Write, told: dict[str, str], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    path = write(
        "long", code(f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))"),
        code("time.sleep(3600)"),
    )  # fmt: skip

    async def start_and_cancel() -> None:
        task = asyncio.create_task(run_notebook(path, told))
        await eventually(lambda: note.exists() and note.read_text())
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(start_and_cancel())
    assert not alive(int(note.read_text()))


def test_start_up_files_of_the_user_do_not_run(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "home" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("surprise = 1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    scratch = tmp_path / "scratch"
    told = kernel.environment(scratch, {"LAB_PACE": "20"})
    path = write(
        "clean",
        code("import os\nprint('surprise' in globals(), os.environ['MPLBACKEND'], os.environ['LAB_PACE'])"),
    )
    assert text_of(run(path, told), 0).split() == ["False", "module://matplotlib_inline.backend_inline", "20"]
