"""What ``make lab`` starts, in a copy of the project; a notebook in it as a reader has it, in a browser."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from playwright.sync_api import Browser, Locator, Page

from tests.helpers import browser
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
FILES = ("Makefile", "pyproject.toml", "constraints.txt", "helpers/lesson/startup.py")
MADE = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
# The interpreter of these tests in the place of the one that make would set up: nothing is downloaded here.
INTERPRETER = '#!/bin/sh\nexec "{python}" "$@"\n'
ADDRESS = re.compile(r"http://\S+/lab\?token=\w+")
# JupyterLab marks what waits or runs with a star; a cell that fails takes the star from all that wait. (The
# text as seen, innerText, is empty where a cell is out of sight.) Beside it, what comes and goes while cells
# run: how far progress bars were, and the charts, told by their words.
WATCH = """() => {
  window.begun = window.ended = false; window.bars = new Set(); window.charts = new Set();
  new MutationObserver(() => {
    const prompts = Array.from(document.querySelectorAll('.jp-InputPrompt'), (one) => one.textContent);
    window.ended = window.begun && !prompts.includes('[*]:');
    window.begun ||= prompts.includes('[*]:');
    document.querySelectorAll('.progress-bar').forEach((bar) => { window.bars.add(bar.style.width); });
    document.querySelectorAll('.jp-OutputArea img').forEach((chart) => { window.charts.add(chart.alt); });
  }).observe(document.body, {attributes: true, characterData: true, childList: true, subtree: true});
}"""


def project(folder: Path) -> Path:
    """Copy what ``make lab`` needs, for JupyterLab writes into the notebooks that it shows; return where."""
    made = folder / "project"
    (made / ".venv/bin").mkdir(parents=True)
    (made / "helpers/lesson").mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / name, made / name)
    shutil.copytree(ROOT / "notebooks", made / "notebooks", ignore=MADE)
    # What the notebooks print of the files beside them.
    for name in ("manifests", "greeter"):
        (made / name).symlink_to(ROOT / name)
    python = made / ".venv/bin/python"
    python.write_text(INTERPRETER.format(python=sys.executable))
    python.chmod(0o755)
    (made / ".venv/.ready-base").write_text(str(made))
    return made


def environment(folder: Path, told: Mapping[str, str]) -> dict[str, str]:
    """Return that of a user who has set nothing, but for a free port, no browser, and homes in ``folder``."""
    # A make around the tests would hand its own options down.
    outer = ("MAKE", "MFLAGS", "JUPYTER", "LAB_", "PYTHONSTARTUP")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outer)}
    homes = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    return {**kept, **homes, "JUPYTER_PORT": "0", "BROWSER": "true", **told}


@contextlib.contextmanager
def serving(folder: Path, told: Mapping[str, str]) -> Iterator[str]:
    """Run ``make lab`` in a copy of the project; yield the address that it tells, token included.

    At the end nothing of it is left: its output is read until nobody holds the other end any more.
    """
    with (
        subprocess.Popen(
            ["make", "lab"],  # noqa: S607 - the one that the reader has on PATH
            cwd=project(folder),
            env=environment(folder, told),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as made,
        ThreadPoolExecutor(1) as reader,
    ):
        assert made.stdout
        try:
            address = _address(made.stdout)
            # Nobody would read what it says later, and it would wait for them.
            rest = reader.submit(made.stdout.read)
            yield address
        finally:
            # Not make alone, which would not wait for what it has started.
            os.killpg(made.pid, signal.SIGTERM)
        rest.result(PATIENCE)


def _address(output: IO[str]) -> str:
    said = ""
    for line in output:
        if found := ADDRESS.search(line):
            return found[0]
        said += line
    raise AssertionError(f"make lab ended before it told an address:\n{said}")


@dataclass(frozen=True)
class Notebook:
    """A notebook in an open JupyterLab."""

    page: Page
    seen: browser.Seen

    def cell(self, text: str) -> Locator:
        """Return the code cell that has a text in its source."""
        return self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".cm-content", has_text=text))

    def select(self, text: str) -> None:
        """Select the code cell that has a text in its source."""
        self.cell(text).locator(".jp-InputPrompt").click()

    def write(self, old: str, new: str) -> None:
        """Write a cell's source anew, as with the keyboard."""
        self.cell(old).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(new)

    def run(self, entry: str) -> None:
        """Choose an entry of the menu Run, and wait until no cell runs or waits to."""
        self.page.evaluate(WATCH)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator(".lm-Menu-item").filter(has=self.page.get_by_text(entry, exact=True)).click()
        self.page.wait_for_function("window.ended")

    def errors(self) -> list[str]:
        """Return what is shown of errors, and of what was written to standard error."""
        wrong = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
        shown = self.page.locator(", ".join(f'[data-mime-type="{kind}"]' for kind in wrong))
        return shown.all_text_contents()

    def numbers(self) -> list[str]:
        """Return what stands before each code cell: the number of its run."""
        return self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()

    def charts(self) -> list[tuple[int, str]]:
        """Return each picture among the outputs: natural width in pixels, 0 if not shown, and its words."""
        return [self._chart(one) for one in self.page.locator(".jp-OutputArea img").all()]

    @staticmethod
    def _chart(picture: Locator) -> tuple[int, str]:
        picture.scroll_into_view_if_needed()
        width = picture.evaluate("(one) => one.complete ? one.naturalWidth : 0")
        return int(width) * picture.is_visible(), picture.get_attribute("alt") or ""

    def progress(self) -> set[str]:
        """Return how wide the progress bars of the last run were, such as ``50%``."""
        return set(self.page.evaluate("[...window.bars]"))

    def frames(self) -> list[str]:
        """Return the words of all charts of the last run, also of those that others took the place of."""
        return list(self.page.evaluate("[...window.charts]"))


@contextlib.contextmanager
def notebook(started: Browser, address: str, name: str, cells: int) -> Iterator[Notebook]:
    """Open a notebook of the course, with a kernel that is ready, and all of its code cells."""
    lab, _, token = address.partition("?")
    with browser.opened(started, f"{lab}/tree/{name}.ipynb?{token}") as (page, seen):
        # The last cell's prompt is there when all are; the kernel has started when it is idle.
        page.locator(".jp-CodeCell .jp-InputPrompt").nth(cells - 1).wait_for(state="attached")
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for()
        yield Notebook(page, seen)
