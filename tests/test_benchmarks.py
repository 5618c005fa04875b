"""Which waits of a notebook `make bench` reports."""

from __future__ import annotations

from typing import Any

from benchmarks import waits
from helpers.report.runner import Outcome
from tests.helpers.report.conftest import code, notebook, prose


def took(seconds: int, source: str, *tags: str) -> Any:
    cell = code(source, *tags)
    cell.metadata["execution"] = {
        "iopub.status.busy": "2026-11-28T10:00:00.000000Z",
        "shell.execute_reply": f"2026-11-28T10:00:{seconds:02}.000000Z",
    }
    return cell


def test_a_long_cell_is_reported_unless_its_wait_is_its_subject() -> None:
    made = notebook(
        prose("a"), took(20, "slow()\nmore()"), took(15, "ok()"), took(30, "w()", "waits"), code("never()")
    )
    found = waits.waits(made)
    assert [(wait.cell, wait.line, wait.seconds, wait.too_long) for wait in found] == [
        (1, "slow()", 20, True),
        (2, "ok()", 15, False),
        (3, "w()", 30, False),
    ]
    lines = "\n".join(waits.table([Outcome("01-x", made, 65.0, part="production")]))
    assert "| production/01-x | all 3 | 65 | ok |" in lines
    assert "| production/01-x | 1: `slow()` | 20 | too long |" in lines
    assert "| production/01-x | 3: `w()` | 30 | tagged `waits` |" in lines
    assert "ok()" not in lines
    assert lines.endswith("not tagged `waits`: 1")
