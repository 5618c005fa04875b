"""``python -m benchmarks``: measure everything and print a table in Markdown."""

import signal
import sys

from benchmarks import api, life, logs, pods, waits
from benchmarks.cluster import own_home
from benchmarks.figures import HEAD, load, machine
from localcluster.lifecycle import control

WAITS = "waits"
PARTS = {"life": life, "pods": pods, "api": api, "logs": logs}


def main(names: list[str]) -> None:
    """Measure the parts named, or all.

    Args:
        names: of ``PARTS``, or ``waits``.
    """
    print(f"{machine()}\n\n{HEAD}", flush=True)  # noqa: T201 - the purpose
    with own_home():
        for name in names or PARTS:
            control.start()
            for figure in PARTS[name].figures() if name in PARTS else ():
                print(figure.row(), flush=True)  # noqa: T201
        if not names or WAITS in names:
            control.start()
            for line in waits.measure():
                print(line, flush=True)  # noqa: T201
    print(f"\nAt the end: {load()}")  # noqa: T201


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended early"))  # the cluster is taken away then, too
    main(sys.argv[1:])
