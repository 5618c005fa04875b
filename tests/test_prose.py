"""The check of texts: what it finds, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests import prose

LONG = " ".join(["word"] * 33)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("Calls that are under\nway end.", "in flight"),
        ("It takes them in turn.", "round robin, cycles through"),
        ("Pods who fail.", "it, which, that"),
        ("The client, whom DNS answers, waits.", "it, which, that"),
        ("| a table | in turn |\n|---|---|\n\nIt is well again.", "recovers"),
    ],
)
def test_a_word_is_found_and_its_replacement_said(text: str, instead: str) -> None:
    (complaint,) = prose.complaints(text)
    assert complaint.endswith(f"write: {instead}.")


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG[:-5]}.",
        "```\nin turn\n```",
        "Code:\n\n    knock in turn",
        "`in turn` is code.",
        "| in turn | knock |",
        f"- {LONG[:60]}\n- {LONG[:60]}\n- {LONG[:60]}",
        f"{LONG[:60]}. nginx {LONG[:60]}.",
        "[in a link](in-turn.md) nothing returns in turning.",
    ],
)
def test_code_tables_lists_and_short_sentences_are_left_alone(text: str) -> None:
    assert list(prose.complaints(text)) == []


@pytest.mark.parametrize("text", [f"{LONG}.", f"Short. {LONG}", f"- {LONG}", f"A [{LONG}](x.md)."])
def test_a_long_sentence_is_found(text: str) -> None:
    (complaint,) = prose.complaints(text)
    assert "at most 32" in complaint


def test_markdown_cells_are_read_and_code_cells_are_not(tmp_path: Path) -> None:
    cells = [v4.new_markdown_cell("in turn"), v4.new_code_cell("# in turn")]  # type: ignore[no-untyped-call]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "n.ipynb")  # type: ignore[no-untyped-call]
    assert list(prose.texts(tmp_path / "n.ipynb")) == ["in turn"]


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("No call that was in flight was cut.", True),
        ("The client always got an answer.", True),
        ("All clients lost calls.", True),
        ("Only a deadline ends the call, and the deadline covers all attempts.", False),
        ("It never moves a call.", False),
        ("| no call was cut |", False),
    ],
)
def test_an_outcome_of_every_case_is_no_text_beside_a_measurement(text: str, claimed: bool) -> None:
    assert bool(list(prose.claims(text))) == claimed


def test_outcomes_are_sought_beside_code_and_not_in_answers(tmp_path: Path) -> None:
    cells = [
        v4.new_markdown_cell("Before any code."),  # type: ignore[no-untyped-call]
        v4.new_code_cell("x"),  # type: ignore[no-untyped-call]
        v4.new_markdown_cell("No call was cut."),  # type: ignore[no-untyped-call]
        v4.new_code_cell("y"),  # type: ignore[no-untyped-call]
        v4.new_markdown_cell("None was cut.", metadata={"tags": ["answer"]}),  # type: ignore[no-untyped-call]
    ]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "n.ipynb")  # type: ignore[no-untyped-call]
    assert list(prose.beside_code(tmp_path / "n.ipynb")) == ["No call was cut."]
