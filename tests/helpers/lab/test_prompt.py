from __future__ import annotations

import io
import sys

import pytest

from helpers.lab import prompt


def test_nobody_is_asked_without_a_terminal_or_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "in_notebook", lambda: False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert prompt.ask("really?") is None


def test_a_notebook_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "in_notebook", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: f"{question} yes")
    assert prompt.ask("really?") == "really? yes"


@pytest.mark.parametrize("error", [EOFError, NotImplementedError])
def test_a_front_end_without_input_gives_no_answer(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nobody(_question: str) -> str:
        raise error

    monkeypatch.setattr(prompt, "in_notebook", lambda: True)
    monkeypatch.setattr("builtins.input", nobody)
    assert prompt.ask("really?") is None


def test_a_run_that_keeps_results_is_unattended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "in_notebook", lambda: True)
    assert prompt.attended()
    monkeypatch.setenv("LAB_RESULTS", "somewhere")
    assert not prompt.attended()
