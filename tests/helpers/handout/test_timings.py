from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from helpers.handout import timings
from helpers.handout.lesson import HandoutError, Lesson


def test_every_section_of_the_course_has_minutes_and_no_other(course: list[Lesson]) -> None:
    planned = {number: len(each) for number, each in timings.MINUTES.items()}
    assert planned == {lesson.name[1]: len(lesson.sections) for lesson in course}


@pytest.mark.parametrize("session", timings.SESSIONS)
def test_a_session_is_no_longer_than_it_is(course: list[Lesson], session: str) -> None:
    steps = timings.plan(course, session)
    assert 0.9 * timings.SESSIONS[session] <= sum(step.minutes for step in steps) <= timings.SESSIONS[session]
    assert all(after.begins == before.begins + before.minutes for before, after in pairwise(steps))


def test_only_the_half_day_has_a_break(course: list[Lesson]) -> None:
    with_break = [
        session
        for session in timings.SESSIONS
        if any(step.what == "Break" for step in timings.plan(course, session))
    ]
    assert with_break == ["half day"]


def test_the_clock_has_hours() -> None:
    assert [timings.Step(minutes, 1, "").clock for minutes in (0, 59, 61)] == ["0:00", "0:59", "1:01"]


def test_a_section_without_minutes_is_named(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timings, "MINUTES", {"1": ((1, 1),)})
    with pytest.raises(HandoutError, match=r"Section 1\.2 of notebook 01-one has no minutes"):
        timings.plan([lesson], "90 minutes")


def test_a_plan_that_is_too_long_is_refused(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timings, "MINUTES", {"1": ((20, 20),) * 6})
    with pytest.raises(HandoutError, match="planned with 125 minutes and has 90"):
        timings.plan([lesson], "90 minutes")


def test_the_second_course_fits_its_day_and_every_notebook_of_it_has_an_exercise(
    second_course: list[Lesson],
) -> None:
    (session,) = timings.PRODUCTION_SESSIONS
    steps = timings.plan(second_course, session)
    planned = [step.what for step in steps if "Exercise" in step.what]
    assert [what[0] for what in planned] == [lesson.name[1] for lesson in second_course]


def test_the_second_course_is_planned_by_what_a_section_is(lesson: Lesson) -> None:
    second = replace(lesson, part="production")
    steps = timings.plan([replace(second, name="04-streams"), second], "one day")
    chosen = [(step.minutes, step.what) for step in steps if step.what.startswith(("Lunch", "1.4"))]
    exercise = (6, "1.4 Exercise: move it")
    assert chosen == [(45, "Lunch"), exercise, exercise]
