"""The client: one greeting per interval, one log line per greeting. `python -m greeter client TARGET`.

    2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello world
    2019/11/08 14:24:36 Error: UNAVAILABLE: failed to connect to all addresses; ...

A failed greeting is a line too: what fails, and with which words, is part of what the course shows. So
nothing is retried here, and a run whose greetings failed ends like any other.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import grpc.aio

from greeter import arguments, log, measure
from greeter.channels import Channels, Turns, add_options, dialer_of
from greeter.pacing import Pace
from greeter.v1 import greeter_pb2, greeter_pb2_grpc

# Names that end with -bin carry bytes, and those that begin with grpc- are gRPC's own.
_KEY = re.compile(r"(?!grpc-)[a-z0-9_.-]+(?<!-bin)")


@dataclass(frozen=True)
class Words:
    """What each greeting says, and how long its answer may take.

    Args:
        name: Who is greeted.
        deadline: Seconds that a greeting may take.
        metadata: Headers beside the name, for proxies to read.
    """

    name: str = "world"
    deadline: float = 5.0
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came of one greeting.

    Args:
        words: What to log of its answer, or of its failure.
        connection: The end of the connection on the client's side, as the server saw it; empty if none
            answered or the server does not tell.
    """

    words: str
    connection: str = ""


async def greet(channel: grpc.aio.Channel, words: Words) -> Answer:
    """Send one greeting.

    Not `wait_for_ready`: a target that cannot be reached is to be seen in the log, with the reason.
    """
    stub = greeter_pb2_grpc.GreeterStub(channel)
    request = greeter_pb2.HelloRequest(name=words.name)
    call = stub.SayHello(request, timeout=words.deadline, metadata=words.metadata or None)
    try:
        reply = await call
    except grpc.aio.AioRpcError as error:
        return Answer(f"Error: {error.code().name}: {error.details()}")
    told = dict(await call.trailing_metadata() or ())
    return Answer(f"Greeting: {reply.message}", str(told.get(measure.PEER, "")))


async def greet_and_log(channels: Turns, words: Words, *, measured: bool = False) -> None:
    """Send one greeting and log what came of it; if told so, also its time and its connection."""
    async with channels.turn() as channel:
        watch = measure.Stopwatch()
        answer = await greet(channel, words)
        elapsed, number = watch.elapsed(), measure.number_of(channel)
    log.write(answer.words)
    if measured:
        measure.write(elapsed, number, answer.connection)


async def greet_steadily(channels: Turns, words: Words, pace: Pace, *, measured: bool = False) -> None:
    """Greet and log until the count is reached; no more greetings are in flight than the pace allows."""
    free = asyncio.Semaphore(pace.parallel)
    try:
        async with asyncio.TaskGroup() as in_flight:
            async for _ in pace.beats(free):
                greeting = in_flight.create_task(greet_and_log(channels, words, measured=measured))
                greeting.add_done_callback(lambda _: free.release())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


def main(argv: Sequence[str]) -> int:
    """Greet until the count is reached, or until TERM; returns the exit code.

    Raises:
        GreeterError: The environment holds a value that cannot be used.
    """
    asyncio.run(_run(_parser().parse_args(argv)))
    return 0


async def _run(options: argparse.Namespace) -> None:
    words = Words(options.name, options.deadline, tuple(options.metadata))
    pace = Pace(options.interval, options.count, options.parallel, options.jitter, options.report_pace)
    number = 0 if options.new_channel else options.channels
    async with Channels(dialer_of(options), number) as channels:
        await until_signal(greet_steadily(channels, words, pace, measured=options.measure))


async def until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Do something until it ends, or until TERM or INT."""
    doing = asyncio.ensure_future(work)
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, doing.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await doing


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter client",
        description="Greet a target at a steady pace; each greeting is one line of the log.",
    )
    _add_words(parser)
    _add_pace(parser)
    number = add_options(parser).add_mutually_exclusive_group()
    number.add_argument(
        "--channels",
        type=arguments.count,
        default=1,
        metavar="N",
        help="how many, used in turn, each with its own connections (default: %(default)d)",
    )
    number.add_argument("--new-channel", action="store_true", help="a new channel for each greeting")
    return parser


def _add_words(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("greetings").add_argument
    add("--name", type=_name, default="world", help="who is greeted (default: %(default)s)")
    add(
        "--deadline",
        type=arguments.positive_seconds,
        default=5.0,
        metavar="SECONDS",
        help="how long a greeting may take (default: %(default)g)",
    )
    add(
        "--metadata",
        type=_metadata,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a header to send along; may be given again",
    )
    add("--measure", action="store_true", help="log after each greeting its time and its connection")


def _add_pace(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("pace").add_argument
    add("--interval", type=arguments.seconds, default=1.0, metavar="SECONDS", help="default: %(default)g")
    add("--count", type=arguments.count, metavar="N", help="how many greetings (default: no end)")
    add(
        "--jitter",
        type=arguments.share,
        default=0.0,
        metavar="SHARE",
        help="vary each interval at random by up to this share of it, 0 to 1 (default: %(default)g)",
    )
    add(
        "--parallel",
        type=arguments.count,
        default=1,
        metavar="N",
        help="how many greetings may be in flight at once (default: %(default)d)",
    )
    add("--report-pace", action="store_true", help="log each second whether the client kept its pace")


def _name(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not UTF-8, which protobuf strings have to be"
        ) from error
    return text


def _metadata(text: str) -> tuple[str, str]:
    """A pair for the request's headers, as gRPC allows them (PROTOCOL-HTTP2.md, "Custom-Metadata")."""
    name, sign, value = text.partition("=")
    if not sign or not _KEY.fullmatch(name) or not (value.isascii() and value.isprintable()):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE in lower case and plain ASCII")
    return name, value
