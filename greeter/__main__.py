"""`python -m greeter server|client|stream|resolve`: the entry point of the image.

A pod's start is waited for, so only the chosen command is imported (gRPC alone takes a tenth of a second).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from greeter.errors import GreeterError

COMMANDS = {
    "server": "answer greetings",
    "client": "greet at a steady pace and log the answers",
    "stream": "keep streams of greetings open and log what they bring",
    "resolve": "print what DNS says about a name",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0, or 1 after one sentence on stderr. Wrong usage ends in argparse, with 2.
    """
    chosen = _parser().parse_args(arguments)
    # gRPC's C core warns on stderr about what the greeter logs anyway. A pod's log is both streams in one,
    # and whoever counts its lines must not meet others. Read when grpc is imported, so it is set before.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        command = importlib.import_module(f"greeter.{chosen.command}")
        return int(command.main(chosen.arguments))
    except GreeterError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line speaks by printing
        return 1
    except BrokenPipeError:
        # Who read the output has left, as `head` does. Python would flush once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter",
        description="The greeter of the course.",
        epilog="`python -m greeter COMMAND --help` lists the options of one command.",
        usage="%(prog)s COMMAND ...",
    )
    summary = ", ".join(f"{name}: {what}" for name, what in COMMANDS.items())
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=summary)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="see COMMAND --help")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
