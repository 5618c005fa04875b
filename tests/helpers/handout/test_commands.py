from __future__ import annotations

from helpers.handout.commands import COLUMNS, commands
from helpers.handout.lesson import Lesson


def test_lines_are_in_order_and_say_who_reads_them(lesson: Lesson) -> None:
    typed = [(line.where, line.text, line.shell) for line in commands(lesson)]
    assert typed == [
        ("1.1 The lab", "kubectl get pods -A", True),
        ("1.1 The lab", "lab = helpers.connect()", False),
        ("1.1 The lab", "helpers.apply(lab, 'greeter')", False),
        ("1.1 The lab", "helpers.show(helpers.plot_topology(lab, 'clusterip'))", False),
        ("1.2 Predict, then measure", "helpers.show(helpers.plot_distribution(one))", False),
        ("1.6 Goals, answered", "helpers.delete(lab)", False),
    ]


def test_lines_of_the_course_fit_on_paper_and_come_once(course: list[Lesson]) -> None:
    for lesson in course:
        texts = [line.text for line in commands(lesson)]
        assert texts[0].startswith(("helpers.", "lab = helpers."))
        assert max(len(text) for text in texts) <= COLUMNS
        assert len(texts) == len(set(texts))
