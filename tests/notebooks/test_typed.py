"""What the handout prints to be typed runs as it is printed: the blocks of each lesson, cell by cell."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from helpers.handout.commands import Reader, commands
from helpers.handout.lesson import read_lesson
from helpers.report import course
from helpers.report.runner import load
from tests.helpers.report.conftest import code, notebook
from tests.notebooks.conftest import PATHS


@pytest.mark.slow
def test_every_block_of_the_first_course_runs_as_printed(
    own_cluster: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_NAMESPACE", raising=False)
    paths = []
    for path in PATHS:
        typed = commands(read_lesson(path.stem, load(path)))
        cells = [code(one.text) for one in typed if one.reader is not Reader.SHELL]
        paths.append(tmp_path / path.name)
        nbformat.write(notebook(*cells), paths[-1])  # type: ignore[no-untyped-call]
    outcomes = course.run_course(paths, tmp_path, environment=own_cluster)
    assert [outcome.failure for outcome in outcomes if outcome.failure] == []
    assert len(outcomes) == len(PATHS)
