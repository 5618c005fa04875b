"""The cluster's DNS server: the records of Kubernetes' DNS specification, from memory.

Names (https://github.com/kubernetes/dns/blob/master/docs/specification.md):

* ``SERVICE.NAMESPACE.svc.cluster.local``: A of the ClusterIP, or of every ready pod of a headless Service;
* ``_PORT._PROTOCOL.SERVICE.NAMESPACE.svc.cluster.local``: SRV;
* ``ENDPOINT.SERVICE.NAMESPACE.svc.cluster.local``: A of one endpoint of a headless Service.

* SRV of a Service's own name: all of its ports, as CoreDNS answers it.

Pods write names as people do: ``demo``, ``demo.lab``, ``demo.lab.svc``. Their resolver has a search list for
that, and no program that runs here as the user can be given a resolv.conf of its own. So each namespace with
pods has a DNS server on an address of its own, which goes through that namespace's search list itself.

A second, private zone has the same shape and always lists pods, for a Service with a ClusterIP too: nginx
takes its upstreams from there, because ingress-nginx goes to the pods and not through the Service. Its ports
can also be named by number (``_50051._tcp``).
"""

import asyncio
import contextlib
import logging
import random
import socket
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from dnslib import CNAME, EDNS0, QTYPE, RCODE, RR, SOA, SRV, A, DNSHeader, DNSRecord

from localcluster.host.addresses import AddressError
from localcluster.network.directory import Directory, Endpoint, Key, is_headless, port_named

log = logging.getLogger(__name__)

CLUSTER_ZONE = ("svc", "cluster", "local")
PRIVATE_ZONE = ("endpoints", "local-cluster", "internal")

# What a kubelet writes into a pod's resolv.conf behind the pod's own namespace: "search", and "ndots:5".
SEARCH = ("svc.cluster.local", "cluster.local")
NDOTS = 5
LONGEST_CHAIN = 8  # aliases of aliases; a ring of them must end

# CoreDNS's own default (kubernetes plugin, "ttl"). gRPC does not look at it; a proxy that caches by it then
# follows within the time it would need on a real cluster.
TTL = 5
# nginx asks again when the answer expires: this is how long it goes on sending to a pod that left.
PRIVATE_TTL = 1

PLAIN_UDP_SIZE = 512  # RFC 1035, without EDNS
EDNS_UDP_SIZE = 1232  # the size agreed on at the DNS flag day of 2020
TCP_SIZE = 65535
TCP_IDLE = 10.0  # seconds a silent connection is kept
TCP_CONNECTIONS = 64  # a flood must not take the daemon's file descriptors


@dataclass(slots=True)
class Answer:
    """What the zone says to one question; existing without records is "not with this type"."""

    exists: bool = False
    records: list[RR] = field(default_factory=list)
    additional: list[RR] = field(default_factory=list)


