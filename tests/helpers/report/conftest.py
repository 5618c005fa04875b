from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat import v4

from helpers.report import kernel

Write = Callable[..., Path]


def prose(text: str, *tags: str) -> Any:
    return v4.new_markdown_cell(text, metadata={"tags": list(tags)})  # type: ignore[no-untyped-call]


def code(text: str, *tags: str, outputs: list[Any] | None = None) -> Any:
    cell = v4.new_code_cell(text, metadata={"tags": list(tags)})  # type: ignore[no-untyped-call]
    cell.outputs = outputs or []
    return cell


def output(kind: str, **content: Any) -> Any:
    return v4.new_output(kind, **content)  # type: ignore[no-untyped-call]


def notebook(*cells: Any) -> Any:
    return v4.new_notebook(cells=list(cells))  # type: ignore[no-untyped-call]


def picture() -> str:
    buffer = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a notebook of the given cells into a folder and return its path."""

    def write_notebook(name: str, *cells: Any) -> Path:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.ipynb"
        nbformat.write(notebook(*cells), path)  # type: ignore[no-untyped-call]
        return path

    return write_notebook


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    return kernel.environment(tmp_path, {})
