"""Child processes are awaited as the daemon awaits them."""

import asyncio
import sys
from collections.abc import Iterator

import pytest

from localcluster.host import programs


@pytest.fixture(autouse=True, scope="module")
def _pidfds() -> Iterator[None]:
    programs.use_pidfds()
    yield
    if sys.version_info < (3, 12):
        # The one before belongs to a loop that is closed; whatever starts a child later would be refused.
        asyncio.set_child_watcher(asyncio.ThreadedChildWatcher())
