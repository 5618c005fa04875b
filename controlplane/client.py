"""A client that watches EndpointSlices: `python -m controlplane client SERVICE`.

gRPC for Python has no resolver plug-in (https://github.com/grpc/grpc/issues/11685, open since 2017), so a
channel cannot be told new addresses. It can be replaced: a target may list addresses (`ipv4:a:p,b:p`,
https://github.com/grpc/grpc/blob/master/doc/naming.md). At each change a new channel takes over and the old
one is drained: its greetings end, no new one begins there. The log is the greeter's own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import grpc.aio

from controlplane import api
from controlplane.slices import Endpoint
from greeter import arguments, log
from greeter.channels import Dialer
from greeter.client import Words, greet_steadily, until_signal
from greeter.pacing import Pace

ROUND_ROBIN = '{"loadBalancingConfig": [{"round_robin": {}}]}'


class Rebuilt:
    """The channel to the endpoints of the moment.

    Args:
        deadline: Seconds that a greeting may take, so that an old channel has as long to drain.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._endpoints: tuple[Endpoint, ...] = ()
        self._channel: grpc.aio.Channel | None = None
        self._there = asyncio.Event()
        self._draining: set[asyncio.Task[None]] = set()

    def take(self, endpoints: tuple[Endpoint, ...]) -> None:
        """Greet these from now on; without any, greetings wait for the next one."""
        if endpoints == self._endpoints:
            return
        log.write(f"Endpoints: {len(endpoints)} ready: {' '.join(map(str, endpoints)) or 'none'}")
        self._endpoints, old = endpoints, self._channel
        if endpoints:
            self._channel = Dialer(target(endpoints), ROUND_ROBIN).open()
            self._there.set()
        else:
            self._channel = None
            self._there.clear()
        if old is not None:
            self._drain(old)

    def _drain(self, old: grpc.aio.Channel) -> None:
        draining = asyncio.ensure_future(old.close(self._deadline))
        # Nobody else holds on to the task; without this it could vanish before it ends.
        self._draining.add(draining)
        draining.add_done_callback(self._draining.discard)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[grpc.aio.Channel]:
        """Use the channel for one greeting; waits while no endpoint is ready."""
        while self._channel is None:
            await self._there.wait()
        yield self._channel

    async def close(self) -> None:
        """Close the channel and those that still drain."""
        if self._channel is not None:
            await self._channel.close()
        await asyncio.gather(*self._draining)


def target(endpoints: Sequence[Endpoint]) -> str:
    """Return the gRPC target that lists endpoints, of the first one's address family."""
    family = "ipv6" if ":" in endpoints[0].address else "ipv4"
    alike = [endpoint for endpoint in endpoints if (":" in endpoint.address) == (family == "ipv6")]
    return f"{family}:{','.join(map(str, alike))}"


def main(argv: Sequence[str]) -> int:
    """Greet until the count is reached, or until TERM; returns the exit code.

    Raises:
        ControlPlaneError: The API server cannot be asked.
    """
    options = _parser().parse_args(argv)
    discovery = api.connect(options.kubeconfig)
    words, pace = Words(options.name, options.deadline), Pace(options.interval, options.count)

    async def run() -> None:
        channel = Rebuilt(options.deadline)
        api.watch(discovery, options.namespace, options.service, options.port_name, channel.take)
        await until_signal(greet_steadily(channel, words, pace))
        await channel.close()

    asyncio.run(run())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m controlplane client",
        description="Greet the ready endpoints of a Service in turn; each greeting is one line of the log.",
    )
    add = parser.add_argument
    add("service", metavar="SERVICE", help="whose EndpointSlices are watched")
    add("--namespace", required=True, help="where the Service lives")
    add("--port-name", default="grpc", metavar="NAME", help="the Service's port (default: %(default)s)")
    add("--kubeconfig", metavar="FILE", help="for development: not as this pod, but as this file says")
    add("--name", default="world", help="who is greeted (default: %(default)s)")
    add("--interval", type=arguments.seconds, default=1.0, metavar="SECONDS", help="default: %(default)g")
    add("--count", type=arguments.count, metavar="N", help="how many (default: no end)")
    add(
        "--deadline",
        type=arguments.positive_seconds,
        default=5.0,
        metavar="SECONDS",
        help="how long a greeting may take (default: %(default)g)",
    )
    return parser
