"""`python -m controlplane client|xds`: the entry point of the image."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from controlplane.errors import ControlPlaneError

COMMANDS = {
    "client": "greet the ready endpoints of a Service, which it watches",
    "xds": "tell gRPC clients by xDS about the ready endpoints of Services",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0, or 1 after one sentence on stderr. Wrong usage ends in argparse, with 2.
    """
    chosen = _parser().parse_args(arguments)
    # As the greeter does: the C core's own warnings would stand between the lines of the log.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    command = importlib.import_module(f"controlplane.{chosen.command}")
    try:
        return int(command.main(chosen.arguments))
    except ControlPlaneError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line speaks by printing
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m controlplane",
        description="Programs of the course that ask the Kubernetes API where the greeter is.",
        epilog="`python -m controlplane COMMAND --help` lists the options of one command.",
        usage="%(prog)s COMMAND ...",
    )
    summary = ", ".join(f"{name}: {what}" for name, what in COMMANDS.items())
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=summary)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="see COMMAND --help")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