class Zone:
    """Answers questions from what the directory knows."""

    def __init__(
        self, directory: Directory, chooser: random.Random | None = None, *, namespace: str = ""
    ) -> None:
        """Answer from ``directory``.

        Args:
            directory: Services and their endpoints.
            chooser: where the order of addresses comes from.
            namespace: the one whose pods ask, by its search list; none is searched without it.
        """
        self._directory = directory
        self._random = chooser or random.SystemRandom()
        self._search = (f"{namespace}.{SEARCH[0]}", *SEARCH) if namespace else ()

    def answer(self, name: str, kind: str) -> Answer:
        """Answer one question.

        Args:
            name: the name, any case, with or without the last dot.
            kind: ``A``, ``AAAA``, ``SRV`` or another record type's name.
        """
        best = Answer()
        for full in self._candidates(name.rstrip(".").lower()):
            found = self._absolute(name, full, kind)
            if found.records:
                return found
            best = found if found.exists else best
        return best

    def _candidates(self, name: str) -> list[str]:
        """The names to try, in a resolver's order (resolv.conf(5), "search" and "ndots")."""
        searched = [f"{name}.{domain}" for domain in self._search]
        return [name, *searched] if name.count(".") >= NDOTS else [*searched, name]

    def _absolute(self, name: str, full: str, kind: str, chain: int = 0) -> Answer:
        """Answer for a name in full; records are those of the name that was asked for."""
        labels = tuple(full.split("."))
        for zone in (CLUSTER_ZONE, PRIVATE_ZONE):
            if labels[-len(zone) :] == zone:
                found = self._inside(name, labels[: -len(zone)], kind, zone)
                return self._followed(found, kind, chain)
        return Answer(exists=labels in (CLUSTER_ZONE[1:], PRIVATE_ZONE[1:]))

    def _inside(self, name: str, labels: tuple[str, ...], kind: str, zone: tuple[str, ...]) -> Answer:
        if len(labels) < 2:
            namespaces = {namespace for namespace, _ in self._directory.services}
            return Answer(exists=not labels or labels[0] in namespaces)
        *rest, service, namespace = labels
        key = (namespace, service)
        if key not in self._directory.services:
            return Answer()
        found = _Lookup(self._directory, key, name, zone).answer(rest, kind)
        self._random.shuffle(found.records)
        return found

    def _followed(self, found: Answer, kind: str, chain: int) -> Answer:
        """Add what an alias stands for, as far as it lies in the cluster: CoreDNS does."""
        if not found.records or found.records[-1].rtype != QTYPE.CNAME or chain == LONGEST_CHAIN:
            return found
        target = str(found.records[-1].rdata.label)
        behind = self._absolute(target, target.rstrip(".").lower(), kind, chain + 1)
        return Answer(True, [*found.records, *behind.records], behind.additional)


