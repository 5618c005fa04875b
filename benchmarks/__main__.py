"""``python -m benchmarks``: measure everything and print a table in Markdown."""

import sys

from benchmarks import api, life, logs, pods
from benchmarks.cluster import own_home
from benchmarks.figures import HEAD, load, machine
from localcluster import lifecycle

# Bars are for people who wait in a notebook.
PARTS = {"life": life, "pods": pods, "api": api, "logs": logs}


def main(names: list[str]) -> None:
    """Measure the parts named, or all.

    Args:
        names: of ``PARTS``.
    """
    print(f"{machine()}\n\n{HEAD}", flush=True)  # noqa: T201 - the purpose
    with own_home():
        for name in names or PARTS:
            lifecycle.start()
            for figure in PARTS[name].figures():
                print(figure.row(), flush=True)  # noqa: T201
    print(f"\nAt the end: {load()}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
