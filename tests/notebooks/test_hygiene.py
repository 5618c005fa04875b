"""What every notebook of the course keeps to, whatever it teaches."""

from __future__ import annotations

import re
import statistics
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from nbconvert.exporters import ScriptExporter

from helpers.handout.lesson import list_items, read_lesson
from helpers.handout.questions import discussions
from helpers.lesson import exercises
from helpers.report.cells import ANSWER, SOLUTION, tags
from helpers.report.runner import load
from tests.notebooks.conftest import BOTH, cells, lines

pytestmark = pytest.mark.parametrize("path", BOTH, ids=[path.stem for path in BOTH])
EXERCISE, CHECK = "# your code here", "helpers.exercises."


def bullets(text: str) -> int:
    return len(re.findall(r"^\s*[-*] ", text, flags=re.MULTILINE))


def test_outputs_are_stripped(path: Path) -> None:
    assert not [cell.source for cell in cells(path, "code") if cell.outputs or cell.execution_count]


def test_size(path: Path) -> None:
    sizes = [lines(cell) for cell in cells(path, "code")]
    assert 30 <= len(load(path).cells) <= 80
    assert max(sizes) <= 15
    assert sum(size <= 5 for size in sizes) >= 0.85 * len(sizes)


def test_prose_between_code(path: Path) -> None:
    runs = groupby(load(path).cells, key=lambda cell: cell.cell_type)
    assert max(len(list(run)) for kind, run in runs if kind == "code") <= 3
    assert statistics.median(len(cell.source.split()) for cell in cells(path, "markdown")) <= 45


def test_goals_first_and_answered_at_the_end(path: Path) -> None:
    prose = [cell.source for cell in cells(path, "markdown")]
    stated = next(text for text in prose[:2] if "Goals" in text)
    answered = next(
        text for text in reversed(prose[-5:]) if re.search(r"^##.*Goals", text, flags=re.MULTILINE)
    )
    assert bullets(stated) >= 2
    assert bullets(answered) == bullets(stated)


def test_one_title_and_no_level_skipped(path: Path) -> None:
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def is_exercise(cell: Any) -> bool:
    return str(cell.source).startswith(EXERCISE)


def is_check(cell: Any) -> bool:
    """Whether a cell asks for a verdict; other functions of the exercises prepare what is to be repaired."""
    name = str(cell.source).removeprefix(CHECK).partition("(")[0]
    asks = str(cell.source).startswith(CHECK) and hasattr(getattr(exercises, name), "__wrapped__")
    return asks and SOLUTION not in tags(cell)


def test_every_exercise_has_its_solution(path: Path) -> None:
    found = load(path).cells
    for place, cell in enumerate(found):
        if is_exercise(cell):
            behind = next(
                later for later in found[place + 1 :] if not (is_check(later) or is_exercise(later))
            )
            assert SOLUTION in tags(behind), f"no solution after the exercise in cell {place + 1}"
        if SOLUTION in tags(cell):
            before = found[place - 1]
            assert SOLUTION in tags(before) or is_check(before) or is_exercise(before)


def test_every_check_is_passed_by_the_solution(path: Path) -> None:
    found = load(path).cells
    checks = [str(cell.source).strip() for cell in found if is_check(cell)]
    solved = "\n".join(cell.source for cell in found if SOLUTION in tags(cell))
    assert [check for check in checks if check not in solved] == []


def test_every_question_has_its_answer_right_below(path: Path) -> None:
    asked = discussions(read_lesson(path.stem, load(path)))
    answered = [one for one in asked if one.answer]
    assert answered == asked
    answers = [cell for cell in load(path).cells if ANSWER in tags(cell)]
    assert len(answers) == len(answered), "an answer stands below a cell that asks nothing"
    several = [one for one in answered if len(one.questions) > 1]
    assert [one for one in several if len(list_items(one.answer)) != len(one.questions)] == []


def test_imports_helpers_and_never_the_cluster_behind_them(path: Path) -> None:
    code = "\n".join(cell.source for cell in cells(path, "code"))
    assert re.search(r"^import helpers$", code, flags=re.MULTILINE)
    assert "localcluster" not in code
    assert "sleep(" not in code


def test_cleans_up_last(path: Path) -> None:
    assert "helpers.delete(lab)" in cells(path, "code")[-1].source


def test_runs_with_any_python_kernel(path: Path) -> None:
    assert load(path).metadata["kernelspec"]["name"] == "python3"


def test_converts_to_a_script_with_its_prose(path: Path) -> None:
    """As `jupyter nbconvert --to script` does, which asks the metadata for the language."""
    exporter = ScriptExporter()  # type: ignore[no-untyped-call]
    script, resources = exporter.from_notebook_node(load(path))  # type: ignore[no-untyped-call]
    assert resources["output_extension"] == ".py"
    title = cells(path, "markdown")[0].source.splitlines()[0]
    assert f"# {title}" in script.splitlines()
    compile(script, path.name, "exec")


def test_links_between_notebooks_lead_somewhere(path: Path) -> None:
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (path.parent / target).exists(), target
