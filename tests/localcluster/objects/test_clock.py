import re
from datetime import UTC, datetime

import pytest

from localcluster.objects import clock


def test_time_is_written_in_utc() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", clock.now())
    assert re.fullmatch(r".*\.\d{6}Z", clock.now_micro())
    assert clock.parse("2026-01-02T03:04:05+01:00") == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="is not RFC 3339"):
        clock.parse("2026-01-02T03:04:05")


@pytest.mark.parametrize(
    ("written", "micro", "read"),
    [
        ("2026-01-02T03:04:05Z", False, "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.678+01:00", False, "2026-01-02T02:04:05Z"),
        ("2026-01-02T03:04:05.000001Z", True, "2026-01-02T03:04:05.000001Z"),
        ("2026-01-02T03:04:05.600000+01:00", True, "2026-01-02T02:04:05.600000Z"),
    ],
)
def test_a_time_is_written_again_in_the_form_of_its_type(written: str, micro: bool, read: str) -> None:
    assert clock.canonical(written, micro=micro) == read
