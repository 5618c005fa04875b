"""A DNS server with a few names."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Mapping, Sequence

from dnslib import QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class _Names(BaseResolver):  # type: ignore[misc] # dnslib has no types
    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._names = names

    def resolve(self, request: DNSRecord, _: object) -> DNSRecord:
        reply = request.reply()
        name = str(request.q.qname).rstrip(".")
        if name not in self._names:
            reply.header.rcode = RCODE.NXDOMAIN
        elif request.q.qtype == QTYPE.A:
            for address in self._names[name]:
                reply.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=5))
        return reply


@contextlib.contextmanager
def name_server(names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Answer over UDP and TCP on one port; gives its `ip:port`."""
    quiet = DNSLogger("-request,-reply,-truncated,-error,-recv,-send,-data")
    while True:
        udp = DNSServer(_Names(names), address="127.0.0.1", port=0, logger=quiet)
        port = udp.server.server_address[1]
        try:
            tcp = DNSServer(_Names(names), address="127.0.0.1", port=port, tcp=True, logger=quiet)
            break
        except OSError as error:
            # What is free for UDP may be somebody's for TCP; the next one will not be.
            udp.server.server_close()
            if error.errno != errno.EADDRINUSE:
                raise
    for server in (udp, tcp):
        server.start_thread()
    yield f"127.0.0.1:{port}"
    for server in (udp, tcp):
        server.server.shutdown()
        server.server.server_close()
        server.thread.join()
