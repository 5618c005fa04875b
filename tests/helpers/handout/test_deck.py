from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from helpers.handout.deck import LETTERS, LINES, MOST, Rank, Slide, choose
from helpers.handout.lesson import Lesson, read_lesson
from helpers.report.course import PRODUCTION, find_notebooks
from helpers.report.runner import load
from tests.helpers.handout.conftest import chart, said
from tests.helpers.report.conftest import code, notebook, prose

NOTEBOOKS = [*find_notebooks(), *find_notebooks(parts=(PRODUCTION,))]
OPENING = prose("# 1. One\n\nLead.\n\n**Goals.** You can\n\n- a")


def as_if_run(path: Path) -> Any:
    """A notebook in which each cell that draws has a chart, and each other one has written a line."""
    notebook = load(path)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            drawn = "plot_" in cell.source
            cell.outputs = [chart(f"Chart {number}.") if drawn else said(f"line {number}\n")]
    return notebook


def of(*cells: Any) -> list[Slide]:
    """The slides of a lesson of these cells, without the first."""
    return choose(read_lesson("01-one", notebook(OPENING, *cells)))[1:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_notebook_is_shown_on_few_slides_of_one_message(path: Path) -> None:
    slides = choose(read_lesson(path.stem, as_if_run(path)))
    assert 8 <= len(slides) <= MOST == 15
    for slide in slides:
        assert slide.heading
        assert slide.text or slide.code or slide.charts or slide.printed
        assert len(slide.charts) + bool(slide.printed) <= 1
        assert sum(bool(line.strip()) for line in slide.code.splitlines()) <= LINES + 1
    assert slides[-1].heading.endswith("Goals, answered")
    assert sum("Exercise" in slide.heading for slide in slides) == 1
    # A chart is on no two slides, and is never before the question that it answers.
    shown = [one.alt for slide in slides for one in slide.charts]
    assert len(shown) == len(set(shown))
    kinds = [(slide.heading, slide.kind) for slide in slides if slide.rank is Rank.PREDICTION]
    assert [kind for _, kind in kinds].count("Predict") >= [kind for _, kind in kinds].count("Measured")
    for before, (heading, kind) in itertools.pairwise(kinds):
        assert kind == "Predict" or before == (heading, "Predict")


def test_a_lesson_is_its_goals_questions_answers_and_an_exercise(lesson: Lesson) -> None:
    assert [(slide.heading, slide.kind) for slide in choose(lesson)] == [
        ("1. One: pinned", ""),
        ("1.1 The lab", ""),
        ("1.2 Predict, then measure", "Predict"),
        ("1.2 Predict, then measure", "Measured"),
        ("1.2 Predict, then measure", "Questions"),
        ("1.3 Two words", "Predict"),
        ("1.3 Two words", "Measured"),
        ("1.3 Two words", "Question"),
        ("1.4 Exercise: move it", ""),
        ("1.5 What to do in production", ""),
        ("1.6 Goals, answered", ""),
    ]
    opening, lab, asked, measured, questions, *_, goals = choose(lesson)
    assert "say `which` pod" in opening.text
    assert [one.alt for one in lab.charts] == ["Topology."]
    assert (asked.charts, asked.printed) == ((), "")
    assert [one.alt for one in measured.charts] == ["All on one pod."]
    assert (measured.text, measured.printed) == ("`off by 67 points`", "")
    assert questions.text == "1. Why one?\n2. Would `ten` help?"
    assert goals.text.startswith("- **Which pod**")


def test_nothing_of_answers_and_solutions_is_shown(lesson: Lesson) -> None:
    told = str(choose(lesson))
    hidden = ("The connection decides", "it is over", "delete_secret_thing", "moved to another", "Secret.")
    assert [words for words in hidden if words in told] == []


def test_the_client_is_on_the_slide_that_asks_about_it() -> None:
    client = "%%pod\nprint('a client')"
    asks, answer = of(
        prose("## 1.1 Two\n\n**Predict** it."), code("expected = 1"), code(client, outputs=[said("it ran")])
    )
    assert (asks.kind, asks.code, asks.printed) == ("Predict", client, "")
    assert (answer.kind, answer.code, answer.printed) == ("Measured", "", "it ran")
    (alone,) = of(prose("## 1.1 Two\n\nNo question."), code(client, outputs=[said("it ran")]))
    assert (alone.rank, alone.code, alone.printed) == (Rank.CLIENT, client, "it ran")
    long = "%%pod\n" + "\n".join(f"line_{number}()" for number in range(LINES + 1))
    assert [slide.code for slide in of(prose("## 1.1 Two\n\n**Predict** it."), code(long))] == [""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("One pod answered.", "One pod answered."),
        ("The rows are empty. In numbers:", "The rows are empty."),
        ("They lost it. How often?", "They lost it."),
        ("It is only a request. The cell below says more.", "It is only a request."),
        ("In numbers, beside your prediction:", ""),
        ("(An aside.)\n\nThe point.", "The point."),
        ("```sh\nkubectl get pods\n```", ""),
        ("`wait_for_ready` waits.", "`wait_for_ready` waits."),
        ("- a list", ""),
        ("### Next\n\nAnother matter.", ""),
        ("many words " * LETTERS, ""),
    ],
)
def test_a_chart_has_the_message_that_follows_it(text: str, message: str) -> None:
    first, *_ = of(prose("## 1.1 Two"), code("draw()", outputs=[chart("A.")]), prose(text))
    assert ([one.alt for one in first.charts], first.text) == (["A."], message)


def test_the_words_before_a_chart_are_of_that_chart() -> None:
    cells = [
        prose("## 1.1 Two"),
        code("a()", outputs=[chart("A.")]),
        prose("All at once."),
        code("b()", outputs=[chart("B.")]),
        prose("They agree."),
    ]
    assert [slide.text for slide in of(*cells)] == ["", "They agree."]


def test_a_full_deck_leaves_out_what_ranks_last() -> None:
    charts = [code(f"draw({number})", outputs=[chart(f"{number}.")]) for number in range(MOST)]
    asked = prose("**Question to consider.** Why?")
    slides = of(prose("## 1.1 Two"), *charts, asked, prose("## 1.2 Goals, answered\n\n- **A**"))
    assert len(slides) == MOST - 1
    assert [slide.rank for slide in slides[-2:]] == [Rank.QUESTION, Rank.FRAME]
    assert [one.alt for slide in slides for one in slide.charts] == [
        f"{number}." for number in range(MOST - 3)
    ]


def test_an_exercise_shows_what_it_gives() -> None:
    cells = [
        prose("## 1.1 Exercise: repair it\n\nIt is broken."),
        code("helpers.exercises.breaks(lab)"),
        code("%%script kubectl apply -f -\nkind: Service"),
        code("# your code here"),
        code("secret()", "solution"),
    ]
    (slide,) = of(*cells)
    assert (slide.text, slide.code) == ("It is broken.", cells[2].source)
