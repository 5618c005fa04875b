"""What a reader types: the shell commands that a lesson's prose names, and its statements of one line."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from helpers.handout.lesson import Lesson, Section

# Three words at least: with two a sentence names a command, with three it says what to type.
SHELL = re.compile(r"`((?:kubectl|export|python -m|make|docker|jupyter) [^` ]+ [^`]+|export [^`]+)`")
# As long as one line on paper; what has a condition or a loop in it is read on screen.
COLUMNS = 110
# What a notebook keeps for the report is no command of the lesson.
OURS, BOOKKEEPING = ("helpers", "lab"), ("save_findings",)


@dataclass(frozen=True)
class Typed:
    """One line to type, the section it belongs to, and whether a shell or Python reads it."""

    where: str
    text: str
    shell: bool


def commands(lesson: Lesson) -> list[Typed]:
    """Return the lines of a lesson in their order, each once; none of an exercise or a solution."""
    found = {typed.text: typed for section in reversed(lesson.sections) for typed in reversed(_of(section))}
    return list(reversed(found.values()))


def _of(section: Section) -> list[Typed]:
    if section.exercise:
        return []
    found = []
    for cell in section.cells:
        if not cell.solution:
            shell = cell.prose
            lines = SHELL.findall(cell.source) if shell else _statements(cell.source)
            found += [Typed(section.heading, line, shell) for line in lines]
    return found


def _statements(source: str) -> list[str]:
    """Return the statements of a cell that speak to the lab and fit on one line."""
    lines = source.splitlines()
    return [
        lines[statement.lineno - 1]
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Expr | ast.Assign)
        and statement.lineno == statement.end_lineno
        and len(lines[statement.lineno - 1]) <= COLUMNS
        and _speaks_to_the_lab(statement)
    ]


def _speaks_to_the_lab(statement: ast.stmt) -> bool:
    nodes = list(ast.walk(statement))
    if any(isinstance(node, ast.IfExp | ast.comprehension | ast.JoinedStr) for node in nodes):
        return False
    calls = [
        node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    if any(call.attr in BOOKKEEPING for call in calls):
        return False
    return any(ast.unparse(call).split(".")[0] in OURS for call in calls)
