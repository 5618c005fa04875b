"""Ask DNS as the greeter's client does, and print what it says: `python -m greeter resolve NAME`.

The client hands names to gRPC, which does not show the answer. This asks the same server for the same
records and shows it. Only A records, because the headless Services of the course are IPv4.
"""

from __future__ import annotations

import argparse
import socket
import struct
import time
from collections.abc import Sequence

from dnslib import QTYPE, RCODE, DNSError, DNSRecord

from greeter import arguments, naming
from greeter.errors import GreeterError

TIMEOUT_SECONDS = 5.0
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
    """Look up a name's IPv4 addresses, in the order of the answer.

    Args:
        name: The name in full.

    Returns:
        The addresses that `GREETER_DNS_SERVER` (`ip:port`) gives, or the system's resolver without it.
        The system's resolver may sort them (RFC 6724).

    Raises:
        GreeterError: There is no such name, it has no address, or nobody answered.
    """
    server = naming.dns_server()
    asked = f"the DNS server {server[0]}:{server[1]}" if server else "the system's resolver"
    try:
        found = _ask(server, name) if server else _ask_system(name)
    # UnicodeError: an empty label or one of more than 63 characters.
    except (OSError, UnicodeError, DNSError) as error:
        raise GreeterError(f"{name} was not resolved by {asked}: {error}; check the name.") from error
    if not found:
        raise GreeterError(f"{name} is known to {asked}, but has no IPv4 address; check the name.")
    return found


def _ask_system(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


def _ask(server: tuple[str, int], name: str) -> list[str]:
    reply = DNSRecord.parse(_exchange(server, DNSRecord.question(name).pack()))
    if code := reply.header.rcode:
        raise OSError(RCODE.get(code))
    # A CNAME may stand before the addresses.
    return [str(record.rdata) for record in reply.rr if record.rtype == QTYPE.A]


def _exchange(server: tuple[str, int], question: bytes) -> bytes:
    """One message there and one back, over TCP: an answer over UDP may be cut short.

    dnslib's own `DNSRecord.send` never returns when the server hangs up within an answer.
    """
    with socket.create_connection(server, timeout=TIMEOUT_SECONDS) as wire, wire.makefile("rb") as stream:
        # RFC 1035, section 4.2.2: two bytes of length before each message.
        wire.sendall(struct.pack("!H", len(question)) + question)
        length = int.from_bytes(stream.read(2))
        answer = stream.read(length)
    if not answer or len(answer) < length:
        raise ConnectionError("it hung up before its answer was complete")
    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter resolve",
        description="Print the IPv4 addresses of a name, one line per answer.",
        epilog=f"Asks {naming.DNS_SERVER} (ip:port), or the system's resolver without it.",
    )
    parser.add_argument("name", metavar="NAME", help="the name in full")
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
