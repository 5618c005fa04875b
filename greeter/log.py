"""The log: one event, one line, at once.

The course counts lines, so a line break inside a message must not make two of one. Times are local and have
the form of Go's standard logger, in which the demo that the course follows wrote its log.
"""

from __future__ import annotations

import time


def line(text: str) -> str:
    """Make a log line of an event: `2019/11/08 14:24:35 Greeting: ...`."""
    return f"{time.strftime('%Y/%m/%d %H:%M:%S')} {' '.join(text.splitlines())}"


def write(text: str) -> None:
    """Log an event. Flushed, because who follows a pod's log reads it through a pipe."""
    print(line(text), flush=True)  # noqa: T201 - standard output is where Kubernetes reads logs
