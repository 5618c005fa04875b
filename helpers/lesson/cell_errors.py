"""What a notebook shows when a cell fails because another has not run, or ran in between.

A reader runs cells out of order, twice, after a restart of the kernel, after the last cell has taken all
away. Python then tells of a name that is not defined, or the official client of an object that is not found,
in forty lines; here it becomes the one sentence that says which cell to run. Any other error keeps its
traceback: it is the reader's own, or ours, and the lines are needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.getipython import get_ipython
from kubernetes.client import ApiException

from helpers.deploy.manifests import GREETER
from helpers.lab.errors import LabError, refusal
from helpers.lab.lab import Lab, current
from helpers.lesson import notebooks

UPWARDS = "After a restart of the kernel, Run > Run All Above Selected Cell does it for all."
ANEW = "run the notebook again from its first cell"


def install() -> None:
    """Let the kernel that this runs in show such failures as sentences; does nothing outside of one."""
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((Exception,), _show)  # type: ignore[no-untyped-call]


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show an error of a cell as a sentence, or as IPython does; called as ``set_custom_exc`` describes."""
    said = None
    if not isinstance(error, LabError) and _is_of_cell(trace, shell.user_ns):
        said = sentence(error, str(shell.user_ns.get("In", [""])[-1]))
    if said is not None:
        # IPython asks an error for its own picture; LabError has one by itself.
        error._render_traceback_ = lambda: [said]  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _is_of_cell(trace: TracebackType, names: dict[str, Any]) -> bool:
    """Whether a cell's own line is among those that were being run."""
    frames = []
    step: TracebackType | None = trace
    while step is not None:
        frames.append(step.tb_frame)
        step = step.tb_next
    return any(frame.f_globals is names for frame in frames)


def sentence(error: BaseException, source: str) -> str | None:
    """Return what to say in the place of an error's traceback, or None to leave it as it is.

    Args:
        error: What a cell raised.
        source: The cell's code.
    """
    if isinstance(error, NameError) and error.name:
        return _of_name(error.name, source)
    if isinstance(error, ApiException):
        return _of_answer(error, source)
    if isinstance(error, FileNotFoundError):
        return None  # a file of this machine, whatever runs in the namespace
    here = current()
    if here is not None and _places(source) and _is_empty(here):
        return (
            f"No greeter runs in namespace {here.namespace}, so this cell has nothing to work with "
            f"({type(error).__name__}): the last cell has taken everything away, or the first ones did not "
            f"run; {ANEW}."
        )
    return None


def _of_name(name: str, source: str) -> str | None:
    """Say which cell makes a name; None for a name that no notebook knows."""
    found = next(_makers(name, source), None)
    if found is None:
        return None
    path, maker = found
    return (
        f'"{name}" is not there yet: the cell of section {maker.section or path.stem} that begins '
        f"`{maker.first_line}` makes it. Run that cell first. {UPWARDS}"
    )


def _of_answer(error: ApiException, source: str) -> str:
    told = refusal(error).rstrip(".")
    if error.status != 404:
        return f"The API server refused ({error.status}): {told}."
    applied = [cell.section for _, cell in _cells_above(source) if "helpers.apply(" in cell.source]
    where = f"in section {', '.join(dict.fromkeys(applied))}" if applied else "above"
    return (
        f"The cluster has not what this cell asks for ({told}). Run the cells with helpers.apply {where} "
        f"again; if the last cell has taken everything away, {ANEW}."
    )


def _makers(name: str, source: str) -> Iterator[tuple[Path, notebooks.CodeCell]]:
    """Yield the cells that make a name: above this cell the nearest first, then wherever there are any.

    A cell that the reader has changed stands in no notebook; its names may still be the course's.
    """
    above = [found for found in _cells_above(source) if name in notebooks.names_made(found[1].source)]
    yield from reversed(above)
    for path in [*(path for path, _, _ in _places(source)), *_own_first()]:
        yield from (
            (path, cell) for cell in notebooks.code_cells(path) if name in notebooks.names_made(cell.source)
        )


def _cells_above(source: str) -> list[tuple[Path, notebooks.CodeCell]]:
    return [(path, cell) for path, everything, place in _places(source)[:1] for cell in everything[:place]]


def _places(source: str) -> list[tuple[Path, list[notebooks.CodeCell], int]]:
    """Return where a cell's code stands in the course: notebook, its cells, and the place among them."""
    found = []
    for path in _own_first():
        everything = notebooks.code_cells(path)
        places = [place for place, cell in enumerate(everything) if cell.source.strip() == source.strip()]
        found += [(path, everything, place) for place in places[:1]]
    return found


def _own_first() -> list[Path]:
    """Return the notebooks, that which Jupyter says this kernel belongs to before the others."""
    own = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    return sorted(notebooks.notebooks().values(), key=lambda path: path.name != own)


def _is_empty(here: Lab) -> bool:
    try:
        return not here.objects.select("Pod", here.namespace, labels=GREETER)
    except Exception:  # whatever it is, the error at hand is the one to show
        return False
