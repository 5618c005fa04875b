"""The form of a log line."""

from __future__ import annotations

import re

import pytest

from greeter import log


def test_a_line_begins_as_those_of_gos_logger() -> None:
    assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d Greeting: x", log.line("Greeting: x"))


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb"])
def test_an_event_is_one_line(text: str) -> None:
    assert log.line(text).endswith(" a b")


def test_spaces_are_kept() -> None:
    assert log.line("a  b").endswith(" a  b")
