from __future__ import annotations

from typing import Any

import pytest

from helpers.handout.lesson import Lesson, read_lesson
from helpers.handout.questions import discussions, exercises, predictions
from tests.helpers.handout.conftest import said
from tests.helpers.report.conftest import code, notebook, output, prose


def returned(text: str) -> Any:
    return output("execute_result", data={"text/plain": text}, execution_count=1)


def asking(*cells: Any) -> Lesson:
    """A lesson of one prediction, then the cells."""
    opening = prose("# 1. One\n\nLead.\n\n**Goals.** You can\n\n- a")
    return read_lesson("01-x", notebook(opening, prose("## 1.1 Two\n\n**Predict** it."), *cells))


def test_a_prediction_has_its_rows_its_chart_and_its_lines(lesson: Lesson) -> None:
    share, failing = predictions(lesson)
    assert (share.where, share.prompt, share.rows) == ("1.2", "Predict the share of each pod.", ("", "", ""))
    assert [chart.alt for chart in share.charts] == ["All on one pod."]
    assert share.printed == "off by 67 points"
    assert (failing.prompt, failing.rows, failing.charts) == ("Will it fail?", (), ())
    assert failing.printed == "it did not"


@pytest.mark.parametrize(
    ("guess", "rows"),
    [
        ("expected = 2 / 4", ()),
        ("expected = math.ceil(10 / len(pods))", ()),
        ("expected = []", ()),
        ("expected = {pod: 0.5 for pod in pods}", ("", "", "")),
        ('expected = {"nginx": 0, "Envoy": 1}', ("nginx", "Envoy")),
    ],
)
def test_only_a_guess_with_parts_has_rows(guess: str, rows: tuple[str, ...]) -> None:
    assert predictions(asking(code(guess)))[0].rows == rows


def test_tables_that_cells_returned_answer_where_nothing_was_printed_or_drawn() -> None:
    table = "way   failed\nnginx      0"
    (one,) = predictions(
        asking(code("expected = 0", outputs=[returned("0")]), code("t", outputs=[returned(table)]))
    )
    assert one.printed == table
    (other,) = predictions(
        asking(code("print(1)", outputs=[said("1 failed")]), code("t", outputs=[returned(table)]))
    )
    assert other.printed == "1 failed"


def test_what_kubectl_confirms_is_no_answer() -> None:
    scaled = said('deployment.apps/demo scaled\npod "demo-1" deleted\npod/demo-2 condition met\n')
    (one,) = predictions(asking(code("!kubectl", outputs=[scaled]), code("p", outputs=[said("3 moved")])))
    assert one.printed == "3 moved"
    both = said("deployment.apps/demo-slow patched\npredicted 33%, measured 41%\n")
    assert predictions(asking(code("!kubectl", outputs=[both])))[0].printed == "predicted 33%, measured 41%"


def test_the_line_that_compares_is_the_answer_and_is_not_cut_off() -> None:
    first, last = code("a", outputs=[said("a line")]), code("b", outputs=[said("predicted 1, measured 3")])
    assert predictions(asking(first, last))[0].printed == "predicted 1, measured 3"
    many = said("\n".join([*"abcdefgh", "predicted 1"]))
    assert predictions(asking(code("c", outputs=[many])))[0].printed == "a\nb\nc\nd\n…\npredicted 1"


def test_a_table_that_compares_answers_before_a_line_that_does_not() -> None:
    table = "     predicted  measured\nall          0         3"
    verdict = output("stream", name="stdout", text="no client was late\n")
    (one,) = predictions(asking(code("rollout()", outputs=[verdict, returned(table)])))
    assert one.printed == table


def test_no_table_is_cut() -> None:
    long, short = "\n".join("abcdefghijk"), "\n".join("xyz")
    (one,) = predictions(asking(code("a", outputs=[returned(long)]), code("b", outputs=[returned(short)])))
    assert one.printed == long


def test_questions_of_a_cell_have_the_answer_below_it(lesson: Lesson) -> None:
    first, second = discussions(lesson)
    assert (first.where, first.questions) == ("1.2", ("Why one?", "Would `ten` help?"))
    assert first.answer == "1. The connection decides.\n2. Rarely all three."
    assert (second.where, second.questions, second.answer) == ("1.3", ("And now?",), "Now it is over.")


def test_an_exercise_keeps_its_solution_apart(lesson: Lesson) -> None:
    (exercise,) = exercises(lesson)
    assert exercise.text == "Make it move."
    assert [cell.source for cell in exercise.solution] == [
        "lab.core.delete_secret_thing()",
        "The hidden reason is its connection.",
    ]


def test_the_course_predicts_in_every_lesson_but_the_first(course: list[Lesson]) -> None:
    assert [lesson.name for lesson in course if not predictions(lesson)] == ["00-setup"]
    assert [lesson.name for lesson in course if not discussions(lesson)] == []
    unsolved = [lesson.name for lesson in course for one in exercises(lesson) if not one.solution]
    assert unsolved == []


def test_prompts_of_the_course_do_not_point_at_the_screen(course: list[Lesson]) -> None:
    prompts = [one.prompt for lesson in course for one in predictions(lesson)]
    assert len(prompts) >= 10
    assert [prompt for prompt in prompts if "next cell" in prompt or "below" in prompt] == []
    # What the question speaks of is named, although the notebook points at it.
    assert "The client makes 30 calls. How many of them does each pod answer?" in prompts


def test_named_rows_are_those_of_the_notebook(course: list[Lesson]) -> None:
    compare = next(lesson for lesson in course if lesson.name.startswith("05"))
    assert predictions(compare)[0].rows[:2] == ("clusterip", "headless")
