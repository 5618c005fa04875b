"""The command as a user runs it, on synthetic notebooks that need no cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.report.conftest import Write, code, prose
from tests.helpers.report.reading import read

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


def run(tmp_path: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    with start(tmp_path, *arguments, **more) as process:
        out, err = process.communicate(timeout=50)
        return process.returncode, out, err


def test_success(write: Write, tmp_path: Path) -> None:
    write("00-first", prose("# First\n\nGoal."), code("1 + 1"))
    write("01-save", prose("# Save"), code(SAVE))
    status, out, err = run(tmp_path, "--jobs", "2")
    assert (status, err) == (0, "")
    assert "00-first" in out
    index = read(tmp_path / "out" / "index.html")
    assert "stayed on one pod" in index.text
    # Each notebook has a namespace of its own.
    assert "grpc-lab-01-save" in index.text
    assert {"00-first.html", "01-save.html"} <= set(index.links)
    assert json.loads((tmp_path / "out" / "findings.json").read_text())["findings"][0]["greetings"] == 4


def test_a_failed_notebook_fails_the_command_and_not_the_next_one(write: Write, tmp_path: Path) -> None:
    write("00-bad", prose("# Bad"), code("answer = 42\nanswer / 0"))
    write("01-good", prose("# Good"), code("print('still ran')"))
    status, _, err = run(tmp_path)
    assert status == 1
    assert err.count("00-bad: cell 2, In [1]") == 1
    assert ">>> answer = 42" in err
    assert "ZeroDivisionError: division by zero" in err
    assert "still ran" in read(tmp_path / "out" / "01-good.html").text
    assert "did not finish" in read(tmp_path / "out" / "index.html").text


def test_only_the_notebooks_named(write: Write, tmp_path: Path) -> None:
    write("00-a", prose("# A"), code("1"))
    write("01-b", prose("# B"), code("1"))
    status, _, _ = run(tmp_path, "01-b.ipynb")
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "out").glob("*.html")) == ["01-b.html", "index.html"]


def test_an_unknown_notebook_is_one_sentence(write: Write, tmp_path: Path) -> None:
    write("00-a", prose("# A"))
    status, _, err = run(tmp_path, "07-none")
    assert status == 1
    assert err.strip().count("\n") == 0
    assert "'07-none'" in err
    assert "00-a" in err


def test_bad_input_is_one_sentence_before_anything_runs(write: Write, tmp_path: Path) -> None:
    write("00-a", prose("# A")).write_text("{ not json")
    status, _, err = run(tmp_path)
    assert (status, err.count("\n")) == (1, 1)
    assert "00-a.ipynb cannot be read as a notebook" in err
    write("00-a", prose("# A"))
    (tmp_path / "file").write_text("")
    status, _, err = run(tmp_path, "--output", str(tmp_path / "file"))
    assert (status, err.count("\n")) == (1, 1)
    assert "No pages can be written" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_its_kernel(write: Write, tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "pid"
    tell = (
        f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    )
    write("00-long", prose("# Long"), code(tell))
    with start(tmp_path) as process:
        deadline = time.monotonic() + 30
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert err.strip() == "Interrupted; nothing was written."
    assert not Path(f"/proc/{note.read_text()}").exists()
