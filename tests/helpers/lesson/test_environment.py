from __future__ import annotations

import shutil
import stat
import sys
from pathlib import Path

import pytest

from helpers.lab.errors import LabError
from helpers.lesson import environment


def test_this_machine_has_what_the_course_needs(capsys: pytest.CaptureFixture[str]) -> None:
    environment.check_environment()
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("[OK]", "[--]")) for line in lines)
    assert {line.split(":")[0].removeprefix("[OK]").strip() for line in lines} >= {
        "Python",
        "grpcio",
        "Envoy",
        "nginx",
    }


def test_a_cluster_of_ones_own_needs_no_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAB_CONTEXT", "kind-demo")
    environment.check_environment()
    shown = capsys.readouterr().out
    assert "LAB_CONTEXT names kind-demo" in shown
    assert "Envoy" not in shown


def test_what_is_missing_fails_after_all_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "PACKAGES", {"no_such_module": "no-such-package"})
    with pytest.raises(LabError, match="Not ready: no-such-package"):
        environment.check_environment()
    shown = capsys.readouterr().out
    assert "[FAIL] no-such-package: cannot be imported" in shown
    assert "pip install" in shown
    assert "kubectl" in shown


def test_an_old_python_is_said_with_the_oldest_that_works() -> None:
    assert environment.check_python((3, 11, 0)).ok
    assert str(environment.check_python((3, 10, 9))).startswith("[FAIL] Python: 3.10.9 is too old; use 3.11")


def test_pods_need_loopback_addresses() -> None:
    assert environment.check_loopback("127.0.1.1").ok
    assert environment.check_loopback("192.0.2.1").ok is False


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_another_system_is_told_of_the_doors_in_one_line(
    system: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(shutil, "which", lambda _: None)  # since Python 3.12, it calls Windows itself there
    with pytest.raises(LabError, match="Not ready: local cluster; each"):
        environment.check_environment()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[FAIL]")]
    assert f"needs Linux, not {system}" in line
    assert "Docker or WSL 2" in line


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


def test_a_program_is_run_for_its_version(tmp_path: Path) -> None:
    good = script(tmp_path / "good", "echo nginx version: nginx/9 >&2")
    bad = script(tmp_path / "bad", "echo GLIBC_9 not found; exit 1")
    assert environment.check_program("nginx", lambda: good).words == "nginx version: nginx/9"
    assert "GLIBC_9 not found" in environment.check_program("nginx", lambda: bad).words
    missing = environment.check_program("nginx", lambda: str(tmp_path / "none"))
    assert missing.ok is False
    assert "pip install" in missing.words


def test_the_state_folder_needs_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.check_state_folder(tmp_path / "a" / "b").ok
    assert not (tmp_path / "a").exists()
    monkeypatch.setattr(environment, "FREE_MEGABYTES", 1 << 40)
    assert "make room" in environment.check_state_folder(tmp_path).words


def test_kubectl_can_be_missing() -> None:
    assert environment.check_kubectl(None).ok is None
    assert str(environment.check_kubectl("/usr/bin/kubectl")) == "[OK]   kubectl: /usr/bin/kubectl"
