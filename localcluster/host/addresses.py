"""Addresses of a cluster: one 127.X.0.0/16 of its own, divided between Services and pods.

Linux answers on all of 127.0.0.0/8 without any set-up, so a pod or a Service can have an address that no
other program uses, and no privilege is needed. Who may use a block is decided by a socket in Linux's abstract
namespace: it is seen by every user, belongs to the same network namespace as the addresses themselves (a lock
file does neither across containers that share ``/tmp``), and vanishes with its process however that ends.
"""

import errno
import ipaddress
import itertools
import os
import random
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from localcluster.host import sockets
from localcluster.host.sockets import Listener

BLOCKS = range(
    64, 251
)  # 127.0 to 127.63 and the last five are left to others (127.0.0.1, 127.0.0.53, 127.0.1.1)

API_PORTS = (6443, 16443, 26443)
DNS_PORTS = (1053, 11053, 21053)
HTTP_PORTS = (8080, 18080, 28080)
HTTPS_PORTS = (8443, 18443, 28443)

API_SERVICE = (16, 1)  # the Service `kubernetes`, as on a real cluster the first of the range

NODE_PORTS = range(30000, 32768)  # kube-apiserver's default --service-node-port-range

# Programs of a cluster that was killed need a moment to follow it (Envoy ends in 0.03 s, nginx in 0.1 s).
QUIET_WITHIN = 2.0


class AddressError(Exception):
    """No address or port is left; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Block:
    """127.X.0.0/16: who answers where in it."""

    number: int

    def at(self, third: int, fourth: int) -> str:
        """An address of the block."""
        return f"127.{self.number}.{third}.{fourth}"

    @property
    def api(self) -> str:
        """The API server, and the node."""
        return self.at(0, 1)

    @property
    def dns(self) -> str:
        """The cluster's DNS server."""
        return self.at(0, 10)

    @property
    def resolvers(self) -> list[str]:
        """Where the DNS of single namespaces listens, each on an address of its own."""
        return [self.at(third, last) for third in range(1, 16) for last in range(1, 255)]

    @property
    def ingress(self) -> str:
        """Ingress class ``nginx``."""
        return self.at(0, 20)

    @property
    def ingress_legacy(self) -> str:
        """Ingress class ``nginx-legacy``."""
        return self.at(0, 21)

    @property
    def gateways(self) -> list[str]:
        """Where Gateways listen, each on an address of its own."""
        return [self.at(0, last) for last in range(30, 255)]

    def contains(self, address: str) -> bool:
        """Tell whether an address lies in the block."""
        return address.startswith(f"127.{self.number}.")


@dataclass(slots=True)
class Lease:
    """The right to use a block, held as long as the socket is open."""

    block: Block
    holder: socket.socket

    def release(self) -> None:
        """Let another cluster have the block."""
        self.holder.close()


def lease(owner: str, previous: int | None = None, *, quiet_within: float = QUIET_WITHIN) -> Lease:
    """Take a block that no cluster of this machine holds and nobody listens in.

    Args:
        owner: who asks; different owners look at the blocks in a different order, so that
            each cluster tends to get its own block again.
        previous: the block to try first, with patience: a cluster's objects carry its addresses.
        quiet_within: seconds the programs of a killed predecessor may take to leave the previous block.

    Raises:
        AddressError: all blocks are in use.
    """
    for number in _order(owner, previous):
        if (holder := _claim(number)) is None:
            continue
        patience = quiet_within if number == previous else 0.0
        if _quiet(number, patience):
            return Lease(Block(number), holder)
        holder.close()
    raise AddressError(
        "All address blocks 127.64 to 127.250 are in use; stop a local cluster you do not need."
    )


def _order(owner: str, previous: int | None) -> Iterator[int]:
    if previous is not None and previous in BLOCKS:
        yield previous
    start = zlib.crc32(owner.encode()) % len(BLOCKS)
    for step in range(len(BLOCKS)):
        yield BLOCKS[(start + step) % len(BLOCKS)]


def _claim(number: int) -> socket.socket | None:
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        holder.bind(f"\0localcluster-lease-127.{number}")
    except OSError as error:
        holder.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return holder


