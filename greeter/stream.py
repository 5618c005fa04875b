"""Long streams: each brings greetings until it ends or is cut. `python -m greeter stream TARGET`.

Each stream has a channel of its own, as if each were another client, unless they are told to share one. It
greets under its own name, so that the log tells one from another:

    2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello stream-3
    2019/11/08 14:24:36 Error: UNAVAILABLE: max connection age (stream-3)
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

import grpc
import grpc.aio
from google.protobuf.duration_pb2 import Duration

from greeter import arguments, log
from greeter.channels import RECONNECT_SECONDS, Dialer, add_options, dialer_of
from greeter.client import until_signal
from greeter.v1 import greeter_pb2, greeter_pb2_grpc


@dataclass(frozen=True)
class Plan:
    """What each stream is like.

    Args:
        interval: Seconds from one greeting of a stream to the next.
        count: How many greetings a stream has; None is no end.
        reopen: Seconds after which a stream is given up and opened again, or None.
        again: Whether a stream that was cut is opened again.
    """

    interval: float
    count: int | None = None
    reopen: float | None = None
    again: bool = False

    def request(self, name: str) -> greeter_pb2.HelloRequest:
        """The request that opens a stream."""
        interval = Duration()
        interval.FromNanoseconds(round(self.interval * 1e9))
        return greeter_pb2.HelloRequest(name=name, count=self.count or 0, interval=interval)


def main(argv: Sequence[str]) -> int:
    """Keep streams open until all have ended, or until TERM; returns the exit code.

    Raises:
        GreeterError: The environment holds a value that cannot be used.
    """
    options = _parser().parse_args(argv)
    plan = Plan(options.interval, options.count, options.reopen, options.again)
    asyncio.run(_run(dialer_of(options), options.streams, options.one_channel, plan))
    return 0


async def _run(dialer: Dialer, number: int, shared: bool, plan: Plan) -> None:
    async with _channels(dialer, number, shared) as channels:
        names = (f"stream-{place}" for place in range(1, number + 1))
        await until_signal(_keep_all(zip(channels, names, strict=True), plan))


async def _keep_all(streams: Iterable[tuple[grpc.aio.Channel, str]], plan: Plan) -> None:
    await asyncio.gather(*(keep(channel, name, plan) for channel, name in streams))


@contextlib.asynccontextmanager
async def _channels(dialer: Dialer, number: int, shared: bool) -> AsyncIterator[list[grpc.aio.Channel]]:
    """One channel per stream, or the same for all."""
    async with contextlib.AsyncExitStack() as stack:
        own = [await stack.enter_async_context(dialer.open()) for _ in range(1 if shared else number)]
        yield own * number if shared else own


async def keep(channel: grpc.aio.Channel, name: str, plan: Plan) -> None:
    """Keep one stream open, and open it again as the plan says; returns when it has ended for good."""
    while True:
        ended = await follow(channel, name, plan)
        if not (plan.reopen if ended else plan.again):
            return
        if not ended:
            await asyncio.sleep(RECONNECT_SECONDS)


async def follow(channel: grpc.aio.Channel, name: str, plan: Plan) -> bool:
    """Open a stream and log what it brings; whether it ended in good order, or when its time was over."""
    call = greeter_pb2_grpc.GreeterStub(channel).SayHellos(plan.request(name))
    try:
        async with asyncio.timeout(plan.reopen):
            async for reply in call:
                log.write(f"Greeting: {reply.message}")
    except TimeoutError:
        call.cancel()
    except grpc.aio.AioRpcError as error:
        log.write(f"Error: {error.code().name}: {error.details()} ({name})")
        return False
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter stream",
        description="Keep streams of greetings open; each greeting is one line of the log.",
    )
    add = parser.add_argument_group("streams").add_argument
    add("--streams", type=arguments.count, default=1, metavar="N", help="how many (default: %(default)d)")
    add("--interval", type=arguments.seconds, default=1.0, metavar="SECONDS", help="default: %(default)g")
    add("--count", type=arguments.count, metavar="N", help="greetings of each stream (default: no end)")
    add("--reopen", type=arguments.positive_seconds, metavar="SECONDS", help="open each anew after this time")
    add("--again", action="store_true", help="open a stream again that was cut, after a second")
    group = add_options(parser)
    group.add_argument("--one-channel", action="store_true", help="all streams share one channel")
    return parser
