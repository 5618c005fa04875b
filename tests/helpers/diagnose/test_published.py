"""Manifests in the shapes that people publish, each with what is found in it; half have no fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.diagnose import files, judgement
from helpers.diagnose.findings import Diagnosis

MANIFESTS = sorted((Path(__file__).parent / "published").glob("*.yaml"))


def diagnosed(*paths: Path, name: str | None = None) -> Diagnosis:
    found = files.inventories([str(path) for path in paths], None)
    return judgement.judge_all(found, name, None, "the files")


def expected(path: Path) -> list[str]:
    told = path.read_text().splitlines()[1].removeprefix("# finds: ")
    return [] if told == "nothing" else told.split()


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_findings_are_those_that_the_file_names(path: Path) -> None:
    found = diagnosed(path)
    assert sorted({one.id for one in found.findings}) == sorted(expected(path))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_sound_manifest_gets_no_warning(path: Path) -> None:
    sound = path.stem.startswith("sound-")
    notes = {"readiness-none", "readiness-http"}
    assert diagnosed(path).warns is not (sound or path.stem in notes)


def test_there_are_enough_of_both() -> None:
    sound = [path for path in MANIFESTS if path.stem.startswith("sound-")]
    assert len(MANIFESTS) >= 40
    assert len(sound) * 2 >= len(MANIFESTS)


def test_together_they_find_everything_that_can_be_found() -> None:
    assert {one for path in MANIFESTS for one in expected(path)} == {
        check.__name__.replace("_", "-") for check in judgement.CHECKS
    }