def _quiet(number: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while listeners(Block(number)):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def listeners(block: Block) -> list[Listener]:
    """List who listens in a block, TCP and UDP."""
    return [one for one in sockets.listeners() if block.contains(one.address)]


def usable_port(address: str, candidates: Iterable[int], *, datagrams: bool = False) -> int:
    """Choose the first port that can be bound on an address.

    A block is leased, but a program that listens on 0.0.0.0 takes its port from every block.

    Raises:
        AddressError: none of them can be bound.
    """
    tried = list(candidates)
    for port in tried:
        if _bindable(address, port, socket.SOCK_STREAM) and (
            not datagrams or _bindable(address, port, socket.SOCK_DGRAM)
        ):
            return port
    ports = ", ".join(map(str, tried))
    raise AddressError(
        f"Ports {ports} of {address} are all taken; "
        "end the program that listens on one of them on all addresses."
    )


def _bindable(address: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # Connections of a predecessor that linger in TIME_WAIT are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


class Addresses:
    """Hands out the addresses of one block (the registry's ``Allocator``)."""

    def __init__(self, block: Block, *, choose: Callable[[range], int] | None = None) -> None:
        """Use a block; ``choose`` picks where in a range to begin looking (random unless told)."""
        self.block = block
        self._choose = choose or random.SystemRandom().choice
        self._pods = itertools.cycle(self._pod_addresses())

    def cluster_ip(self, taken: set[str], wanted: str | None = None) -> str:
        """Choose a ClusterIP, or confirm the one that was asked for.

        Raises:
            ValueError: the wanted one is not an address for Services, or is taken; the text is the one
                the field error of a real API server has.
            AddressError: none is left.
        """
        if wanted:
            return self._confirmed_ip(taken, wanted)
        positions = range(16 * 256, 64 * 256)
        for offset in _from(self._choose(positions), positions):
            address = self.block.at(offset // 256, offset % 256)
            if _is_host(offset) and address not in taken:
                return address
        raise AddressError(
            f"No ClusterIP is left in 127.{self.block.number}.16.0 to .63.255; delete a Service."
        )

    def _confirmed_ip(self, taken: set[str], wanted: str) -> str:
        try:
            address = ipaddress.IPv4Address(wanted)
        except ValueError:
            raise ValueError(f"{wanted!r} is not a valid IPv4 address") from None
        third = address.packed[2]
        if not self.block.contains(wanted) or not 16 <= third < 64:
            # As the allocator of Kubernetes 1.33 and later says it, which keeps the range to itself.
            raise ValueError("the provided network does not match the current range")
        if wanted in taken:
            raise ValueError("provided IP is already allocated")
        return wanted

    def node_port(self, taken: set[int], wanted: int | None = None) -> int:
        """Choose a node port, or confirm the one that was asked for.

        Raises:
            ValueError: the wanted one is out of range or taken, in a real API server's words.
            AddressError: none is left.
        """
        if wanted:
            if wanted not in NODE_PORTS:
                raise ValueError(
                    "provided port is not in the valid range. The range of valid ports is 30000-32767"
                )
            if wanted in taken:
                raise ValueError("provided port is already allocated")
            return wanted
        for port in _from(self._choose(NODE_PORTS), NODE_PORTS):
            if port not in taken:
                return port
        raise AddressError("No node port is left in 30000-32767; delete a Service of type NodePort.")

    def pod_ip(self, taken: set[str]) -> str:
        """Choose a pod's address: the one that was free for longest.

        A client may still hold the address of a pod that just went; it must meet nobody there.

        Raises:
            AddressError: none is left.
        """
        for _ in range(192 * 256):
            address = next(self._pods)
            if address not in taken:
                return address
        raise AddressError(
            f"No pod address is left in 127.{self.block.number}.64.0 to .255.255; delete pods."
        )

    def _pod_addresses(self) -> Iterator[str]:
        positions = range(64 * 256, 256 * 256)
        for offset in _from(self._choose(positions), positions):
            if _is_host(offset):
                yield self.block.at(offset // 256, offset % 256)


def _is_host(offset: int) -> bool:
    # .0 and .255 are legal on loopback but read like a network and a broadcast address.
    return 0 < offset % 256 < 255


def _from(start: int, positions: range) -> Iterator[int]:
    """All positions, beginning in the middle."""
    return itertools.chain(range(start, positions.stop), range(positions.start, start))


def readdressed(address: str, block: Block) -> str:
    """The same place in another block: where a Service lives when its cluster had to move."""
    _, _, third, fourth = address.split(".")
    return block.at(int(third), int(fourth))


def owner_of(folder: Path) -> str:
    """Name a cluster for ``lease``: its user and its folder."""
    return f"{os.geteuid()}:{folder}"
