"""The cluster a report runs on: one of its own, removed whatever happens, or the one the user named."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

from helpers.lab.errors import LabError
from helpers.report.course import CourseError

# Windows has no SIGHUP.
ENDING = tuple(number for number in signal.Signals if number.name in {"SIGINT", "SIGTERM", "SIGHUP"})


def exit_status(work: Callable[[], int], *refusals: type[Exception]) -> int:
    """Do a command's work and return its exit status; an error that was expected ends as its sentence.

    Args:
        work: Returns the status of a run that came to its end.
        refusals: More exceptions whose message is for the user, beside those of the lab and the course.

    Returns:
        What ``work`` returned; 1 for such an exception; 128 + signal when interrupted.
    """
    expected: tuple[type[Exception], ...] = (LabError, CourseError, *refusals)
    with signals_as_interrupt() as seen:
        try:
            return work()
        except expected as error:
            print(error, file=sys.stderr)  # noqa: T201
            return 1
        except KeyboardInterrupt:
            print("Interrupted; nothing was written.", file=sys.stderr)  # noqa: T201
            return 128 + (seen[0] if seen else signal.SIGINT)


def positive(text: str) -> int:
    """Return the number, 1 or more, that an option was given."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def own_name() -> str:
    """Return the name of this run's cluster; no other process can have the same."""
    return f"report-{os.getpid()}"


def uses_own_cluster() -> bool:
    """Whether the run makes a local cluster: only when no context is named."""
    return not os.environ.get("LAB_CONTEXT")


@contextlib.contextmanager
def cluster() -> Iterator[dict[str, str]]:
    """Hold a cluster ready and yield the environment variables that lead a notebook to it.

    A local cluster is started under a name of its own and removed at the end, also after an error, Ctrl-C or
    SIGTERM. With ``LAB_CONTEXT`` set nothing is started and nothing removed.

    Raises:
        helpers.LabError: The local cluster could not be started; nothing of it is left.
    """
    if not uses_own_cluster():
        yield {}
        return
    # Imported late: helpers.lab.cluster brings what only a local cluster needs.
    from helpers.lab import cluster as local  # noqa: PLC0415

    name = own_name()
    try:
        local.start(name)
        yield {"LOCALCLUSTER_NAME": name}
    finally:
        with _undisturbed():
            local.stop(name, purge=True)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep a second Ctrl-C from interrupting the removal, which takes a few seconds at most."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def signals_as_interrupt() -> Iterator[list[int]]:
    """Let SIGTERM and a closed terminal end the run the way Ctrl-C does.

    Also where Ctrl-C itself would be ignored, as a shell arranges for jobs in the background of a script: a
    run has a cluster to remove, whoever ends it.

    Yields:
        A list that receives the number of the signal, for the exit status.
    """
    seen: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        # asyncio.run cancels its task on SIGINT and on nothing else.
        signal.raise_signal(signal.SIGINT)

    # asyncio.run takes care of SIGINT where it finds Python's own handler and nowhere else.
    handlers = {
        number: signal.default_int_handler if number == signal.SIGINT else forward for number in ENDING
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
