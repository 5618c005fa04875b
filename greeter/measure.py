"""What `--measure` adds to a client's log: after each greeting a line with its time and its connection.

A line of its own, because the greeting's line is what people count and what the original demo wrote:

    2019/11/08 14:24:35 Measured: 0.912 ms, own work 0.704 ms, channel 1, connection ipv4:10.244.0.9:41234
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import grpc.aio

from greeter import log

# The key of the trailing metadata in which the server tells who asked: the far end of the TCP connection by
# which the request came, as gRPC writes addresses (https://github.com/grpc/grpc/blob/master/doc/naming.md).
PEER = "greeter-peer"
# A greeting that no server has answered ended at no connection.
NONE = "none"

# Weak: a channel that is gone leaves its number to no other.
_numbers: WeakKeyDictionary[grpc.aio.Channel, int] = WeakKeyDictionary()
_next = itertools.count(1)


def number_of(channel: grpc.aio.Channel) -> int:
    """Tell which channel of this program it is, counted from 1 in the order of first use."""
    if channel not in _numbers:
        _numbers[channel] = next(_next)
    return _numbers[channel]


@dataclass(frozen=True)
class Stopwatch:
    """Started when it is made: the clock on the wall, and the processor time of this program's threads."""

    wall: float = field(default_factory=time.perf_counter)
    work: float = field(default_factory=time.process_time)

    def elapsed(self) -> tuple[float, float]:
        """Milliseconds since the start: on the wall, and of work by this program."""
        return 1000 * (time.perf_counter() - self.wall), 1000 * (time.process_time() - self.work)


def write(elapsed: tuple[float, float], channel: int, connection: str) -> None:
    """Log what one greeting took.

    Args:
        elapsed: Milliseconds from the request until the answer: on the wall, and of the client's own work.
        channel: The number of the channel.
        connection: The client's end of the connection, as the server told it; empty if none answered.
    """
    took, work = elapsed
    log.write(
        f"Measured: {took:.3f} ms, own work {work:.3f} ms, channel {channel}, connection {connection or NONE}"
    )
