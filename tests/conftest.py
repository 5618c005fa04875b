"""What all tests have on PATH, and how they are shared out among the workers of ``make test``."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from helpers.lab import kubectl

# Where a module is collected it may look for kubectl already, and the environment has it.
kubectl.put_on_path()

# Machines are busy; pytest has a limit of its own.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# What takes longest starts first, so that no worker is busy with it when the others have nothing left to do.
FIRST = ("notebooks", "localcluster/clients", "localcluster/faults", "helpers/report", "greeter", "manifests")
# Notebooks that load the machine: two of them at once would measure each other.
ALONE = ("tests/notebooks/test_production.py", "tests/notebooks/test_settings.py")
# What a cluster outlives: hardly a change of the course can break it, and it takes its time.
SLOW = tuple(
    f"tests/localcluster/faults/test_{name}.py" for name in ("crowds", "life", "parts", "rollouts", "writes")
)
# Each worker may hold a cluster.
MOST_WORKERS = 8


def pytest_xdist_auto_num_workers() -> int:
    """Tests wait more than they compute, so two workers share a core."""
    return min(2 * len(os.sched_getaffinity(0)), MOST_WORKERS)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests that are coroutines run in asyncio."""
    return "asyncio"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file on one worker, with its clusters; the first course's notebooks one by one."""
    items.sort(key=_place)
    for item in items:
        file = item.nodeid.partition("::")[0]
        if file in SLOW:
            item.add_marker(pytest.mark.slow)
        if not file.startswith("tests/notebooks/") or file in ALONE:
            item.add_marker(pytest.mark.xdist_group(file))


def _place(item: pytest.Item) -> int:
    return next((n for n, part in enumerate(FIRST) if item.nodeid.startswith(f"tests/{part}/")), len(FIRST))
