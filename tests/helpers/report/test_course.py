"""What a notebook that did not finish leaves behind in a namespace that the next one shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from helpers.report import course
from tests.helpers.report.conftest import Write, code

FAILS = code("1 / 0")
SKIPS = code("from helpers.lab.errors import MissingError\nraise MissingError('Nothing here.')")


@pytest.mark.parametrize(("cell", "cleared"), [(FAILS, True), (SKIPS, True), (code("1"), False)])
@pytest.mark.parametrize("shared", [True, False])
def test_only_a_shared_namespace_is_cleared_and_only_behind_what_did_not_finish(
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    cell: object,
    cleared: bool,
    shared: bool,
) -> None:
    behind: list[str] = []

    async def clear(environment: Mapping[str, str], say: Callable[[str], None]) -> None:
        del say
        behind.append(f"{environment['LAB_NAMESPACE']} of {environment['LOCALCLUSTER_NAME']}")

    monkeypatch.setattr(course, "_clear_behind", clear)
    if shared:
        monkeypatch.setenv("LAB_NAMESPACE", "shared")
    course.run_course([write("one", cell)], tmp_path, environment={"LOCALCLUSTER_NAME": "mine"})
    assert behind == (["shared of mine"] if shared and cleared else [])


def test_what_cannot_be_cleared_is_said(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("{}")
    for name, value in {
        "KUBECONFIG": str(tmp_path / "config"),
        "LAB_CONTEXT": "gone",
        "LAB_NAMESPACE": "me",
    }.items():
        monkeypatch.setenv(name, value)
    said: list[str] = []
    course.run_course([write("one", FAILS)], tmp_path, say=said.append)
    assert any('Namespace me was not cleared: There is no context "gone"' in line for line in said)
