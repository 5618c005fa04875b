"""buildah for real: from the Dockerfile and this machine's own files to a running greeter."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.deploy import images
from tests.helpers import baseimage

BASE = "localhost/base:test"
IMAGE = "docker.io/mkmik/tlsdemo-greeter:v1"


def attempt(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["buildah", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def buildah(*words: str) -> str:
    ended = attempt(*words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Images of this test's own, and what builds where nobody may make namespaces."""
    if shutil.which("buildah") is None:
        pytest.skip("no buildah on PATH")
    configuration = tmp_path / "storage.conf"
    configuration.write_text(
        f'[storage]\ndriver = "vfs"\nrunroot = "{tmp_path}/run"\ngraphroot = "{tmp_path}/graph"\n'
    )
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(configuration))
    monkeypatch.setenv("BUILDAH_ISOLATION", "chroot")
    monkeypatch.setenv("BUILDAH_FORMAT", "docker")
    if attempt("info").returncode:
        pytest.skip("buildah does not work here")
    yield
    buildah("rm", "--all")
    buildah("rmi", "--all", "--force")


@pytest.fixture
def base(storage: None, tmp_path: Path) -> str:
    assert storage is None
    if lack := baseimage.obstacle():
        pytest.skip(f"no base image can be made: {lack}")
    baseimage.make(tmp_path / "root")
    container = buildah("from", "scratch")
    buildah("copy", "-q", container, str(tmp_path / "root"), "/")
    tried = attempt("run", container, "--", "python3", "--version")
    # `buildah info` is content where a user has no range of other users' numbers; a step of a build is not.
    if tried.returncode and os.geteuid() != 0:
        pytest.skip(f"buildah runs nothing for this user: {'; '.join(tried.stderr.splitlines()[-2:])}")
    buildah("commit", "-q", "--rm", container, BASE)
    return BASE


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which a `kind` that only keeps archives puts them."""
    folder, kept = tmp_path / "bin", tmp_path / "loaded"
    folder.mkdir()
    kept.mkdir()
    kind = folder / "kind"
    kind.write_text(f"#!{sys.executable} -SE\nimport shutil, sys\nshutil.copy(sys.argv[3], {str(kept)!r})\n")
    kind.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return kept


# Each step of a build copies the whole file system.
@pytest.mark.slow
def test_the_greeter_is_built_loaded_and_runs(base: str, loaded: Path) -> None:
    way = images.Way("kind", "demo", "this is a test")
    images.build(way, prefix="mkmik/tlsdemo", tag="v1", builder="buildah", arguments=[f"BASE={base}"])
    with tarfile.open(loaded / "greeter-image.tar") as archive:
        told = archive.extractfile("manifest.json")
        assert told
        assert json.load(told)[0]["RepoTags"] == [IMAGE]
    container = buildah("from", "--pull-never", IMAGE)
    assert "usage: python -m greeter" in buildah("run", container, "--", "python", "-m", "greeter", "--help")
    other = buildah("from", "--pull-never", IMAGE.replace("greeter", "controlplane"))
    asked = ("run", other, "--", "python", "-m", "controlplane", "client", "--help")
    assert "usage: python -m controlplane client" in buildah(*asked)
