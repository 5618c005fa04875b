"""Who listens on this machine, as the kernel tells.

Asked through netlink (sock_diag(7)), because it is asked before every start of a pod: then the kernel walks
its listening sockets alone and answers in 0.5 ms, while reading ``/proc/net/tcp`` walks the table of all
connections and takes some 10 ms. A kernel or a sandbox that knows no sock_diag is asked through ``/proc``.
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TABLES = Path("/proc/net")

# <linux/netlink.h>, <linux/sock_diag.h>, <linux/inet_diag.h>
_SOCK_DIAG = 4
_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI48x")
_MESSAGE = struct.Struct("=4x2s2x16s16x4x8x16xI")
_TCP_LISTEN = 10  # include/net/tcp_states.h
_ALL_STATES = 0xFFFFFFFF
_PROTOCOLS = (("tcp", socket.IPPROTO_TCP, 1 << _TCP_LISTEN), ("udp", socket.IPPROTO_UDP, _ALL_STATES))

_MAPPED = bytes(10) + b"\xff\xff"  # an IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2)


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that takes connections or datagrams."""

    protocol: str
    address: str
    port: int
    inode: int


def listeners() -> list[Listener]:
    """Everybody who listens on an IPv4 address (also through IPv6), TCP and UDP."""
    try:
        return [one for family in (socket.AF_INET, socket.AF_INET6) for one in _asked(family)]
    except OSError:
        return tabled(TABLES)


def _asked(family: socket.AddressFamily) -> Iterator[Listener]:
    for protocol, number, states in _PROTOCOLS:
        for message in _dump(_REQUEST.pack(family, number, 0, 0, states)):
            port, packed, inode = _MESSAGE.unpack_from(message)
            if address := _ipv4(packed[:4] if family == socket.AF_INET else packed):
                yield Listener(protocol, address, int.from_bytes(port, "big"), inode)


def _dump(request: bytes) -> Iterator[bytes]:
    """Ask the kernel; yields the body of each message of its answer."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as kernel:
        kernel.send(_HEADER.pack(_HEADER.size + len(request), _BY_FAMILY, _REQUEST_DUMP, 1, 0) + request)
        while True:
            for kind, body in _messages(kernel.recv(1 << 16)):
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    number = -struct.unpack_from("=i", body)[0] or errno.EIO
                    raise OSError(number, os.strerror(number))
                yield body


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        yield kind, data[_HEADER.size : length]
        data = data[(length + 3) & ~3 :]


def _ipv4(packed: bytes) -> str:
    """An address as text; empty for one that is IPv6 only (``::`` is not)."""
    if len(packed) > 4 and packed[:12] != _MAPPED and any(packed):
        return ""
    return socket.inet_ntoa(packed[-4:])


def tabled(tables: Path) -> list[Listener]:
    """The same, read from ``/proc/net``."""
    found = []
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        table = tables / protocol
        rows = table.read_text().splitlines()[1:] if table.exists() else []
        found += [entry for row in rows if (entry := _listener(protocol, row))]
    return found


def _listener(protocol: str, row: str) -> Listener | None:
    # Columns: sl, local_address, rem_address, st, ..., inode (Documentation/networking/proc_net_tcp.rst).
    columns = row.split()
    if protocol.startswith("tcp") and int(columns[3], 16) != _TCP_LISTEN:
        return None
    place, port = columns[1].split(":")
    # The address is printed as 32-bit words in the machine's byte order.
    words = (place[start : start + 8] for start in range(0, len(place), 8))
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    address = _ipv4(packed)
    return Listener(protocol[:3], address, int(port, 16), int(columns[9])) if address else None
