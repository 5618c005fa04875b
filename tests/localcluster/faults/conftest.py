from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.localcluster.faults.world import World


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], World]]:
    """Start clusters of names of one's choice; what is left of them at the end is stopped."""
    folder: Path = tmp_path_factory.mktemp("home")
    made: list[World] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLUSTER_HOME", str(folder))

        def begin(name: str) -> World:
            patch.setenv("LOCALCLUSTER_NAME", name)
            made.append(World(name))
            made[-1].start()
            return made[-1]

        yield begin
        for one in made:
            one.stop(purge=True)


@pytest.fixture(scope="module")
def world(start: Callable[[str], World]) -> World:
    """A cluster for all tests of a module."""
    return start("faults")
