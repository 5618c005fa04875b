"""The course's notebooks as code cells in order: in which section each stands, and which names it makes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SECTION = "## "
OUTPUT_TO = re.compile(r"--to (\w+)")


@dataclass(frozen=True)
class CodeCell:
    """One code cell of a notebook that is no solution.

    Attributes:
        source: Its code.
        section: The heading that it stands under, such as ``2.1 The lab``; empty before the first.
        part: How many headings came before it.
    """

    source: str
    section: str
    part: int

    @property
    def first_line(self) -> str:
        """The line by which a reader finds it: the first that is no import."""
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        return next((line for line in lines if not line.startswith(("import ", "from "))), lines[0])


def notebooks() -> dict[str, Path]:
    """Return the notebooks by name, such as ``03-ingress`` or ``production/01-scaling``, in course order."""
    found = sorted(NOTEBOOKS.glob("**/[0-9]*.ipynb"), key=lambda path: (len(path.parts), path))
    return {path.relative_to(NOTEBOOKS).with_suffix("").as_posix(): path for path in found}


def code_cells(path: Path) -> list[CodeCell]:
    """Return a notebook's code cells in order, without the solutions.

    Raises:
        OSError: It cannot be read.
    """
    return list(_code_cells(json.loads(path.read_text(encoding="utf-8"))["cells"]))


def _code_cells(cells: list[dict[str, object]]) -> Iterator[CodeCell]:
    section, part = "", 0
    for cell in cells:
        lines, metadata = cell["source"], cell["metadata"]
        source = "".join(lines) if isinstance(lines, list) else str(lines)
        if cell["cell_type"] == "markdown" and source.startswith(SECTION):
            section, part = source.splitlines()[0].removeprefix(SECTION), part + 1
        solution = isinstance(metadata, dict) and "solution" in metadata.get("tags", [])
        if cell["cell_type"] == "code" and source.strip() and not solution:
            yield CodeCell(source, section, part)


def names_made(source: str) -> set[str]:
    """Return the names that a cell binds at its top level, the one of ``%%pod --to NAME`` too."""
    if source.startswith("%%"):
        return set(OUTPUT_TO.findall(source.splitlines()[0]))
    return {name for statement in statements(source) for name in _bound(statement)}


def statements(source: str) -> list[ast.stmt]:
    """Return a cell's statements; none if the cell is no Python."""
    try:
        return ast.parse(as_python(source)).body
    except SyntaxError:
        return []


def as_python(source: str) -> str:
    """Return a code cell as Python, ``!kubectl`` as IPython reads it; nothing of a cell magic."""
    if source.startswith("%%"):
        return ""
    return str(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
