from __future__ import annotations

from typing import Any

import pytest

from helpers.handout.lesson import Lesson, read_lesson
from helpers.report.course import PRODUCTION, find_notebooks
from helpers.report.runner import load
from tests.helpers.report.conftest import code, notebook, output, picture, prose

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20"/></svg>'


def chart(alt: str) -> Any:
    return output(
        "display_data",
        data={"image/png": picture(), "image/svg+xml": SVG, "text/plain": alt},
        metadata={"image/png": {"alt": alt}, "image/svg+xml": {"alt": alt}},
    )


def said(text: str) -> Any:
    return output("stream", name="stdout", text=text)


def answers(text: str) -> str:
    """The source of an answer cell."""
    return f"<details><summary>Answers</summary>\n\n{text}\n\n</details>"


def small() -> Any:
    """A lesson with one of everything."""
    return notebook(
        prose(
            "# 1. One: pinned\n\nThree pods, **one** client.\n\n"
            "**Goals.** At the end you can\n\n- say `which` pod,\n- say why."
        ),
        prose("## 1.1 The lab\n\nIn a terminal: `kubectl get pods -A`. Forget `kubectl` alone."),
        code("import helpers\n\nlab = helpers.connect()\nhelpers.apply(lab, 'greeter')"),
        code("helpers.show(helpers.plot_topology(lab, 'clusterip'))", outputs=[chart("Topology.")]),
        prose("## 1.2 Predict, then measure\n\n**Predict** the share of each pod. The line below says even."),
        code("expected = dict.fromkeys(pods, 1 / len(pods))", outputs=[said("not the answer")]),
        code("helpers.show(helpers.plot_distribution(one))", outputs=[chart("All on one pod.")]),
        code("print('off')", outputs=[said("off by 67 points")]),
        prose("**Questions to consider.**\n\n1. Why one?\n2. Would `ten` help?"),
        prose(answers("1. The connection decides.\n2. Rarely all three."), "answer"),
        prose("## 1.3 Two words\n\nBefore you run the next cell: will it fail?"),
        code("print('no')", outputs=[said("it did not")]),
        prose("**Question to consider.** And now?"),
        prose(answers("Now it is over."), "answer"),
        prose("## 1.4 Exercise: move it\n\nMake it move."),
        code("# your code here"),
        code(
            "lab.core.delete_secret_thing()", "solution", outputs=[said("moved to another"), chart("Secret.")]
        ),
        prose("The hidden reason is its connection.", "solution"),
        prose("## 1.5 What to do in production\n\n| do | price |\n|---|---|\n| a proxy | a hop |"),
        prose("## 1.6 Goals, answered\n\n- **Which pod** stands in the log.\n- **Why** is the connection."),
        code("helpers.save_findings('01', greetings)\nhelpers.delete(lab)"),
    )


@pytest.fixture
def lesson() -> Lesson:
    return read_lesson("01-one", small())


@pytest.fixture(scope="session")
def course() -> list[Lesson]:
    """The notebooks as they are, not executed."""
    return [read_lesson(path.stem, load(path)) for path in find_notebooks()]


@pytest.fixture(scope="session")
def second_course() -> list[Lesson]:
    """Those of the second course."""
    paths = find_notebooks(parts=(PRODUCTION,))
    return [read_lesson(path.stem, load(path), PRODUCTION) for path in paths]
