"""Prepares an executed notebook for its page: what to leave out, what to fold, what failed.

Pure data: takes a notebook, returns a changed copy, reads and writes no file. The template finds its
instructions in each cell's metadata under ``page``.
"""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from helpers.lesson.notebooks import statements
from helpers.report.runner import Failure

REMOVE_CELL = {"remove-cell", "remove_cell", "hide-cell"}
REMOVE_INPUT = {"hide-input", "remove-input", "hide_input", "remove_input"}
REMOVE_OUTPUT = {"hide-output", "remove-output", "hide_output", "remove_output"}
SOLUTION = "solution"
# Answers to the questions of the cell above: folded in a page, left out of what a class gets.
ANSWER = "answer"
# Progress bars and buttons need a kernel, scripts are not ours: none works in a page that must stand alone.
LIVE_TYPES = ("application/vnd.jupyter.widget-view+json", "application/javascript")
# How a fold's title says what its code does: which calls it names, which objects with them, and how many.
NAMED = re.compile(r"(?:helpers|grpc|stub)(?:\.\w+)+|lab\.\w+\.\w+|(?!get_ipython)\w+")
OBJECT = re.compile(r"\w[\w-]{0,29}")
PREPARING = ("helpers.show", "helpers.wait_ready")
PREDICTED = ("expected", "predicted")
SHELL = {f"get_ipython().{name}" for name in ("system", "getoutput")}
STEPS = 3


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
    marks["does"] = does(cell.source)
    # What runs in a pod or asks kubectl is what the lesson is about, so it is not folded.
    marks["folds"] = not cell.source.lstrip().startswith(("%%", "!"))
    if tags(cell) & REMOVE_INPUT and not failed_here:
        marks["no_input"] = True
    if tags(cell) & REMOVE_OUTPUT and not failed_here:
        cell.outputs = []
    # What a failing cell wrote to stderr may be the only hint; elsewhere it is progress and chatter.
    cell.outputs = [output for output in cell.outputs if _is_for_page(output, keep_stderr=failed_here)]


def does(source: str) -> str:
    """Return what a code cell does, for the title of its fold; empty where nothing tells.

    Its own comment says it best. Without one these do: a prediction that it asks for, what it calls of the
    course, the cluster and the shell, the functions that it defines, and else what it computes.
    """
    found = [step for statement in statements(source) for step in _steps(statement)]
    steps = [*dict.fromkeys(step for step in found if not step.startswith(PREPARING))]
    told = ", ".join(steps[:STEPS]) + (", …" if len(steps) > STEPS else "")
    return _comment(source) or told or _computes(source)


def _comment(source: str) -> str:
    """Return the comment that a cell begins with, which says what the cell does; empty without one."""
    first = next((line for line in source.splitlines() if line.strip()), "")
    return first.lstrip("# ").rstrip() if first.startswith("# ") else ""


def _computes(source: str) -> str:
    nodes = [node for statement in statements(source) for node in ast.walk(statement)]
    targets = [node.targets[0] for node in nodes if isinstance(node, ast.Assign)]
    made = [ast.unparse(one).strip("()") for one in targets if isinstance(one, ast.Name | ast.Tuple)]
    if made:
        return f"compute {', '.join(dict.fromkeys(made))}"
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return "import " + ", ".join(alias.name for node in imports for alias in node.names) if imports else ""


def _steps(statement: ast.stmt) -> Iterator[str]:
    """Yield what a statement does, in the order in which it is written."""
    if isinstance(statement, ast.FunctionDef):
        yield f"def {statement.name}"
        return
    if isinstance(statement, ast.Assert):
        yield ast.unparse(statement)
    if isinstance(statement, ast.Assign) and ast.unparse(statement).lstrip("(").startswith(PREDICTED):
        yield "your prediction"
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset, -(node.end_col_offset or 0))):
        yield from _called(call)


def _called(call: ast.Call) -> Iterator[str]:
    """Yield a call of the course or of the cluster's client, a file that is read, or a command."""
    texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    name, first = ast.unparse(call.func), texts[0] if texts else ""
    if name in SHELL:
        yield " ".join(PurePosixPath(word).name for word in first.split()[:2])
    elif name == "Path" and first:
        yield PurePosixPath(first).name
    elif NAMED.fullmatch(name) and not hasattr(builtins, name):
        yield f"{name} {first}" if OBJECT.fullmatch(first) else name
    for argument in call.args:
        if isinstance(argument, ast.Attribute) and NAMED.fullmatch(given := ast.unparse(argument)):
            yield given


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
