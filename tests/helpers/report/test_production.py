"""The overview's table of the second course, and the sentence above it."""

from __future__ import annotations

import pytest

from helpers.report.findings import Measure, Results
from helpers.report.production import groups


def failures(**medians: float) -> Results:
    """A measure for each setting, without spread."""
    made = [
        Measure("02-rollout", "failures_in_rollout", label, value, value, value, 3)
        for label, value in medians.items()
    ]
    return Results(measures=tuple(made))


@pytest.mark.parametrize(
    ("medians", "said"),
    [
        ({"a": 0, "b": 5}, "A rollout lost least with a (median 0), most with b (5)."),
        ({"a": 0, "b": 0, "c": 5}, "A rollout lost least with a and 1 other (median 0), most with c (5)."),
        (
            {"a": 0, "b": 5, "c": 5, "d": 5},
            "A rollout lost least with a (median 0), most with d and 2 others (5).",
        ),
        ({"a": 5, "b": 5}, "The ranges of a and b overlap: this run ranks neither first."),
    ],
)
def test_no_setting_is_called_the_best_alone_that_is_not(medians: dict[str, float], said: str) -> None:
    (group,) = groups(failures(**medians))
    assert group.sentence == said
