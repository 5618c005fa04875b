from __future__ import annotations

from typing import Any

from helpers.handout.commands import COLUMNS, LINES, Reader, commands
from helpers.handout.lesson import Lesson, read_lesson
from tests.helpers.report.conftest import code, notebook, prose

POD = "%%pod --to log --env ca\nimport grpc\nprint(grpc)"


def lesson_of(*cells: Any) -> Lesson:
    opening = prose("# 1. One\n\nLead.\n\n**Goals.** You can\n\n- a")
    return read_lesson("01-x", notebook(opening, prose("## 1.1 Two\n\nText."), *cells))


def typed(*cells: Any) -> list[tuple[Reader, str]]:
    return [(one.reader, one.text) for one in commands(lesson_of(*cells))]


def test_lines_are_in_order_and_say_what_reads_them(lesson: Lesson) -> None:
    found = [(line.where, line.text, line.reader) for line in commands(lesson)]
    assert found == [
        ("1.1 The lab", "kubectl get pods -A", Reader.SHELL),
        ("1.1 The lab", "import helpers", Reader.PYTHON),
        ("1.1 The lab", "lab = helpers.connect()", Reader.PYTHON),
        ("1.1 The lab", "helpers.apply(lab, 'greeter')", Reader.PYTHON),
        ("1.1 The lab", "helpers.show(helpers.plot_topology(lab, 'clusterip'))", Reader.PYTHON),
        ("1.6 Goals, answered", "helpers.delete(lab)", Reader.PYTHON),
    ]


def test_a_statement_comes_with_those_that_define_its_names() -> None:
    assert typed(
        code("import helpers\nimport re\nlab = helpers.connect()"),
        code("words = re.split(' ', text)\ntext = 'a b'"),
        code("helpers.apply(lab, words[0])"),
    ) == [
        (Reader.PYTHON, line)
        for line in (
            "import helpers",
            "lab = helpers.connect()",
            "import re",
            "text = 'a b'",
            "words = re.split(' ', text)",
            "helpers.apply(lab, words[0])",
        )
    ]


def test_a_statement_whose_names_paper_has_no_room_for_is_left_out() -> None:
    long = "table = [\n" + "    1,\n" * LINES + "]"
    assert typed(
        code("import helpers"), code(long), code("helpers.show(table)"), code("helpers.show(nothing)")
    ) == [(Reader.PYTHON, "import helpers")]
    assert typed(code("import helpers"), code("table = 1"), code(long), code("helpers.show(table)")) == [
        (Reader.PYTHON, "import helpers")
    ]


def test_a_client_for_a_pod_is_whole_and_gets_what_it_names() -> None:
    ends = code("import helpers\nhelpers.show(log)")
    assert typed(code("ca = 'x'"), code(POD), ends)[:2] == [(Reader.PYTHON, "ca = 'x'"), (Reader.POD, POD)]
    assert (Reader.PYTHON, "helpers.show(log)") in typed(code("ca = 'x'"), code(POD), ends)
    assert typed(code(POD), ends) == [(Reader.PYTHON, "import helpers")]


def test_a_short_loop_and_a_line_for_a_shell_are_typed_in_the_notebook() -> None:
    loop = "for way in ('a', 'b'):\n    helpers.apply(None, way)"
    assert typed(code(f"import helpers\n{loop}\n!kubectl get pods\n!ls")) == [
        (Reader.PYTHON, "import helpers"),
        (Reader.PYTHON, loop),
        (Reader.PYTHON, "!kubectl get pods"),
    ]


def test_lines_of_the_courses_fit_on_paper_and_come_once(
    course: list[Lesson], second_course: list[Lesson]
) -> None:
    for lesson in (*course, *second_course):
        texts = [one.text for one in commands(lesson) if one.reader is not Reader.POD]
        assert "import helpers" in texts
        assert max(len(line) for text in texts for line in text.splitlines()) <= COLUMNS
        assert len(texts) == len(set(texts))
