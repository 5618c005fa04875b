"""Durations as kubectl prints them (the cases of `k8s.io/apimachinery/pkg/util/duration`)."""

import pytest

from localcluster.api.tables.ages import human

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2.5, "<invalid>"),
        (-1.5, "0s"),
        (0, "0s"),
        (1.9, "1s"),
        (70, "70s"),
        (119, "119s"),
        (2 * MINUTE, "2m"),
        (190, "3m10s"),
        (10 * MINUTE, "10m"),
        (70 * MINUTE + 30, "70m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + MINUTE, "3h1m"),
        (8 * HOUR + MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY, "2d"),
        (2 * DAY + 3 * HOUR, "2d3h"),
        (8 * DAY + HOUR, "8d"),
        (367 * DAY, "367d"),
        (2 * YEAR + 10, "2y"),
        (2 * YEAR + 5 * DAY, "2y5d"),
        (9 * YEAR + 5 * DAY, "9y"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert human(seconds) == text
