"""Each row of the overview's "What to do" is held to the numbers that it was made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.lesson.findings import MEASURES
from helpers.report.decisions import decisions
from helpers.report.findings import Measure, Results
from tests.helpers.report.test_production import measure

Row = tuple[str, str, str]
SEEN, RECOVER, ADDED = "seconds_to_new_pod", "seconds_to_recover", "latency_added_ms"


def told(*measures: Measure) -> list[Row]:
    made = decisions(Results(measures=measures))
    return [(row.case, " or ".join(row.settings), row.measured) for row in made]


def seen(**repeats: tuple[float, ...]) -> list[Measure]:
    return [measure(label, *values, name=SEEN) for label, values in repeats.items()]


@pytest.mark.parametrize(
    ("repeats", "settings", "measured"),
    [
        ({"a": (1, 2, 3), "b": (4, 5, 6)}, "a", "seen after 1.0 to 3.0 s; with b 4.0 or more"),
        ({"a": (1, 1, 1), "b": ()}, "a", "seen after 1.0 s; with b not within the run"),
        # As good as the best is whose median the best one's slowest repeat does not undercut.
        (
            {"a": (1, 2, 3), "b": (2, 3, 4), "c": (5,)},
            "a or b",
            "seen after 1.0 to 4.0 s; with c 5.0 or more",
        ),
        # Better than the worst, and yet not as good as the best.
        ({"a": (1,), "b": (3,), "c": (5,)}, "a", "seen after 1.0 s; with c 5.0 or more"),
        # Once as slow as the worst: not to be named, low as its median is.
        ({"a": (1, 2, 3), "b": (0, 0, 6), "c": (5,)}, "a", "seen after 1.0 to 3.0 s; with c 5.0 or more"),
        ({"a": (1, 2, 3), "b": (3, 4, 5)}, "a or b", "seen after 1.0 to 5.0 s; the ranges overlap"),
        ({"a": (2, 2, 2), "b": (2, 2, 2)}, "a or b", "seen after 2.0 s; the ranges overlap"),
        (dict.fromkeys("abcd", (2, 2, 3)), "any of the 4", "seen after 2.0 to 3.0 s; the ranges overlap"),
        # Nobody could read the difference.
        ({"a": (2.01,), "b": (2.04,)}, "a or b", "seen after 2.0 s; the ranges overlap"),
        ({"a": (1,), "b": (9,), "c": (9,)}, "a", "seen after 1.0 s; with b or c 9.0 or more"),
        (
            {"a": (1,), **dict.fromkeys("bcdef", (9.0,))},
            "a",
            "seen after 1.0 s; with b or c or 3 others 9.0 or more",
        ),
    ],
)
def test_the_least_is_named_where_no_repeat_of_it_meets_the_worst(
    repeats: dict[str, tuple[float, ...]], settings: str, measured: str
) -> None:
    assert told(*seen(**repeats)) == [("Pods are added", settings, measured)]


@pytest.mark.parametrize("repeats", [{}, {"a": (1.0,)}, {"a": ()}, {"a": (), "b": ()}])
def test_where_nothing_was_compared_nothing_is_said(repeats: dict[str, tuple[float, ...]]) -> None:
    assert told(*seen(**repeats)) == []


def test_faults_are_not_compared_with_each_other() -> None:
    labels = {
        "a, pod hangs": (2, 2),
        "a, pod crashes": (0, 0),
        "b, pod hangs": (4, 4),
        "b, pod crashes": (1, 1),
    }
    assert told(*(measure(label, *values, name=RECOVER) for label, values in labels.items())) == [
        ("A pod crashes", "a", "recovered after 0.0 s; with b 1.0 or more"),
        ("A pod hangs", "a", "recovered after 2.0 s; with b 4.0 or more"),
    ]


def test_loads_of_two_notebooks_are_not_compared_with_each_other() -> None:
    added = [
        measure(label, value, name=ADDED, notebook=notebook)
        for label, value, notebook in (("edge", 2, "05"), ("sidecar", 1, "05"), ("TLS", 0.5, "06"))
    ]
    # Of the second one there is nothing to compare with.
    assert told(*added) == [("A proxy, in 05", "sidecar", "1.00 ms added; with edge 2.00 or more")]
    assert [row.href for row in decisions(Results(measures=tuple(added)))] == ["05.html"]


def rollout(**lost: dict[str, int]) -> list[Measure]:
    """For each way, what its last repeat lost by ending."""
    return [
        measure(f"{way}, {ending}", 0, 0, last) for way, each in lost.items() for ending, last in each.items()
    ]


def test_who_lost_nothing_most_often_is_named_for_endings_and_for_ways() -> None:
    lost = rollout(a={"stop": 3, "sleep": 0}, b={"stop": 0, "sleep": 0}, c={"stop": 2, "sleep": 1})
    assert told(*lost) == [
        ("A rollout: how pods end", "sleep", "lost no greetings in 2 of 3 ways; with stop in 1 of 3"),
        ("A rollout: how clients call", "b", "lost no greetings in 2 of 2 endings; with c in none of 2"),
    ]


def test_where_all_are_alike_none_is_preferred() -> None:
    endings, ways = told(*rollout(a={"stop": 0, "sleep": 0}, b={"stop": 0, "sleep": 0}))
    assert endings[1:] == ("any of the 2", "each lost no greetings in 2 of 2 ways")
    assert ways[1:] == ("any of the 2", "each lost no greetings in 2 of 2 endings")
    endings, ways = told(*rollout(a={"stop": 1, "sleep": 2}, b={"stop": 1, "sleep": 1}))
    assert endings[1:] == ("none of the 2", "each lost greetings in all ways")
    assert ways[1:] == ("none of the 2", "each lost greetings in all endings")


def test_what_was_not_counted_is_no_loss() -> None:
    lost = [*rollout(a={"stop": 1, "sleep": 0}), measure("b, sleep")]
    assert told(*lost) == [
        ("A rollout: how pods end", "sleep", "lost no greetings in 1 of 1 ways; with stop in none of 1"),
    ]


REPEATS = st.lists(st.sampled_from([0.0, 0.04, 1.0, 2.0, 40.0]), max_size=3)
ALL = st.lists(
    st.builds(
        lambda name, label, values, notebook: measure(label, *values, name=name, notebook=notebook),
        st.sampled_from(MEASURES),
        st.sampled_from(["a, x", "a, y", "b, x", "b, y", "c", "d"]),
        REPEATS,
        st.sampled_from(["01", "02"]),
    ),
    max_size=12,
    unique_by=lambda made: (made.name, made.label),
)


@given(ALL)
def test_whatever_is_missing_or_tied_a_row_has_its_words(measures: list[Measure]) -> None:
    for case, settings, measured in told(*measures):
        assert all((case, settings, measured))
        assert "None" not in measured
        assert "nan" not in measured
