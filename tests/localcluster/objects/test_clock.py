import re
from datetime import UTC, datetime

import pytest

from localcluster.objects import clock


def test_time_is_written_in_utc() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", clock.now())
    assert re.fullmatch(r".*\.\d{6}Z", clock.now_micro())
    assert clock.parse("2026-01-02T03:04:05+01:00") == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="has no time zone"):
        clock.parse("2026-01-02T03:04:05")
