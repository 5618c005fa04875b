"""Prepares an executed notebook for its page: what to leave out, what to fold, what failed.

Pure data: takes a notebook, returns a changed copy, reads and writes no file. The template finds its
instructions in each cell's metadata under ``page``.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

from helpers.report.runner import Failure

REMOVE_CELL = {"remove-cell", "remove_cell", "hide-cell"}
REMOVE_INPUT = {"hide-input", "remove-input", "hide_input", "remove_input"}
REMOVE_OUTPUT = {"hide-output", "remove-output", "hide_output", "remove_output"}
SOLUTION = "solution"
# Answers to the questions of the cell above: folded in a page, left out of what a class gets.
ANSWER = "answer"
# Progress bars and buttons need a kernel, scripts are not ours: none works in a page that must stand alone.
LIVE_TYPES = ("application/vnd.jupyter.widget-view+json", "application/javascript")


def tags(cell: Any) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


def prepare(notebook: Any, failure: Failure | None = None) -> Any:
    """Return a copy of ``notebook`` with only what belongs in its page, each cell marked for the template."""
    page = copy.deepcopy(notebook)
    page.metadata.pop("widgets", None)
    for number, cell in enumerate(page.cells, start=1):
        cell.metadata["page"] = {"number": number}
        if cell.cell_type == "code":
            _prepare_code(cell, number, failure)
    page.cells = [cell for cell in page.cells if not tags(cell) & REMOVE_CELL and _says_something(cell)]
    _mark_solutions(page.cells)
    return page


def _says_something(cell: Any) -> bool:
    return bool(cell.source.strip() or cell.get("outputs"))


def _prepare_code(cell: Any, number: int, failure: Failure | None) -> None:
    failed_here = failure is not None and failure.cell == number
    marks = cell.metadata["page"]
    marks["failed"] = failed_here
    marks["skipped"] = failure is not None and number > failure.cell
    marks["does"] = _comment(cell.source)
    # What runs in a pod or asks kubectl is what the lesson is about, so it is not folded.
    marks["folds"] = not cell.source.lstrip().startswith(("%%", "!"))
    if tags(cell) & REMOVE_INPUT and not failed_here:
        marks["no_input"] = True
    if tags(cell) & REMOVE_OUTPUT and not failed_here:
        cell.outputs = []
    # What a failing cell wrote to stderr may be the only hint; elsewhere it is progress and chatter.
    cell.outputs = [output for output in cell.outputs if _is_for_page(output, keep_stderr=failed_here)]


def _comment(source: str) -> str:
    """Return the comment that a cell begins with, which says what the cell does; empty without one."""
    first = next((line for line in source.splitlines() if line.strip()), "")
    return first.lstrip("# ").rstrip() if first.startswith("# ") else ""


def _is_for_page(output: Any, *, keep_stderr: bool) -> bool:
    if output.output_type == "stream":
        return bool(output.text.strip()) and (output.name == "stdout" or keep_stderr)
    data = output.get("data", {})
    return not any(live in data for live in LIVE_TYPES) and (bool(data) or output.output_type == "error")


def _mark_solutions(cells: list[Any]) -> None:
    """Mark where a run of solution cells begins and ends: one fold for the whole solution."""
    inside = [False, *(SOLUTION in tags(cell) for cell in cells), False]
    for cell, (before, here), (_, after) in zip(cells, pairwise(inside), pairwise(inside[1:]), strict=False):
        cell.metadata["page"]["opens_solution"] = here and not before
        cell.metadata["page"]["closes_solution"] = here and not after
