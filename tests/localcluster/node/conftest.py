"""Child processes are awaited as the daemon awaits them."""

import pytest

from localcluster import programs


@pytest.fixture(autouse=True, scope="session")
def _pidfds() -> None:
    programs.use_pidfds()
