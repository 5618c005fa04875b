"""Runs one notebook and says how it went.

Cells are driven one by one rather than by nbclient's own loop: that loop installs signal handlers which,
with two notebooks at once, take each other's place and leave a kernel behind on Ctrl-C.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from helpers.lab.errors import MissingError
from helpers.report import kernel

STARTUP_TIMEOUT = 180
ERROR_LINES = 12


@dataclass(frozen=True)
class Failure:
    """Where and why a notebook stopped."""

    notebook: str
    cell: int  # counted from 1 over all cells, prose included: the place in the page
    prompt: int | None  # the number in ``In [n]``
    first_line: str
    error: str

    @property
    def place(self) -> str:
        """Which cell it was, in words."""
        if not self.cell:
            return "before the first cell"
        return f"cell {self.cell}" + (f", In [{self.prompt}]" if self.prompt else "")

    def __str__(self) -> str:
        error = "\n".join(f"    {line}" for line in self.error.splitlines() or ["(no message)"])
        return f"{self.notebook}: {self.place}\n    >>> {self.first_line}\n{error}"


@dataclass(frozen=True)
class Outcome:
    """One executed notebook.

    Attributes:
        name: Its name without suffix.
        notebook: Its cells with their outputs.
        seconds: How long it took.
        failure: Where and why it stopped, if it failed.
        part: The folder of its course below that of the first.
        skipped: Where it stopped because the cluster lacks what it is about, and what that is.
    """

    name: str
    notebook: Any  # nbformat's NotebookNode, which has no types
    seconds: float
    failure: Failure | None = None
    part: str = ""
    skipped: Failure | None = None

    @property
    def stopped(self) -> Failure | None:
        """Where it stopped, for whatever reason."""
        return self.failure or self.skipped

    @property
    def word(self) -> str:
        """How it went, in a word."""
        return "FAILED" if self.failure else "skipped" if self.skipped else "ok"


class CellFailed(Exception):  # noqa: N818 - carries a Failure; never leaves this module
    """Raised inside a run when a cell ends it; ``skips`` if the cluster lacks what the notebook is about."""

    def __init__(self, failure: Failure, *, skips: bool = False) -> None:
        super().__init__(str(failure))
        self.failure, self.skips = failure, skips


def load(path: Path) -> Any:
    """Return the notebook at ``path`` in nbformat 4."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


async def run_notebook(
    path: Path,
    environment: dict[str, str],
    *,
    timeout: float = 180,
    on_cell: Callable[[], object] = lambda: None,
) -> Outcome:
    """Execute the notebook at ``path`` in a kernel of its own.

    Args:
        path: The notebook; it is not written to.
        environment: The kernel's whole environment.
        timeout: Seconds one cell may take.
        on_cell: Called after each code cell.

    Returns:
        The outcome; a failing or overdue cell is reported there and not raised.
    """
    client = NotebookClient(load(path), timeout=round(timeout), coalesce_streams=True)
    client.startup_timeout = STARTUP_TIMEOUT
    started, failure, skipped = time.monotonic(), None, None
    try:
        async with _kernel(client, path, environment):
            await _run_cells(client, path.stem, on_cell)
    except CellFailed as stopped:
        failure, skipped = (None, stopped.failure) if stopped.skips else (stopped.failure, None)
    return Outcome(path.stem, client.nb, time.monotonic() - started, failure, skipped=skipped)


@contextlib.asynccontextmanager
async def _kernel(client: NotebookClient, path: Path, environment: dict[str, str]) -> AsyncIterator[None]:
    """Start the client's kernel; end it whatever happens, cancellation included."""
    with tempfile.TemporaryDirectory(prefix="kernel-", ignore_cleanup_errors=True) as folder:
        client.km = manager = kernel.manager(Path(folder))
        try:
            client.nb.metadata["language_info"] = await _start(client, path, environment)
            yield
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            # Shielded: a second Ctrl-C must not leave the kernel running.
            await asyncio.shield(manager.shutdown_kernel(now=True))


async def _start(client: NotebookClient, path: Path, environment: dict[str, str]) -> Any:
    try:
        await client.async_start_new_kernel(env=environment, cwd=str(path.parent))
        kernel_client = await client.async_start_new_kernel_client()
        info = await client.async_wait_for_reply(kernel_client.kernel_info())
    except Exception as error:
        message = f"The kernel did not start: {error}"
        raise CellFailed(Failure(path.stem, 0, None, "(no cell was run)", message)) from error
    # Pages are coloured by the language the kernel says it speaks.
    return info["content"]["language_info"] if info else {}


async def _run_cells(client: NotebookClient, name: str, on_cell: Callable[[], object]) -> None:
    for index, cell in enumerate(client.nb.cells):
        if cell.cell_type != "code":
            continue
        try:
            await client.async_execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            _raise_if_cancelled()
            message = _explain(error, cell, client.timeout or 0)
            _keep_visible(cell, error, message)
            skips = getattr(error, "ename", "") == MissingError.__name__
            message = message.removeprefix(f"{MissingError.__name__}: ") if skips else message
            raise CellFailed(_failure(name, index, cell, message), skips=skips) from error
        on_cell()


def _raise_if_cancelled() -> None:
    """Undo nbclient's reading of a cancelled task as a dead kernel."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _failure(name: str, index: int, cell: Any, message: str) -> Failure:
    lines = str(cell.source).strip().splitlines() or ["(empty cell)"]
    return Failure(name, index + 1, cell.get("execution_count"), lines[0], message)


def _explain(error: Exception, cell: Any, timeout: float) -> str:
    """Say in a few lines what ended the cell."""
    if isinstance(error, CellTimeoutError):
        return f"Timeout: the cell was still running after {timeout:g} s (--timeout allows more)."
    if isinstance(error, DeadKernelError):
        return "The kernel died while the cell was running (out of memory, or a crash in a library)."
    for output in cell.outputs:
        if output.output_type == "error":
            lines = f"{output.ename}: {output.evalue}".splitlines()
            return "\n".join(lines[:ERROR_LINES] + ["…"] * (len(lines) > ERROR_LINES))
    return str(error)


def _keep_visible(cell: Any, error: Exception, message: str) -> None:
    """Give the page an error output where the kernel itself could not write one."""
    if any(output.output_type == "error" for output in cell.outputs):
        return
    shown = {"ename": type(error).__name__, "evalue": message, "traceback": [message]}
    cell.outputs.append(nbformat.v4.new_output("error", **shown))  # type: ignore[no-untyped-call]
