"""Clients beside a container: one that is too slow, and input that nobody reads."""

import asyncio
import sys
from pathlib import Path

import pytest

from localcluster.node.catalogue import Command
from localcluster.node.logs import LogFile
from localcluster.node.process import Process
from localcluster.node.sessions import Attachment, Execution
from localcluster.node.stdio import STDOUT

PYTHON = (sys.executable, "-I", "-S", "-u", "-c")


async def everything(execution: Execution) -> bytes:
    return b"".join([chunk async for chunk in execution.outputs()[STDOUT]])


async def test_a_client_that_is_too_slow_is_left_behind_and_the_container_runs_on(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(40000): sys.stdout.write('x' * 1000)\nprint('end')"
    log = LogFile(tmp_path / "0.log")
    process = await Process.start(Command([*PYTHON, script], {}), tmp_path / "work", log)
    slow = Attachment(process, once=False)
    output = slow.outputs()[STDOUT]
    assert (await anext(output)).startswith(b"x")
    assert await process.wait() == 0
    with pytest.raises(ConnectionError, match="more slowly"):
        [chunk async for chunk in output]
    assert (tmp_path / "0.log").read_text().endswith("end\n")


async def test_input_that_nobody_reads_any_more_is_lost(tmp_path: Path) -> None:
    command = Command([*PYTHON, "import os; os.close(0); print('closed'); input()"], {})
    execution = await Execution.start(command, tmp_path, stdin=True, tty=False)
    assert (await anext(execution.outputs()[STDOUT])).startswith(b"closed")
    await execution.stdio.write(b"x" * 1_000_000)
    assert await execution.wait() == 1
    execution.end()


async def test_a_program_that_reads_slowly_gets_all_of_its_input(tmp_path: Path) -> None:
    command = Command([*PYTHON, "import sys; print(len(sys.stdin.read()))"], {})
    execution = await Execution.start(command, tmp_path, stdin=True, tty=False)
    await execution.stdio.write(b"x" * 1_000_000)
    execution.close_input()
    _, *said = await asyncio.gather(execution.wait(), everything(execution))
    execution.end()
    assert said == [b"1000000\n"]
