"""`make` sets up what a verb needs, once, in any folder, and says what is missing.

The interpreter is a stand-in that writes down what it is asked to do: nothing is downloaded here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="no make on PATH")

# Does what `-m venv` does as far as make can see: it leaves an interpreter, a copy of itself.
STAND_IN = """#!/bin/sh
echo "$@" >>calls
case "$*" in
  *version_info*) exit {too_old} ;;
  *ensurepip*) exit {no_venv} ;;
  *install.py*) exit {fails} ;;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""
INSTALL = "-I helpers/cli/install.py"
Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a folder, with a space"
    made.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, made)
    return made


@pytest.fixture
def make(folder: Path) -> Make:
    def run(
        *words: str, too_old: int = 0, no_venv: int = 0, fails: int = 0
    ) -> subprocess.CompletedProcess[str]:
        python = folder / "stand in"
        python.write_text(STAND_IN.format(too_old=too_old, no_venv=no_venv, fails=fails))
        python.chmod(0o755)
        # A make around the tests would hand its own options down.
        outer = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "PYTHON"}
        environment = {name: value for name, value in os.environ.items() if name not in outer}
        return subprocess.run(  # noqa: S603 - make on a copy of our Makefile
            [str(MAKE), f"PYTHON={python}", *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def calls(folder: Path) -> list[str]:
    file = folder / "calls"
    said = file.read_text().splitlines() if file.exists() else []
    return [line for line in said if line.startswith(("-m", "-I"))]


def test_the_first_verb_sets_up_and_the_next_does_not(folder: Path, make: Make) -> None:
    assert make("report").returncode == 0
    assert calls(folder) == ["-m venv .venv", INSTALL, "-m helpers.report"]
    assert make("report").returncode == 0
    assert calls(folder)[3:] == ["-m helpers.report"]


def test_a_verb_adds_what_it_needs_to_the_same_environment(folder: Path, make: Make) -> None:
    for verb in ("report", "handout", "bench", "slides", "report"):
        assert make(verb).returncode == 0
    set_up = [line for line in calls(folder) if line.startswith(("-m venv", "-I"))]
    assert set_up == ["-m venv .venv", INSTALL, f"{INSTALL} handout", f"{INSTALL} handout dev"]


def test_a_set_up_that_fails_is_tried_again(folder: Path, make: Make) -> None:
    assert make("report", fails=1).returncode != 0
    assert make("report").returncode == 0
    assert calls(folder).count(INSTALL) == 2


def test_new_pins_are_installed(folder: Path, make: Make) -> None:
    make("report")
    stamp = (folder / ".venv/.ready-base").stat()
    os.utime(folder / "constraints.txt", (stamp.st_atime + 5, stamp.st_mtime + 5))
    make("report")
    assert calls(folder).count(INSTALL) == 2


def test_a_project_that_was_moved_is_set_up_again(folder: Path, make: Make) -> None:
    make("report")
    (folder / ".venv/.ready-base").write_text("another folder")
    make("report")
    assert calls(folder).count(INSTALL) == 2


def test_an_old_interpreter_is_refused_in_a_sentence(folder: Path, make: Make) -> None:
    ended = make("test", too_old=1)
    assert ended.returncode != 0
    assert "is too old: Python 3.11 or newer is needed" in ended.stderr
    assert calls(folder) == []


def test_a_python_without_venv_is_refused_in_a_sentence(folder: Path, make: Make) -> None:
    ended = make("test", no_venv=1)
    assert ended.returncode != 0
    assert "has no venv module" in ended.stderr
    assert calls(folder) == []


def test_a_missing_interpreter_is_refused_in_a_sentence(make: Make) -> None:
    ended = make("PYTHON=no-such-python", "test")
    assert ended.returncode != 0
    assert "There is no no-such-python" in ended.stderr


def test_a_folder_that_takes_no_environment_is_refused_in_a_sentence(folder: Path, make: Make) -> None:
    (folder / ".venv").symlink_to("/proc/none")  # refuses root too
    ended = make("test")
    assert ended.returncode != 0
    assert f"{folder}/.venv cannot be written to; copy the project" in ended.stderr
    assert calls(folder) == []


def test_clean_takes_away_what_was_made_and_nothing_else(folder: Path, make: Make) -> None:
    packages = ("benchmarks", "controlplane", "greeter", "helpers", "localcluster", "tests", "notebooks")
    gone = [*(f"{package}/__pycache__" for package in packages), "reports", ".venv"]
    gone += ["greeter/clients/go/v1", "greeter/clients/java/target", "greeter/clients/node/node_modules"]
    for name in gone:
        (folder / name).mkdir(parents=True)
    kept = folder / "greeter/server.py"
    kept.touch()
    assert make("clean").returncode == 0
    assert kept.exists()
    assert [name for name in gone if (folder / name).exists()] == []


def test_the_site_is_a_report_that_a_static_server_takes_as_it_is(make: Make, folder: Path) -> None:
    (folder / "site").mkdir()  # the report does, which the stand-in is not
    assert make("site", "COURSE=first").returncode == 0
    assert calls(folder)[-1] == "-m helpers.report --output site --course first"
    assert (folder / "site" / ".nojekyll").exists()
