"""The project's own files agree with each other: what one says, another may not contradict."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpers.cli import install

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
README = (ROOT / "README.md").read_text()
PAGES = [
    "README.md",
    "FIX.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "localcluster/SCOPE.md",
    "manifests/README.md",
]
GIT = shutil.which("git")


def dependencies() -> list[Requirement]:
    told = PROJECT["project"]
    extras = (*told["optional-dependencies"].values(), *PROJECT["dependency-groups"].values())
    groups = [told["dependencies"], *extras]
    return [Requirement(text) for group in groups for text in group]


def pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found if pin.marker is None or pin.marker.evaluate()}


def in_the_readmes_table() -> list[str]:
    table = README.partition("| dependency |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    return [canonicalize_name(name.strip().replace("\\", "")) for cell in cells for name in cell.split(",")]


def tracked() -> list[Path]:
    if GIT is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(  # noqa: S603 - no input of anybody
        [GIT, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield str(path.relative_to(ROOT)), content.decode()


# --- dependencies -------------------------------------------------------------------------------------------


def test_every_dependency_is_pinned_to_a_version_it_allows() -> None:
    pinned = pins()
    for requirement in dependencies():
        (version,) = pinned[canonicalize_name(requirement.name)].specifier
        assert version.operator == "=="
        assert requirement.specifier.contains(version.version), requirement


def test_the_oldest_python_that_is_promised_can_have_every_pin() -> None:
    """Debian 12 has 3.11.2: a pin that asks for 3.11.5 leaves its users out."""
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=") + ".0"
    for name, pin in pins().items():
        with contextlib.suppress(metadata.PackageNotFoundError):  # a pin for another platform
            asked = str(metadata.metadata(name).json.get("requires_python", ""))
            assert SpecifierSet(asked).contains(oldest), f"{pin}: {asked}"


def test_the_readme_says_what_every_dependency_is_for() -> None:
    told = in_the_readmes_table()
    for requirement in dependencies():
        name = canonicalize_name(requirement.name)
        assert any(fnmatchcase(name, pattern) for pattern in told), name


def test_the_readme_names_no_dependency_that_is_none() -> None:
    names = [canonicalize_name(requirement.name) for requirement in dependencies()]
    for pattern in in_the_readmes_table():
        assert any(fnmatchcase(name, pattern) for name in names), pattern


# --- conda and Binder ---------------------------------------------------------------------------------------


def test_the_conda_environment_is_the_project_with_its_pins() -> None:
    told = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, section = told["dependencies"]
    assert told["name"] == PROJECT["project"]["name"]
    assert (pip, section) == ("pip", {"pip": ["-c constraints.txt", "-e ."]})
    version = python.removeprefix("python=")
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(version)


def test_binder_finds_beside_its_environment_what_the_environment_needs() -> None:
    links = {path.name: path for path in (ROOT / ".binder").iterdir() if path.is_symlink()}
    packages = [
        pattern.rstrip("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    ]
    needed = {"environment.yml", "constraints.txt", "pyproject.toml", PROJECT["project"]["readme"], *packages}
    assert needed <= links.keys()
    for name, link in links.items():
        assert link.resolve() == (ROOT / name).resolve(strict=True)


def test_the_devcontainer_is_the_lab_image_with_the_folder_that_is_open() -> None:
    folder = ROOT / ".devcontainer"
    lines = (folder / "devcontainer.json").read_text().splitlines()
    told = json.loads("\n".join(line for line in lines if not line.lstrip().startswith("//")))
    dockerfile = (folder / told["build"]["dockerfile"]).read_text()
    assert (folder / told["build"]["context"]).resolve() == ROOT
    assert f" AS {told['build']['target']}\n" in dockerfile
    assert set(told["build"]["args"]) <= set(re.findall(r"^ARG (\w+)", dockerfile, flags=re.MULTILINE))
    assert told["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"] in {
        f"{environment}/bin/python" for environment in re.findall(r"-m venv .*?(/\S+)", dockerfile)
    }


def test_github_runs_what_everybody_can_run() -> None:
    told = [yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").iterdir()]
    jobs = [job for workflow in told for job in workflow["jobs"].values()]
    assert {step["run"] for job in jobs for step in job["steps"] if "run" in step} == {".ci/run", "make site"}


# The packages come from the index again, a minute on a quiet machine.
@pytest.mark.slow
def test_what_condas_pip_installs_is_what_the_constraints_name(tmp_path: Path) -> None:
    told = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"]
    (tmp_path / "requirements.txt").write_text("\n".join(told))
    project = tmp_path / "a project"
    project.mkdir()
    for name in ("constraints.txt", "pyproject.toml", "README.md", "greeter", "controlplane", "helpers"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, project / name)
    shutil.copytree(ROOT / "localcluster", project / "localcluster")
    (tmp_path / "requirements.txt").rename(project / "requirements.txt")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)  # noqa: S603
    python = ["--python", str(tmp_path / "bare" / "bin" / "python")]
    settings = install.pip_settings(output(sys.executable, "-m", "pip", "config", "list"))
    command = [sys.executable, "-m", "uv", "pip", "install", *python, *install.uv_switches(settings)]
    ended = subprocess.run(  # noqa: S603
        [*command, "-r", "requirements.txt"],
        cwd=project,
        env=install.uv_environment(settings, os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode and "connect" in ended.stderr:
        pytest.skip("no package index within reach")
    assert ended.returncode == 0, ended.stderr
    installed = output(sys.executable, "-m", "uv", "pip", "freeze", "--exclude-editable", *python)
    versions = {
        canonicalize_name(one.name): str(one.specifier) for one in map(Requirement, installed.split())
    }
    assert versions == {name: str(pins()[name].specifier) for name in versions}
    base = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    assert {canonicalize_name(one.name) for one in base} <= set(versions)


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


# --- what is written for readers ----------------------------------------------------------------------------


def test_the_newest_version_of_the_changelog_is_the_projects() -> None:
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert versions[0] == PROJECT["project"]["version"]


def test_make_knows_every_verb_that_the_pages_name() -> None:
    makefile = (ROOT / "Makefile").read_text()
    declared = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert declared
    named = {verb for page in PAGES for verb in re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", code(page))}
    assert {"report", "test", "test-all", "lab", "check"} <= named
    assert named <= set(declared[1].split())


def code(page: str) -> str:
    """What a page sets in code: indented lines, fences and spans."""
    text = (ROOT / page).read_text()
    return "\n".join(re.findall(r"^    .*$|`[^`\n]+`", text, flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_map_for_contributors_names_paths_that_exist() -> None:
    maps = (ROOT / "CONTRIBUTING.md").read_text().partition("## Who may import whom")[0]
    rows = [
        cell
        for row in re.findall(r"^\|.*\|$", maps, flags=re.MULTILINE)
        for cell in re.findall(r"`([^`]+)`", row)
    ]
    paths = [name for name in rows if "/" in name]
    assert len(paths) > 15
    assert [name for name in paths if not (ROOT / name).exists()] == []


def test_the_map_shows_the_layers_that_are_checked() -> None:
    contract = ConfigParser()
    contract.read(ROOT / ".importlinter")
    layers = contract["importlinter:contract:helpers"]["layers"].split("\n")
    drawn = re.search(r"```\n(handout.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.DOTALL)
    assert drawn
    assert [line.partition("  ")[0] for line in drawn[1].splitlines()] == [layer for layer in layers if layer]
    packages = {path.parent.name for path in (ROOT / "helpers").glob("*/__init__.py")}
    assert packages == {name for layer in layers for name in layer.split(" | ") if name}


def test_the_manifests_page_names_every_folder() -> None:
    text = (ROOT / "manifests/README.md").read_text()
    named = re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)
    assert sorted(named) == sorted(path.parent.name for path in ROOT.glob("manifests/*/kustomization.yaml"))


# --- what may be in no file ---------------------------------------------------------------------------------

# In two halves each, since this file is searched too.
REGISTRIES = [".".join(halves) for halves in (("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"))]
MACHINE = re.compile("(?<![\\w.$}~)])/" + "(root|work|tmp/[a-z])" + "(/|\\b)")


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in texts() for host in REGISTRIES if host in text]
    assert found == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    found = [(name, match[0]) for name, text in texts() for match in MACHINE.finditer(text)]
    assert found == []


def test_conformance_has_a_number_to_hold() -> None:
    assert int((ROOT / ".ci/conformance-best").read_text()) >= 0
