"""A launched program ends with its parent, however that ends."""

import os
import signal
import subprocess
import sys

import pytest

from localcluster.host import launcher, processes
from tests.patience import until

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(3600)"]
PARENT = """import subprocess, sys
from localcluster.host import launcher
child = subprocess.Popen(launcher.command({number}, {argv!r}), stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [int(signal.SIGTERM), int(signal.SIGKILL)])
def test_a_killed_parent_takes_its_program_along(number: int) -> None:
    command = [sys.executable, "-c", PARENT.format(number=number, argv=SLEEP)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:  # noqa: S603
        assert parent.stdout
        child = processes.identify(int(parent.stdout.readline()))
        assert child is not None
        assert child.alive()
        parent.kill()
    until(lambda: not child.alive())


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["15", "1", "--", sys.executable, "-c", ""], 125),  # another parent than the one that is named
        (["15", "{me}", "--"], 125),
        (["15", "{me}", sys.executable], 125),
        (["15", "{me}", "--", "/nowhere/at/all"], 127),
        (["15", "{me}", "--", sys.executable, "-c", "raise SystemExit(7)"], 7),
    ],
)
def test_the_exit_status_tells_who_failed(arguments: list[str], status: int) -> None:
    filled = [one.format(me=os.getpid()) for one in arguments]
    command = [sys.executable, "-I", "-S", launcher.__file__, *filled]
    assert subprocess.run(command, check=False, capture_output=True).returncode == status  # noqa: S603


def test_a_program_meets_no_ignored_signal() -> None:
    read = 'while read -r name value; do [ "$name" != SigIgn: ] || echo "$value"; done < /proc/$$/status'
    program = launcher.command(signal.SIGTERM, ["/bin/sh", "-c", read])
    command = ["/bin/sh", "-c", 'trap "" INT QUIT; exec "$@"', "sh", *program]
    ignored = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout, 16)  # noqa: S603
    # Not 32 and 33, which belong to the C library (nptl(7)): no program can set them.
    assert [number for number in signal.valid_signals() if ignored >> (number - 1) & 1] == []
