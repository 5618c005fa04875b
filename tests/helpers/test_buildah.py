"""buildah for real: from the Dockerfile and this machine's own files to a running greeter."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from helpers.deploy import images
from tests.helpers import baseimage

BASE = "localhost/base:test"
LAB = "localhost/lab:test"
ROOT = Path(__file__).resolve().parents[2]
# No one on this machine or in the image.
USER = 4711
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
    return committed(tmp_path / "root")


def committed(root: Path) -> str:
    """Make a folder an image of its own."""
    container = buildah("from", "scratch")
    buildah("copy", "-q", container, str(root), "/")
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


def everything() -> list[str]:
    """What the project requires, the handout's tools with it, and what builds an editable install of it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = [*project["dependencies"], *project["optional-dependencies"]["handout"], "setuptools"]
    return [Requirement(line).name for line in told]


def owned_by(folder: Path, user: int) -> dict[str, bool]:
    return {path.name: path.stat().st_uid == user for path in folder.iterdir()}


# Hundreds of megabytes, copied at each step.
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_lab_image_writes_a_report_as_any_user(storage: None, tmp_path: Path) -> None:
    assert storage is None
    if os.geteuid() != 0:
        pytest.skip("another user's files need root")
    if lack := baseimage.obstacle():
        pytest.skip(f"no base image can be made: {lack}")
    baseimage.make(tmp_path / "root", everything())
    base = committed(tmp_path / "root")
    shutil.rmtree(tmp_path / "root")
    buildah("build", "-q", "--pull-never", "--target=lab", f"--build-arg=BASE={base}", "-t", LAB, str(ROOT))
    container = buildah("from", "--pull-never", LAB)
    reports = tmp_path / "reports"
    reports.mkdir()
    entrypoint = ["--", "/opt/grpc-lab/entrypoint.sh"]
    inside = ["run", f"--user={USER}:{USER}", f"--volume={reports}:/reports", container, *entrypoint]
    refused = attempt(*inside, "report", "00-setup")
    assert "mkdir reports" in refused.stderr
    assert f"User {USER} has no folder at /reports to write to" in refused.stderr
    lost = attempt(*inside[:2], f"--volume={reports}:/lab", *inside[3:])
    assert f"User {USER} may not write to the folder mounted at /lab" in lost.stderr
    os.chown(reports, USER, USER)
    assert "clientVersion" in buildah(*inside, "kubectl", "version", "--client", "--output=json")
    assert "1 pages" in buildah(*inside, "report", "00-setup")
    page = (reports / "00-setup.html").read_text()
    assert "says: Hello" in page
    written = ("00-setup.html", "fix.html", "index.html", "findings.json")
    assert owned_by(reports, USER) == dict.fromkeys(written, True)
    assert "7 pages" in buildah(*inside, "report", "--course", "first")
    assert set(owned_by(reports, USER).values()) == {True}
    buildah(*inside, "python", "-c", "import typst, pypandoc; pypandoc.get_pandoc_version()")
