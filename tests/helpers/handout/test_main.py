"""The command on notebooks that need no cluster: the context named is never asked."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from helpers.handout.__main__ import main
from tests.helpers.handout.conftest import small
from tests.helpers.report.conftest import Write, code, prose, write

__all__ = ["write"]
OPENING = "# 1. One\n\nLead.\n\n**Goals.** You can\n\n- go."
DRAW = """
import os
from matplotlib import pyplot as plt
from helpers.plots.show import show
show(plt.subplots()[1])
print("figures:", os.environ["LAB_FIGURES"])
"""


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CONTEXT", "fake")


def run(tmp_path: Path, *arguments: str) -> int:
    return main([*arguments, "--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "out")])


def test_pdf_and_slides_from_one_run(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("01-one", prose(OPENING), prose("## 1.1 A\n\nText."), code(DRAW))
    kept = tmp_path / "kept"
    assert run(tmp_path, "pdf", "slides", "--executed", str(kept)) == 0
    made = [str(tmp_path / "out" / name) for name in ("handout.pdf", "trainer.pdf", "slides/index.html")]
    assert capsys.readouterr().out.splitlines()[-3:] == made
    assert all(Path(name).exists() for name in made)
    (executed,) = kept.glob("*.ipynb")
    outputs = nbformat.read(executed, as_version=4).cells[2].outputs  # type: ignore[no-untyped-call]
    assert "image/svg+xml" in outputs[0].data
    assert outputs[1].text == "figures: svg\n"


def test_kept_notebooks_are_not_run_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    nbformat.write(small(), kept / "01-one.ipynb")  # type: ignore[no-untyped-call]
    assert run(tmp_path, "slides", "--executed", str(kept)) == 0
    assert "off by 67 points" in (tmp_path / "out" / "slides" / "01-one.html").read_text()


def test_both_courses_have_papers_of_their_own(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "production").mkdir(parents=True)
    nbformat.write(small(), kept / "production" / "01-two.ipynb")  # type: ignore[no-untyped-call]
    assert run(tmp_path, "pdf", "slides", "--executed", str(kept)) == 0
    made = sorted(path.name for path in (tmp_path / "out").rglob("*.*"))
    assert made == ["01-two.html", "handout-production.pdf", "index.html", "trainer-production.pdf"]
    assert "What breaks in production" in (tmp_path / "out" / "slides" / "index.html").read_text()


def test_a_failed_notebook_makes_nothing(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("01-one", prose(OPENING), code("1 / 0"))
    assert run(tmp_path, "pdf") == 1
    assert "FAILED 01-one: cell 2, In [1]" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_to_make_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "required: what" in capsys.readouterr().err
