"""A program that runs by itself, shown as a pod: its log, its restarts, and its return."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from localcluster.host import addresses, programs
from localcluster.node.mirror import ANNOTATION, Static
from localcluster.storage.store import Store
from tests.localcluster.node.lab import Lab, Object, pod

HELLO = "import os, time; print('hello from', os.getpid(), flush=True); time.sleep(3600)"
NAME = "front-local-node"


@contextlib.asynccontextmanager
async def show(
    folder: Path, block: addresses.Block, *, store: Store | None = None, version: str = "1.0"
) -> AsyncIterator[tuple[Lab, programs.Program]]:
    """Run a program, and a node that shows it."""
    folder.mkdir(exist_ok=True)
    (folder / "front").mkdir(exist_ok=True)

    async def is_ready() -> bool:
        return True

    program = programs.Program("front", [sys.executable, "-c", HELLO], folder / "front", is_ready)
    static = Static(
        namespace="lab",
        name="front",
        container="controller",
        image=f"front:{version}",
        labels={"app": "front"},
        address=block.ingress,
        ports={"http": 8080},
    )
    lab = Lab(folder / "pods", block, store=store)
    lab.kubelet.show(static, program)
    try:
        async with lab:
            await program.launch()
            await program.ready()
            await lab.until(lambda: lab.is_ready(NAME))
            yield lab, program
    finally:
        await program.stop()


@pytest.fixture
async def shown(tmp_path: Path, block: addresses.Block) -> AsyncIterator[tuple[Lab, programs.Program]]:
    async with show(tmp_path, block) as found:
        yield found


def uid(lab: Lab) -> str:
    return str((lab.find(NAME) or {"metadata": {"uid": ""}})["metadata"]["uid"])


async def test_a_program_is_shown_as_a_pod_with_its_log(
    shown: tuple[Lab, programs.Program], block: addresses.Block
) -> None:
    lab, program = shown
    (found,) = lab.registry.list("Pod", "lab", {"app": "front"})
    assert ANNOTATION in found["metadata"]["annotations"]
    assert [one["kind"] for one in found["metadata"]["ownerReferences"]] == ["Node"]
    assert (found["status"]["phase"], found["status"]["podIP"]) == ("Running", block.ingress)
    assert lab.first(NAME)["image"] == "front:1.0"
    assert f"hello from {program.pid}" in await lab.says("hello", NAME, container="controller")


async def test_a_program_that_dies_is_counted_and_its_last_words_kept(
    shown: tuple[Lab, programs.Program],
) -> None:
    lab, program = shown
    first = program.pid
    await lab.says("hello", NAME, container="controller")
    program.signal(programs.KILL)
    await lab.until(lambda: lab.first(NAME).get("restartCount") == 1 and lab.is_ready(NAME))
    assert lab.first(NAME)["lastState"]["terminated"]["exitCode"] == 137
    assert f"hello from {program.pid}" in await lab.says("hello", NAME, container="controller")
    before = await lab.log(NAME, "controller", previous=True)
    assert before == f"hello from {first}\n"


async def test_who_deletes_the_pod_gets_it_back_and_the_program_runs_on(
    shown: tuple[Lab, programs.Program],
) -> None:
    lab, program = shown
    before, runs = uid(lab), program.pid
    await lab.says("hello", NAME, container="controller")
    lab.delete(NAME)
    await lab.until(lambda: uid(lab) not in ("", before) and lab.is_ready(NAME))
    assert program.pid == runs
    assert await lab.log(NAME, "controller") == ""  # the old pod's log went with it
    program.signal(programs.KILL)
    await lab.says("hello", NAME, container="controller")


async def test_the_program_outlives_the_namespace_it_is_shown_in(shown: tuple[Lab, programs.Program]) -> None:
    lab, program = shown
    lab.registry.delete("Namespace", None, "lab")
    lab.delete(NAME)
    await lab.gone(NAME)
    first = program.pid
    program.signal(programs.KILL)
    await lab.until(lambda: program.pid not in (None, first))
    assert lab.find(NAME) is None


async def test_the_pod_stays_over_a_restart_of_the_cluster_and_changes_with_the_version(
    tmp_path: Path, block: addresses.Block
) -> None:
    store, seen = Store(), list[tuple[str, Object]]()
    for version in ("1.0", "1.0", "1.1"):
        async with show(tmp_path, block, store=store, version=version) as (lab, _):
            seen.append((uid(lab), lab.first(NAME)))
    (first, _), (second, again), (third, newer) = seen
    assert (first, again["restartCount"], again["image"]) == (second, 1, "front:1.0")
    assert third != first
    assert (newer["restartCount"], newer["image"]) == (0, "front:1.1")


async def test_a_mirror_of_nothing_is_removed(shown: tuple[Lab, programs.Program]) -> None:
    lab, _ = shown
    orphan = pod("orphan", nodeName="local-node")
    orphan["metadata"]["annotations"] = {ANNOTATION: "x"}
    lab.create(orphan)
    await lab.gone("orphan")
    assert lab.is_ready(NAME)
