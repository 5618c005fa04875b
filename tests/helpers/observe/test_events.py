"""Observers of one event are one event, and few events rank nothing."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.observe.events import (
    LEAST,
    Range,
    TooFewEventsError,
    by_event,
    events,
    from_saved,
    lower,
    over_events,
    to_saved,
)

NEVER = None


def test_rows_without_an_event_are_observers_of_one() -> None:
    table = pd.DataFrame({"way": ["a", "a", "b"], "client": ["x", "y", "z"], "seconds": [1, 3, 2]})
    observed = events(table, setting="way", value="seconds")
    assert observed.dtypes.astype(str).to_dict() == {
        "setting": "str",
        "event": "int64",
        "observer": "str",
        "value": "float64",
    }
    assert {name: found.events for name, found in over_events(observed).items()} == {"a": 1, "b": 1}
    # The last client counts: an operator waits for it.
    assert by_event(observed)["value"].to_list() == [3, 2]


def test_a_range_is_over_events_and_an_event_that_one_did_not_see_has_no_number() -> None:
    observed = from_saved({"a": [[1, 2, 3], [5, 4, 4], [2, NEVER, 1]], "b": [[NEVER]]})
    found = over_events(observed)
    assert found["a"] == Range(events=3, unseen=1, low=3.0, median=4.0, high=5.0)
    assert (found["b"].events, found["b"].seen, math.isnan(found["b"].median)) == (1, 0, True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3, 2, 1], [4, 5, 4, 5, 6], "one"),
        ([4, 5, 4, 5, 6], [1, 2, 3, 2, 1], "other"),
        ([1, 2, 3, 2, 4], [4, 5, 4, 5, 6], ""),  # they meet
        ([1, 2, 3, 2, 1], [4, 5, NEVER, 5, 6], "one"),  # what never came was not sooner
        ([1, 2, 3, 2, NEVER], [4, 5, 4, 5, 6], ""),
    ],
)
def test_lower_is_what_was_lower_in_each_event(
    one: list[float | None], other: list[float | None], expected: str
) -> None:
    observed = from_saved({"one": [[value] for value in one], "other": [[value] for value in other]})
    assert lower(observed, "one", "other") == expected


def test_fewer_than_five_events_rank_nothing_however_many_watched_them() -> None:
    observed = from_saved({"one": [[1.0] * 30] * (LEAST - 1), "other": [[9.0]] * LEAST})
    with pytest.raises(TooFewEventsError, match="4 events of 'one' rank nothing"):
        lower(observed, "one", "other")


VALUES = st.one_of(st.none(), st.integers(-1000, 1000).map(lambda number: number / 8))
SAVED = st.dictionaries(
    st.text(st.characters(codec="ascii"), min_size=1),
    st.lists(st.lists(VALUES, min_size=1, max_size=4), min_size=1, max_size=4),
    max_size=3,
)


@given(SAVED)
def test_what_is_saved_is_read_back(saved: dict[str, list[list[float | None]]]) -> None:
    assert to_saved(from_saved(saved)) == saved
