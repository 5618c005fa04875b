"""The command as a user runs it, on synthetic notebooks that need no cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.report.__main__ import main
from helpers.report.course import COURSES, find_notebooks
from tests.helpers.report.conftest import Write, code, prose
from tests.helpers.report.reading import read
from tests.patience import PATIENCE, until

SAVE = """
import json, os, pathlib
finding = {"variant": "clusterip", "greetings": 4, "failed": 0, "pods": 1, "per_client_effective_pods": [1.0]}
saved = {"findings": [finding], "cluster": {"context": "fake", "server_version": os.environ["LAB_NAMESPACE"]}}
(pathlib.Path(os.environ["LAB_RESULTS"]) / "01-save.json").write_text(json.dumps(saved))
"""


def start(tmp_path: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "helpers.report", "--notebooks", str(tmp_path / "notebooks")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    return subprocess.Popen(  # noqa: S603 - our own module
        [*command, "--output", str(tmp_path / "out"), *arguments],
        env={**environment, "LAB_CONTEXT": "fake", "TMPDIR": "/tmp", **more},  # noqa: S108 - short socket paths
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(tmp_path: Path, *arguments: str) -> int:
    """Run the command in this process: one less of them to start, on a machine that may be busy."""
    told = ["--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "out")]
    return main([*told, *arguments])


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CONTEXT", "fake")


def test_success(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("00-first", prose("# First\n\nGoal."), code("1 + 1"))
    write("01-save", prose("# Save"), code(SAVE))
    assert run(tmp_path, "--jobs", "2") == 0
    said = capsys.readouterr()
    assert "FAILED" not in said.err
    assert "2 pages, overview: " in said.out
    index = read(tmp_path / "out" / "index.html")
    assert "stayed on one pod" in index.text
    # Each notebook has a namespace of its own.
    assert "grpc-lab-01-save" in index.text
    assert {"00-first.html", "01-save.html"} <= set(index.links)
    assert json.loads((tmp_path / "out" / "findings.json").read_text())["findings"][0]["greetings"] == 4


def test_a_failed_notebook_fails_the_command_and_not_the_next_one(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("00-bad", prose("# Bad"), code("answer = 42\nanswer / 0"))
    write("01-good", prose("# Good"), code("print('still ran')"))
    assert run(tmp_path) == 1
    err = capsys.readouterr().err
    assert err.count("00-bad: cell 2, In [1]") == 1
    assert ">>> answer = 42" in err
    assert "ZeroDivisionError: division by zero" in err
    assert "still ran" in read(tmp_path / "out" / "01-good.html").text
    assert "did not finish" in read(tmp_path / "out" / "index.html").text


def test_only_the_notebooks_named(write: Write, tmp_path: Path) -> None:
    write("00-a", prose("# A"), code("1"))
    write("01-b", prose("# B"), code("1"))
    assert run(tmp_path, "01-b.ipynb") == 0
    made = sorted(path.stem for path in (tmp_path / "out").glob("*.html"))
    assert made == ["01-b", "fix", "index"]


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence with which the command ends before it starts anything."""
    assert run(tmp_path, *arguments) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_an_unknown_notebook_is_one_sentence(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("00-a", prose("# A"))
    said = refused(tmp_path, capsys, "07-none")
    assert "'07-none'" in said
    assert "00-a" in said


def test_bad_input_is_one_sentence_before_anything_runs(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("00-a", prose("# A")).write_text("{ not json")
    assert "00-a.ipynb cannot be read as a notebook" in refused(tmp_path, capsys)
    write("00-a", prose("# A"))
    (tmp_path / "file").write_text("")
    assert "No pages can be written" in refused(tmp_path, capsys, "--output", str(tmp_path / "file"))


def test_both_courses_or_one(write: Write) -> None:
    first = write("00-a", prose("# A"))
    second = first.parent / "production" / "01-b.ipynb"
    second.parent.mkdir()
    first.with_name("00-a.ipynb").replace(second)
    write("00-a", prose("# A"))
    found = {name: find_notebooks(first.parent, parts=parts) for name, parts in COURSES.items()}
    assert found == {"both": [first, second], "first": [first], "production": [second]}
    assert find_notebooks(first.parent) == [first]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_its_kernel(write: Write, tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "pid"
    tell = f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))"
    write("00-long", prose("# Long"), code(f"{tell}\ntime.sleep(3600)"))
    with start(tmp_path) as process:
        try:
            until(lambda: note.exists() and note.read_text())
            process.send_signal(number)
            _, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 128 + number
    assert err.strip() == "Interrupted; nothing was written."
    assert not Path(f"/proc/{note.read_text()}").exists()
