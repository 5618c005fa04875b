from __future__ import annotations

import base64
from typing import Any

import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from helpers.lab.errors import LabError
from helpers.plots import show as module
from helpers.plots.show import show
from helpers.plots.style import describe

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    seen: list[tuple[Any, Any]] = []
    monkeypatch.setattr(module, "get_ipython", object)

    def display(data: Any, *, raw: bool, metadata: Any) -> None:
        assert raw
        seen.append((data, metadata))

    monkeypatch.setattr(module, "display", display)
    return seen


def test_the_picture_comes_with_its_words_and_size_and_is_closed(displayed: list[tuple[Any, Any]]) -> None:
    figure, ax = plt.subplots(figsize=(3, 2))
    describe(ax, "Two bars.")
    show(ax)
    [(data, metadata)] = displayed
    assert base64.b64decode(data["image/png"]).startswith(PNG)
    assert data["text/plain"] == "Two bars."
    assert f'{data["image/png"]}" alt="Two bars." width="288" height="192"' in data["text/html"]
    assert metadata == {"image/png": {"alt": "Two bars.", "width": 288, "height": 192}}
    assert not plt.fignum_exists(figure.number)


def test_a_vector_copy_comes_beside_it_where_it_is_asked_for(
    displayed: list[tuple[Any, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_FIGURES", "svg")
    show(describe(plt.subplots(figsize=(3, 2))[1], "Two bars."))
    [(data, metadata)] = displayed
    assert "<svg" in data["image/svg+xml"]
    # Letters are outlines: no font is asked for.
    assert "<text" not in data["image/svg+xml"]
    assert metadata["image/svg+xml"] == metadata["image/png"]


def test_a_figure_of_several_axes_says_all_of_them(displayed: list[tuple[Any, Any]]) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    describe(left, "Left.")
    describe(right, "Right.")
    show(figure)
    assert displayed[0][1]["image/png"]["alt"] == "Left. Right."


def test_a_plain_interpreter_gets_the_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "get_ipython", lambda: None)
    show(describe(Figure().add_subplot(), "One line."))
    assert capsys.readouterr().out == "One line.\n"


def test_axes_without_a_figure_cannot_be_shown() -> None:
    ax = Figure().add_subplot()
    ax.remove()
    with pytest.raises(LabError, match="draw the chart again"):
        show(ax)
