"""Executes the notebooks of the course, one after the other or a few at once, and collects what they saved.

The report and the tests of the course run notebooks through ``run_course``: what is tested is what is shown.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nbformat.reader import NotJSONError
from nbformat.validator import ValidationError
from tqdm import tqdm

from helpers.report import kernel
from helpers.report.runner import Outcome, load, run_notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CELL_TIMEOUT = 180.0
# Greetings a second when nobody watches; the class sees one.
PACE = "20"
# Most of a notebook is waiting: for pods, for greetings, for its kernel to import. Two share two cores well.
JOBS = 2


# The folder, below that of the first course, of the second; a name is in one of them only.
PRODUCTION = "production"
FIRST, BOTH = ("",), ("", PRODUCTION)
COURSES = {"both": BOTH, "first": FIRST, PRODUCTION: (PRODUCTION,)}


class CourseError(Exception):
    """The notebooks asked for cannot be run; the message is one sentence for the user."""


def find_notebooks(
    folder: Path = NOTEBOOKS, names: Sequence[str] = (), *, parts: Sequence[str] = FIRST
) -> list[Path]:
    """Return the notebooks of ``folder`` in the order of their numbers, or only those named.

    Args:
        folder: Where to look.
        names: Notebook names with or without ``.ipynb``; none means all.
        parts: Which courses: folders below ``folder``, an empty name for itself; one may be missing.

    Raises:
        CourseError: The folder has no notebook, none of a given name, or one that is not readable.
    """
    found = {path.stem: path.resolve() for part in parts for path in sorted((folder / part).glob("*.ipynb"))}
    if not found:
        raise CourseError(f"There is no notebook in {folder}; name their folder with --notebooks.")
    wanted = {name.removesuffix(".ipynb") for name in names}
    if missing := sorted(wanted - found.keys()):
        raise CourseError(f"There is no notebook {missing[0]!r} in {folder}; it holds {', '.join(found)}.")
    chosen = [path for name, path in found.items() if not wanted or name in wanted]
    for path in chosen:
        _count_code_cells(path)
    return chosen


def part_of(path: Path) -> str:
    """Return the course that a notebook's file belongs to: ``production``, or nothing for the first."""
    return PRODUCTION if path.parent.name == PRODUCTION else ""


def notebook_environment(name: str, results: Path) -> dict[str, str]:
    """Return what a notebook is told: where to save, how fast to greet, and a namespace of its own.

    A pace or a namespace that the user set is kept: some may work in one namespace only.
    """
    return {
        "LAB_RESULTS": str(results),
        "LAB_PACE": os.environ.get("LAB_PACE", PACE),
        "LAB_NAMESPACE": os.environ.get("LAB_NAMESPACE", f"grpc-lab-{name}"),
    }


def run_course(
    paths: Sequence[Path],
    scratch: Path,
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float = CELL_TIMEOUT,
    jobs: int = JOBS,
    say: Callable[[str], None] = tqdm.write,
) -> list[Outcome]:
    """Execute notebooks and return their outcomes in the order given.

    Args:
        paths: The notebooks.
        scratch: An existing folder; what the notebooks save goes to ``<scratch>/results``.
        environment: More variables for every notebook, such as the cluster's name.
        timeout: Seconds a cell may take.
        jobs: How many notebooks run at a time; one if they have to share the user's namespace.
        say: Receives one line per finished notebook.
    """
    results = scratch / "results"
    results.mkdir(exist_ok=True)
    cells = sum(_count_code_cells(path) for path in paths)

    async def run_all() -> list[Outcome]:
        free = asyncio.Semaphore(1 if os.environ.get("LAB_NAMESPACE") else jobs)
        with tqdm(total=cells, unit="cell", disable=None, leave=False) as bar:
            running: list[str] = []

            async def run(path: Path) -> Outcome:
                async with free:
                    running.append(path.stem)
                    bar.set_description(", ".join(running))
                    told = {**(environment or {}), **notebook_environment(path.stem, results)}
                    outcome = await run_notebook(
                        path,
                        kernel.environment(scratch, told),
                        timeout=timeout,
                        on_cell=bar.update,
                    )
                    if outcome.stopped and os.environ.get("LAB_NAMESPACE"):
                        await _clear_behind(kernel.environment(scratch, told), say)
                    running.remove(path.stem)
                    say(f"{path.stem:<16} {outcome.seconds:5.1f} s  {outcome.word}")
                    return replace(outcome, part=part_of(path))

            return await asyncio.gather(*(run(path) for path in paths))

    return asyncio.run(run_all())


async def _clear_behind(environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Take away what a notebook that did not finish leaves in the namespace that the next one shares."""
    command = (sys.executable, "-m", "helpers", "delete")
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=NOTEBOOKS.parent,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    if process.returncode:
        words = told.decode(errors="replace").strip()
        say(f"Namespace {environment['LAB_NAMESPACE']} was not cleared: {words}")


def _count_code_cells(path: Path) -> int:
    try:
        return sum(cell.cell_type == "code" for cell in load(path).cells)
    except (OSError, ValueError, NotJSONError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise CourseError(f"{path} cannot be read as a notebook: {reason}") from error
