"""Ask DNS as the greeter's client does, and print what it says: `python -m greeter resolve NAME`.

The client hands names to gRPC, which does not show the answer. This asks for the same records and shows it.
Only A records, because the headless Services of the course are IPv4.
"""

from __future__ import annotations

import argparse
import socket
import time
from collections.abc import Sequence

from greeter import arguments
from greeter.errors import GreeterError

PAUSE_SECONDS = 0.2  # between two looks: DNS can be asked, not watched


def main(argv: Sequence[str]) -> int:
    """Print the addresses of each answer on one line; returns the exit code.

    Raises:
        GreeterError: There is no such name, it has no address, nobody answered, or the answer did not have
            the number of addresses asked for in time.
    """
    options = _parser().parse_args(argv)
    for _ in range(options.times):
        name, count = options.name, options.until
        found = _until(count, name, options.within) if count else addresses(name)
        print(*found, flush=True)  # noqa: T201 - what the command is for
    return 0


def _until(count: int, name: str, within: float) -> list[str]:
    """Ask again and again: a DNS server may answer from its cache for seconds after pods have changed."""
    deadline = time.monotonic() + within
    while len(found := addresses(name)) != count:
        if time.monotonic() + PAUSE_SECONDS > deadline:
            raise GreeterError(
                f"{name} has {len(found)} addresses after {within:g} s, not {count}: {' '.join(found)}; "
                "check the Service's endpoints, or allow more time with --within."
            )
        time.sleep(PAUSE_SECONDS)
    return found


def addresses(name: str) -> list[str]:
    """Look up a name's IPv4 addresses.

    Args:
        name: A name as a client would dial it.

    Returns:
        The addresses, in the order of the answer; the system's resolver may sort them (RFC 6724).

    Raises:
        GreeterError: There is no such name, it has no address, or nobody answered.
    """
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    # UnicodeError: an empty label or one of more than 63 characters.
    except (OSError, UnicodeError) as error:
        raise GreeterError(f"{name} was not resolved: {error}; check the name.") from error
    return [str(address[4][0]) for address in found]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter resolve",
        description="Print the IPv4 addresses of a name, one line per answer.",
    )
    parser.add_argument("name", metavar="NAME", help="a name as a client dials it")
    parser.add_argument(
        "--times",
        type=arguments.count,
        default=1,
        metavar="N",
        help="how often to ask (default: %(default)d)",
    )
    parser.add_argument(
        "--until", type=arguments.count, metavar="N", help="ask until the answer has N addresses"
    )
    parser.add_argument(
        "--within",
        type=arguments.seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long --until may take (default: %(default)g)",
    )
    return parser
