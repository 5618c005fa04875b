"""What a reader types: clients for a pod, lines for a shell, and statements of one line."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from helpers.handout.lesson import MAGIC, Cell, Lesson, Section
from helpers.lesson.notebooks import names_made

# Three words at least: with two a sentence names a command, with three it says what to type.
SHELL = re.compile(r"`((?:kubectl|export|python -m|make|docker|jupyter) [^` ]+ [^`]+|export [^`]+)`")
ESCAPED = re.compile(r"!(?:kubectl|python -m) ")
POD = "%%pod"
KINDS = (ast.Expr, ast.Assign, ast.Import, ast.ImportFrom, ast.For)
# What fits on paper; what is longer is read on screen.
COLUMNS, LINES = 110, 4
# What a notebook keeps for the report is no command of the lesson.
OURS, BOOKKEEPING = ("helpers", "lab"), ("save_findings",)


class Reader(Enum):
    """What reads a line: the notebook's Python, a shell, or Python in a pod of the cluster."""

    PYTHON = "python"  # the notebook's; a line that begins with ! is in it too
    SHELL = "sh"
    POD = "pod"


@dataclass(frozen=True)
class Typed:
    """What to type, the section it belongs to, and what reads it."""

    where: str
    text: str
    reader: Reader


def commands(lesson: Lesson) -> list[Typed]:
    """Return what to type in a lesson, in order, each once; nothing of an exercise or a solution.

    A statement comes with those that define its names. Where one of them is too long for paper, the statement
    is left out: what is printed runs.
    """
    found: dict[str, Typed] = {}
    known, definitions = set(dir(builtins)), dict[str, str]()
    for section in lesson.sections:
        for cell in section.cells if not section.exercise else ():
            _learn(cell, definitions)
            for typed in _of(section, cell) if not cell.solution else ():
                before = _defining(_needed(typed), known, definitions)
                if before is None:
                    continue
                for line in before:
                    found.setdefault(line, Typed(section.heading, line, Reader.PYTHON))
                    known |= names_made(line)
                found.setdefault(typed.text, typed)
                known |= _made(typed)
    return list(found.values())


def _of(section: Section, cell: Cell) -> Iterator[Typed]:
    if cell.source.startswith(POD):
        yield Typed(section.heading, cell.source, Reader.POD)
    elif cell.prose:
        yield from (Typed(section.heading, line, Reader.SHELL) for line in SHELL.findall(cell.source))
    for statement, text in _statements(cell):
        if ESCAPED.match(text) or _speaks_to_the_lab(statement):
            yield Typed(section.heading, text, Reader.PYTHON)


def _statements(cell: Cell) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the short statements of a code cell and their text; a line for a shell is one too."""
    lines = cell.source.splitlines()
    for statement in ast.parse(cell.python).body:
        text = lines[statement.lineno - 1 : statement.end_lineno]
        if isinstance(statement, KINDS) and len(text) <= LINES and max(map(len, text)) <= COLUMNS:
            yield statement, "\n".join(text)


def _learn(cell: Cell, definitions: dict[str, str]) -> None:
    """Note which statement defines a name, and forget the names that a longer one defines anew."""
    if cell.solution or cell.prose:
        return
    for name in names_made(cell.source):
        definitions.pop(name, None)
    for _, text in _statements(cell):
        if not text.startswith(MAGIC):
            definitions.update(dict.fromkeys(names_made(text), text))


def _defining(needed: set[str], known: set[str], definitions: Mapping[str, str]) -> list[str] | None:
    """Return the lines that define names, each after those that it needs; None where one has no line."""
    lines: list[str] = []
    for name in sorted(needed - known):
        if name not in definitions:
            return None
        line = definitions[name]
        others = {other: where for other, where in definitions.items() if where != line}
        before = _defining(_loaded(line), known, others)
        if before is None:
            return None
        lines += [*before, line]
    return lines


def _needed(typed: Typed) -> set[str]:
    """Return the names of the notebook that a text needs; a pod's client gets some as its environment."""
    if typed.reader is Reader.POD:
        return set(re.findall(r"--env (\w+)", typed.text.partition("\n")[0]))
    return _loaded(typed.text) if _is_statement(typed) else set()


def _made(typed: Typed) -> set[str]:
    """Return the names that a text defines in the notebook."""
    return set() if typed.reader is Reader.SHELL else names_made(typed.text)


def _is_statement(typed: Typed) -> bool:
    return typed.reader is Reader.PYTHON and not typed.text.startswith(MAGIC)


def _loaded(source: str) -> set[str]:
    """Return the names that a statement needs; those of its loops are its own."""
    nodes = list(ast.walk(ast.parse(source)))
    loops = [node for node in nodes if isinstance(node, ast.comprehension | ast.For)]
    own = {node.id for loop in loops for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} - own


def _speaks_to_the_lab(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return any(alias.name in OURS for alias in statement.names)
    if not isinstance(statement, ast.Expr | ast.Assign | ast.For):
        return False
    nodes = list(ast.walk(statement))
    if any(isinstance(node, ast.IfExp | ast.comprehension | ast.JoinedStr) for node in nodes):
        return False
    calls = [
        node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    if any(call.attr in BOOKKEEPING for call in calls):
        return False
    return any(ast.unparse(call).split(".")[0] in OURS for call in calls)
