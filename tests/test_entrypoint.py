"""``entrypoint.sh`` of the lab image, without an image: JupyterLab's folder, and what cells read there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.notebooks.conftest import cells

ROOT = Path(__file__).resolve().parents[1]
BOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
BESIDE = re.compile(r"(?:\.\./)+[\w./-]+")
LINKLESS = "#!/bin/sh\necho 'no links here' >&2\nexit 1\n"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """What comes first on PATH: a jupyter that says where it was started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "jupyter").write_text("#!/bin/sh\npwd\n")
    (folder / "jupyter").chmod(0o755)
    return folder


def started(programs: Path) -> Path:
    """Run what the image runs without a word, and return the folder where JupyterLab would be."""
    home = programs.parent / "home"
    told = {**os.environ, "HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [str(ROOT / "entrypoint.sh")]
    return Path(subprocess.run(command, env=told, capture_output=True, text=True, check=True).stdout.strip())  # noqa: S603


@pytest.mark.parametrize("links", [True, False])
def test_each_file_that_a_cell_reads_is_there_beside_the_notebooks(programs: Path, links: bool) -> None:
    if not links:
        (programs / "ln").write_text(LINKLESS)
        (programs / "ln").chmod(0o755)
    folder = started(programs)
    read = [
        folder / book.relative_to(ROOT / "notebooks").parent / name
        for book in BOOKS
        for cell in cells(book, "code")
        for name in BESIDE.findall(cell.source)
    ]
    assert len(read) > 4
    assert [path for path in read if not path.is_file()] == []


def test_a_changed_notebook_and_a_folder_of_the_same_name_are_kept(programs: Path) -> None:
    folder = started(programs)
    (folder / "00-setup.ipynb").write_text("changed")
    (folder.parent / "manifests").unlink()
    (folder.parent / "manifests").mkdir()
    started(programs)
    assert (folder / "00-setup.ipynb").read_text() == "changed"
    assert list((folder.parent / "manifests").iterdir()) == []
