"""Cells out of order, twice, after a restart of the kernel: the right result, or one sentence."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from helpers.lesson import notebooks
from helpers.report import kernel
from tests.notebooks.conftest import NAMES, PATHS

TIMEOUT = 300  # of a cell
STARTUP = Path(notebooks.__file__).with_name("startup.py")


def run(sources: Sequence[str], environment: dict[str, str], folder: Path) -> list[Any]:
    """Run cells in one kernel, whatever happens, and return each cell's outputs."""
    book = new_notebook(cells=[new_code_cell(source) for source in sources])  # type: ignore[no-untyped-call]
    client = NotebookClient(book, timeout=TIMEOUT, allow_errors=True)
    client.km = manager = kernel.manager(folder)
    told = {**kernel.environment(folder, {"LAB_PACE": "20", **environment})}

    async def all_cells() -> None:
        try:
            await client.async_start_new_kernel(env=told, cwd=str(notebooks.NOTEBOOKS))
            await client.async_start_new_kernel_client()
            for place, cell in enumerate(book.cells):
                await client.async_execute_cell(cell, place)
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            await manager.shutdown_kernel(now=True)

    asyncio.run(all_cells())
    return [cell.outputs for cell in book.cells]


def errors(outputs: Sequence[Any]) -> list[str]:
    """Return what the reader is shown of each error."""
    return ["\n".join(one.traceback) for one in outputs if one.output_type == "error"]


def is_sentence(shown: str) -> bool:
    return "Traceback" not in shown and len(shown.splitlines()) <= 2


@pytest.mark.slow
def test_each_cell_alone_gives_a_result_or_says_what_to_run(tmp_path: Path) -> None:
    """As after a restart of the kernel: every cell finds nothing that an earlier one made."""
    every = [(path.stem, cell.source) for path in PATHS for cell in notebooks.code_cells(path)]
    sources = [(name, source) for name, source in every if "connect()" not in source]
    forget = "get_ipython().run_line_magic('reset_selective', '-f .')\nimport helpers"
    outputs = run([step for _, source in sources for step in (forget, source)], {}, tmp_path)
    shown = [
        (name, source, text)
        for (name, source), out in zip(sources, outputs[1::2], strict=True)
        for text in errors(out)
    ]
    failed, ran = (Counter(name for name, *_ in some) for some in (shown, sources))
    # Hardly a cell works without an earlier one.
    assert [name for name in NAMES if failed[name] <= ran[name] / 2] == []
    assert [one for one in shown if not is_sentence(one[-1])] == []
    said = ("Run that cell first", "Run lab = helpers.connect() first")
    assert [text for *_, text in shown if not any(words in text for words in said)] == []


def test_a_kernel_of_make_lab_says_so_before_any_cell_has_run(tmp_path: Path) -> None:
    [[only]] = run(["helpers.apply(lab, 'greeter')"], {"PYTHONSTARTUP": str(STARTUP)}, tmp_path)
    assert is_sentence("\n".join(only.traceback))
    assert '"helpers" is not there yet' in only.traceback[0]


def test_a_readers_own_mistake_keeps_its_traceback(tmp_path: Path) -> None:
    outputs = run(["import helpers", "my_own_nmae", "1 / 0"], {}, tmp_path)
    assert "NameError" in errors(outputs[1])[0]
    assert "my_own_nmae" in errors(outputs[1])[0]
    assert "ZeroDivisionError" in errors(outputs[2])[0]


def test_after_the_last_cell_every_cell_says_so_and_all_of_them_work_again(
    own_cluster: dict[str, str], tmp_path: Path
) -> None:
    sources = [cell.source for cell in notebooks.code_cells(PATHS[NAMES.index("00-setup")])]
    later = [source for source in sources if "helpers." in source or "lab." in source or "stub" in source]
    environment = {**own_cluster, "LAB_NAMESPACE": f"order-{os.getpid()}"}
    outputs = run([*sources, *reversed(later[2:]), *sources], environment, tmp_path)
    first, rest, again = (
        outputs[: len(sources)],
        outputs[len(sources) : -len(sources)],
        outputs[-len(sources) :],
    )
    assert [text for out in first for text in errors(out)] == []
    shown = [text for out in rest for text in errors(out)]
    assert shown
    assert [text for text in shown if not is_sentence(text)] == []
    assert [text for out in again for text in errors(out)] == []