@dataclass(slots=True)
class _Lookup:
    """One question about one Service."""

    directory: Directory
    key: Key
    name: str
    zone: tuple[str, ...]

    def answer(self, rest: Sequence[str], kind: str) -> Answer:
        external = self.directory.services[self.key]["spec"].get("externalName")
        if external and not rest:
            return Answer(True, [RR(self.name, QTYPE.CNAME, rdata=CNAME(external), ttl=self._ttl)])
        if not rest and kind == "SRV":
            return self._services(self._service["spec"].get("ports") or [])
        if not rest:
            return self._addresses(self._own_addresses(), kind)
        if len(rest) == 1:
            one = [entry.address for entry in self._pods() if entry.label == rest[0]]
            return self._addresses(one, kind)
        if len(rest) == 2 and rest[0].startswith("_") and rest[1] in ("_tcp", "_udp"):
            found = self._services(self._named(rest[0][1:], rest[1][1:].upper()))
            return found if kind in ("SRV", "ANY") else Answer(found.exists)
        return Answer()

    @property
    def _service(self) -> Mapping[str, Any]:
        return self.directory.services[self.key]

    @property
    def _is_private(self) -> bool:
        return self.zone is PRIVATE_ZONE

    @property
    def _ttl(self) -> int:
        return PRIVATE_TTL if self._is_private else TTL

    def _lists_pods(self) -> bool:
        return self._is_private or is_headless(self._service)

    def _pods(self) -> list[Endpoint]:
        return self.directory.ready(self.key) if self._lists_pods() else []

    def _own_addresses(self) -> list[str]:
        if self._lists_pods():
            return [entry.address for entry in self._pods()]
        return [self._service["spec"]["clusterIP"]]

    def _addresses(self, addresses: list[str], kind: str) -> Answer:
        wanted = sorted(set(addresses)) if kind in ("A", "ANY") else []
        records = [RR(self.name, QTYPE.A, rdata=A(address), ttl=self._ttl) for address in wanted]
        return Answer(bool(addresses), records)

    def _named(self, name: str, protocol: str) -> list[Mapping[str, Any]]:
        port = port_named(self._service, name, protocol)
        # By number only in the private zone: the specification has no record for a port without a name.
        return [] if port is None or (name.isdigit() and not self._is_private) else [port]

    def _services(self, ports: Sequence[Mapping[str, Any]]) -> Answer:
        targets = [target for port in ports for target in self._targets(port)]
        answer = Answer(bool(targets))
        namespace, service = self.key
        base = ".".join((service, namespace, *self.zone))
        for label, address, number in targets:
            target = f"{label}.{base}" if label else base
            share = max(1, 100 // len(targets))  # CoreDNS divides a weight of 100 as well
            answer.records.append(
                RR(self.name, QTYPE.SRV, rdata=SRV(0, share, number, target), ttl=self._ttl)
            )
            answer.additional.append(RR(target, QTYPE.A, rdata=A(address), ttl=self._ttl))
        return answer

    def _targets(self, port: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
        """Label, address and port of each place a port leads to."""
        if not self._lists_pods():
            yield "", self._service["spec"]["clusterIP"], port["port"]
            return
        for entry, number in self.directory.backends(self.key, port.get("name") or ""):
            yield entry.label, entry.address, number


def respond(zone: Zone, packet: bytes, *, datagram: bool) -> bytes | None:
    """Turn a query into an answer, both in wire format.

    Never raises: whatever comes from the network is answered with an error code, or not at all when it is
    too short to be a query or is itself an answer (two servers must not talk to each other for ever).
    """
    if len(packet) < 12 or packet[2] & 0x80:
        return None
    try:
        query = DNSRecord.parse(packet)
        return _fitting(_reply(zone, query), _limit(query) if datagram else TCP_SIZE)
    except Exception as error:  # dnslib raises many kinds for malformed packets
        log.debug("malformed DNS query: %s", error)
        return _refusal(packet)


def _fitting(reply: DNSRecord, limit: int) -> bytes:
    """Pack an answer; too long, it goes without records and with TC set: the client asks by TCP."""
    packed = bytes(reply.pack())
    if len(packed) <= limit:
        return packed
    short = DNSRecord(DNSHeader(id=reply.header.id, bitmap=reply.header.bitmap, tc=1), q=reply.q)
    return bytes(short.pack())


def _reply(zone: Zone, query: DNSRecord) -> DNSRecord:
    reply = query.reply(ra=0, aa=1)
    if query.header.opcode != 0 or len(query.questions) != 1:
        reply.header.rcode = RCODE.NOTIMP if query.header.opcode else RCODE.FORMERR
        return reply
    if any(record.rtype == QTYPE.OPT for record in query.ar):
        reply.add_ar(EDNS0(udp_len=EDNS_UDP_SIZE))
    name = str(query.q.qname)
    answer = zone.answer(name, str(QTYPE.get(query.q.qtype) or ""))
    reply.add_answer(*answer.records)
    reply.add_ar(*answer.additional)
    if not answer.exists:
        reply.header.rcode = RCODE.NXDOMAIN
    if not answer.records:
        reply.add_auth(_authority(name))
    return reply


def _authority(name: str) -> RR:
    """The SOA record that tells how long "no" may be remembered."""
    private = name.rstrip(".").lower().endswith(PRIVATE_ZONE[-1])
    ttl = PRIVATE_TTL if private else TTL
    zone = ".".join(PRIVATE_ZONE if private else CLUSTER_ZONE[1:])
    times = (1, 7200, 1800, 86400, ttl)  # serial, refresh, retry, expire, minimum; CoreDNS's numbers
    return RR(zone, QTYPE.SOA, rdata=SOA(f"ns.dns.{zone}", f"hostmaster.{zone}", times), ttl=ttl)


def _limit(query: DNSRecord) -> int:
    sizes = [int(record.rclass) for record in query.ar if record.rtype == QTYPE.OPT]
    return min(max([PLAIN_UDP_SIZE, *sizes]), EDNS_UDP_SIZE) if sizes else PLAIN_UDP_SIZE


def _refusal(packet: bytes) -> bytes:
    """A bare header with the query's id, marked as an answer (QR) with FORMERR."""
    (identity,) = struct.unpack("!H", packet[:2])
    return struct.pack("!HHHHHH", identity, 0x8000 | RCODE.FORMERR, 0, 0, 0, 0)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an instance of it on Python 3.11, where the selector's transport has a base class of its own.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport and (answer := respond(self._zone, data, datagram=True)):
            self._transport.sendto(answer, addr)

    def error_received(self, exc: Exception) -> None:
        log.debug("DNS client is gone: %s", exc)


class Server:
    """The zone on UDP and TCP."""

    def __init__(self, zone: Zone) -> None:
        """Serve a zone."""
        self._zone = zone
        self._datagrams: asyncio.DatagramTransport | None = None
        self._stream: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, address: str, port: int) -> None:
        """Listen on both transports.

        Raises:
            OSError: the address is taken.
        """
        await self.serve(*_bound(address, port))

    async def serve(self, datagrams: socket.socket, stream: socket.socket) -> None:
        """Answer on two sockets that are bound already."""
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._zone), sock=datagrams
        )
        self._stream = await asyncio.start_server(self._accept, sock=stream)

    async def stop(self) -> None:
        """Stop listening and hang up."""
        if self._datagrams:
            self._datagrams.close()
        if self._stream:
            self._stream.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.sleep(0)  # a transport lets go of its socket in the loop's next round

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= TCP_CONNECTIONS:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server runs this in a task
        self._connections.add(task)
        try:
            # A client that leaves mid-query or says nothing for long is not worth a word.
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._converse(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(TCP_IDLE):
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                packet = await reader.readexactly(length)
            answer = respond(self._zone, packet, datagram=False)
            if answer is None:
                return
            writer.write(struct.pack("!H", len(answer)) + answer)
            async with asyncio.timeout(TCP_IDLE):
                await writer.drain()


def _bound(address: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Take a port for both transports; what arrives waits in the sockets until somebody serves them."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        datagrams.bind((address, port))
        datagrams.setblocking(False)
        return datagrams, socket.create_server((address, port))
    except OSError:
        datagrams.close()
        raise


class Resolvers:
    """One DNS server for each namespace, which answers by the search list of its pods."""

    def __init__(self, directory: Directory, addresses: Iterable[str], port: int) -> None:
        """Answer from ``directory``, on one port of these addresses."""
        self._directory = directory
        self._free = deque(addresses)
        self._port = port
        self._open: dict[str, tuple[str, Server, asyncio.Task[None]]] = {}

    def at(self, namespace: str) -> str:
        """Where the pods of a namespace ask, as ``ip:port``; it listens from the first time on.

        Raises:
            AddressError: no address is left.
        """
        if namespace not in self._open:
            self._open[namespace] = self._opened(namespace)
        return f"{self._open[namespace][0]}:{self._port}"

    def _opened(self, namespace: str) -> tuple[str, Server, asyncio.Task[None]]:
        for _ in range(len(self._free)):
            address = self._free.popleft()
            try:
                sockets = _bound(address, self._port)
            except OSError:  # a stranger has it; another time perhaps
                self._free.append(address)
                continue
            server = Server(Zone(self._directory, namespace=namespace))
            return address, server, asyncio.create_task(server.serve(*sockets), name=f"DNS of {namespace}")
        raise AddressError("No address is left for the DNS of one more namespace; delete a namespace.")

    async def release(self, namespace: str) -> None:
        """Stop answering for a namespace; its address may serve another."""
        if namespace in self._open:
            address, server, serving = self._open.pop(namespace)
            await serving
            await server.stop()
            self._free.append(address)

    async def stop(self) -> None:
        """Stop answering for all of them."""
        for namespace in list(self._open):
            await self.release(namespace)
