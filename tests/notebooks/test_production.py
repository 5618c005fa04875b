"""The second course, executed as the report executes it; then the facts, from what each notebook saved.

One function for each notebook: it gets the saved file, parsed, and the text of all outputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.report.course import run_course
from tests.notebooks.conftest import PRODUCTION
from tests.notebooks.test_course import printed

Facts = Callable[[dict[str, Any], str], None]

EXPECTED: dict[str, Facts] = {}


def test_every_notebook_has_its_facts() -> None:
    assert sorted(EXPECTED) == [path.stem for path in PRODUCTION]


@pytest.mark.timeout(300)
@pytest.mark.skipif(not PRODUCTION, reason="the second course has no notebook yet")
@pytest.mark.parametrize("path", PRODUCTION, ids=[path.stem for path in PRODUCTION])
def test_notebook(path: Path, own_cluster: dict[str, str], tmp_path: Path) -> None:
    (outcome,) = run_course([path], tmp_path, environment=own_cluster)
    assert outcome.failure is None, str(outcome.failure)
    saved = json.loads((tmp_path / "results" / f"{path.stem}.json").read_text())
    EXPECTED[path.stem](saved, printed(outcome.notebook))
