from __future__ import annotations

import pandas as pd
import pytest

from helpers.observe.log_lines import Lines

OWN = "2019/11/08 14:24:35 "
STAMP = "2019-11-08T14:24:36.123456789Z "


def times(*lines: str) -> list[str]:
    return [str(time) for time in Lines("\n".join(lines)).times()]


def tails(*lines: str) -> list[str]:
    which, distinct = Lines("\n".join(lines)).tails()
    return [distinct[number] for number in which]


def test_the_usual_stamp_is_read_to_the_nanosecond() -> None:
    assert times(f"{STAMP}{OWN}x") == ["2019-11-08 14:24:36.123456789+00:00"]


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("2019-11-08T14:24:36.5Z", "2019-11-08 14:24:36.500000+00:00"),
        ("2019-11-08T16:24:36.123456789+02:00", "2019-11-08 14:24:36.123456789+00:00"),
        ("2019-11-08T14:24:36.12345678xZ", "NaT"),
        ("2019-11-08T14:24:36.x23456789Z", "NaT"),
        ("2019-11-08T14:24:60.123456789Z", "NaT"),
        ("2019-13-08T14:24:36.123456789Z", "NaT"),
    ],
)
def test_any_other_stamp_is_read_as_it_is(stamp: str, time: str) -> None:
    assert times(f"{stamp} {OWN}x", f"{STAMP}{OWN}x")[0] == time


def test_without_a_stamp_the_clients_own_clock_counts() -> None:
    assert times(f"{OWN}x") == ["2019-11-08 14:24:35+00:00"]


def test_texts_that_differ_anywhere_are_told_apart() -> None:
    base = "a" * 37
    texts = [base[:at] + letter + base[at + 1 :] for at in range(37) for letter in "abc"]
    texts += [base[:length] for length in range(1, 37)] + [f"{base}\0", "a\0", "ö" * 9]
    assert tails(*(f"{STAMP}{OWN}{text}" for text in texts)) == texts
    assert tails(*(f"{OWN}{text}" for text in texts)) == texts


@pytest.mark.parametrize("text", ["", "\n", "short", OWN])
def test_lines_too_short_are_none(text: str) -> None:
    assert (len(Lines(text)), Lines(text).tails()[1], list(Lines(text).times())) == (0, [], [])


def test_an_empty_log_has_the_column_of_times_all_the_same() -> None:
    assert str(Lines("").times().dtype) == str(Lines(f"{OWN}x").times().dtype)
    assert isinstance(Lines("").times(), pd.Series)
