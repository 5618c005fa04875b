"""The client: one greeting per interval, one log line per greeting. `python -m greeter client TARGET`.

A failed greeting is a line too: what fails, and with which words, is part of what the course shows. So
nothing is retried here, and a run whose greetings failed ends like any other.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import signal
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import grpc.aio

from greeter import arguments, log, measure, naming, pacing
from greeter.errors import GreeterError
from greeter.v1 import greeter_pb2, greeter_pb2_grpc

ROOT_CERTIFICATES = "GREETER_ROOT_CERTIFICATES"

# gRPC waits longer from failure to failure, up to 120 s by default: a client would look dead for two minutes
# after its server is back. One second is gRPC's first wait, so here each wait is about that long.
RECONNECT_MILLISECONDS = 1000
# Names that end with -bin carry bytes, and those that begin with grpc- are gRPC's own.
_KEY = re.compile(r"(?!grpc-)[a-z0-9_.-]+(?<!-bin)")


@dataclass(frozen=True)
class Dialer:
    """Opens channels to one target, each with connections of its own.

    Args:
        target: A gRPC target.
        service_config: JSON with the load-balancing policy, if not gRPC's default.
        authority: The `:authority` to send and, with TLS, the name to expect in the certificate, or empty.
        credentials: For TLS; None is plaintext.
        resolution_interval: Seconds that have to pass from one DNS resolution to the next; None leaves gRPC's
            own 30 s.
    """

    target: str
    service_config: str | None = None
    authority: str = ""
    credentials: grpc.ChannelCredentials | None = None
    resolution_interval: float | None = None

    def open(self) -> grpc.aio.Channel:
        """Open a channel; it connects with its first RPC."""
        options = self._options()
        if self.credentials is None:
            return grpc.aio.insecure_channel(self.target, options=options)
        return grpc.aio.secure_channel(self.target, self.credentials, options=options)

    def _options(self) -> list[tuple[str, Any]]:
        options: list[tuple[str, Any]] = [
            ("grpc.max_reconnect_backoff_ms", RECONNECT_MILLISECONDS),
            # Else all channels of a process with the same target and options share one connection.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        if self.service_config:
            # Not grpc.lb_policy_name: an unknown policy there becomes pick_first in silence.
            options.append(("grpc.service_config", self.service_config))
        if self.resolution_interval is not None:
            interval = round(1000 * self.resolution_interval)
            options.append(("grpc.dns_min_time_between_resolutions_ms", interval))
        if self.authority:
            options.append(("grpc.default_authority", self.authority))
        if self.authority and self.credentials:
            options.append(("grpc.ssl_target_name_override", self.authority))
        return options


@dataclass(frozen=True)
class Pace:
    """When to greet.

    Args:
        interval: Seconds from one greeting to the next.
        count: How many; None goes on until it is cancelled.
        deadline: Seconds that a greeting may take.
        measured: Whether to log after each greeting what it took, and by which connection it went.
        parallel: How many greetings may be under way at once; one that is due waits while so many are.
        reported: Whether to log each second if this client kept its pace.
        metadata: What each greeting says beside its name, for proxies to read.
        jitter: By how much of itself an interval varies at random, from 0 to 1. Clients in step would share
            out the turns of a proxy between them, and each meet the same pod every time.
    """

    interval: float = 1.0
    count: int | None = None
    deadline: float = 5.0
    measured: bool = False
    parallel: int = 1
    reported: bool = False
    metadata: tuple[tuple[str, str], ...] = ()
    jitter: float = 0.0

    def step(self) -> float:
        """Draw the seconds from one greeting to the next; on average they are the interval."""
        return self.interval * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - no secret

    def numbers(self) -> Iterator[int]:
        """Count the greetings."""
        return itertools.count() if self.count is None else iter(range(self.count))


class Channels:
    """The channels that greetings go through, in turn.

    Args:
        dialer: Opens the channels.
        number: How many; 0 opens a new one for each greeting and closes it after.
    """

    def __init__(self, dialer: Dialer, number: int) -> None:
        self._dialer = dialer
        self._kept = [dialer.open() for _ in range(number)]
        self._turns = itertools.cycle(self._kept)

    async def __aenter__(self) -> Channels:
        return self

    async def __aexit__(self, *_: object) -> None:
        for channel in self._kept:
            await channel.close()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[grpc.aio.Channel]:
        """Use the next channel for one greeting."""
        if self._kept:
            yield next(self._turns)
            return
        async with self._dialer.open() as channel:
            yield channel


class Turns(Protocol):
    """Gives each greeting its channel; ``Channels`` does, and others may."""

    def turn(self) -> contextlib.AbstractAsyncContextManager[grpc.aio.Channel]:
        """Use a channel for one greeting."""


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


async def greet(
    channel: grpc.aio.Channel, name: str, deadline: float, metadata: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """Send one greeting."""
    request = greeter_pb2.HelloRequest(name=name)
    # Not wait_for_ready: a target that cannot be reached is to be seen in the log, with the reason.
    call = greeter_pb2_grpc.GreeterStub(channel).SayHello(
        request, timeout=deadline, metadata=metadata or None
    )
    try:
        reply = await call
    except grpc.aio.AioRpcError as error:
        return Answer(f"Error: {error.code().name}: {error.details()}")
    told = dict(await call.trailing_metadata() or ())
    return Answer(f"Greeting: {reply.message}", str(told.get(measure.PEER, "")))


def main(argv: Sequence[str]) -> int:
    """Greet until the count is reached, or until TERM; returns the exit code.

    Raises:
        GreeterError: The environment holds a value that cannot be used.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    dialer = dialer_of(options)
    pace = Pace(
        options.interval,
        options.count,
        options.deadline,
        options.measure,
        options.parallel,
        options.report_pace,
        tuple(options.metadata),
        options.jitter,
    )
    asyncio.run(_until_signal(dialer, 0 if options.new_channel else options.channels, options.name, pace))
    return 0


def dialer_of(options: argparse.Namespace) -> Dialer:
    """Return what opens channels as the options of ``add_dialing`` say.

    Raises:
        GreeterError: The environment holds a value that cannot be used.
    """
    return Dialer(
        naming.resolved_by(naming.dns_server(), options.target),
        options.service_config,
        options.authority,
        _credentials(options.tls),
        options.resolution_interval,
    )


async def _until_signal(dialer: Dialer, number: int, name: str, pace: Pace) -> None:
    async with Channels(dialer, number) as channels:
        greeting = asyncio.ensure_future(greet_steadily(channels, name, pace))
        for wanted in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(wanted, greeting.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await greeting


async def greet_steadily(channels: Turns, name: str, pace: Pace) -> None:
    """Greet and log until the count is reached; no more greetings overlap than the pace allows."""
    loop = asyncio.get_running_loop()
    free = asyncio.Semaphore(pace.parallel)
    keeper = pacing.Keeper(pace.interval, loop.time())
    wanted = due = loop.time()
    try:
        async with asyncio.TaskGroup() as under_way:
            for number in pace.numbers():
                step = pace.step()
                wanted = wanted if not number else due + step
                held_back = free.locked()
                await free.acquire()
                due = due if not number else next_due(due, step, loop.time())
                await asyncio.sleep(due - loop.time())
                words = keeper.begun(loop.time(), None if held_back else wanted)
                if pace.reported:
                    pacing.write(words)
                under_way.create_task(greet_once(channels, name, pace)).add_done_callback(
                    lambda _: free.release()
                )
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


async def greet_once(channels: Turns, name: str, pace: Pace) -> None:
    """Send one greeting and log what came of it."""
    async with channels.turn() as channel:
        watch = measure.Stopwatch()
        answer = await greet(channel, name, pace.deadline, pace.metadata)
        elapsed, number = watch.elapsed(), measure.number_of(channel)
    log.write(answer.words)
    if pace.measured:
        measure.write(elapsed, number, answer.connection)


def next_due(due: float, interval: float, now: float) -> float:
    """Tell when the next greeting is due.

    What a greeting takes does not add to the interval, so the pace does not drift. One that took longer
    than the interval delays those after it: they are not made up for in a burst.
    """
    return max(due + interval, now)


def _credentials(tls: bool) -> grpc.ChannelCredentials | None:
    roots = os.environ.get(ROOT_CERTIFICATES, "")
    if not roots:
        # Without certificates gRPC takes its default roots, the system's.
        return grpc.ssl_channel_credentials() if tls else None
    try:
        ssl.create_default_context(cadata=roots)
    except (ssl.SSLError, ValueError) as error:
        raise GreeterError(
            f"{ROOT_CERTIFICATES} holds no certificate; fill it with PEM text (ca.crt of the TLS Secret)."
        ) from error
    return grpc.ssl_channel_credentials(roots.encode())


def _policy(name: str) -> str:
    """The service config that asks for a policy and for no other in its place."""
    return json.dumps({"loadBalancingConfig": [{name: {}}]})


def _service_config(text: str) -> str:
    try:
        config = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object")
    return text


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


def _target(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the target is empty; give host:port or another gRPC target")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter client",
        description="Greet a target at a steady pace; each greeting is one line of the log.",
        epilog=f"{ROOT_CERTIFICATES} (PEM text) switches TLS on; "
        f"{naming.DNS_SERVER} (ip:port) is asked for names.",
    )
    _add_greeting(parser)
    number = add_dialing(parser).add_mutually_exclusive_group()
    number.add_argument(
        "--channels",
        type=arguments.count,
        default=1,
        metavar="N",
        help="how many, used in turn, each with its own connections (default: %(default)d)",
    )
    number.add_argument("--new-channel", action="store_true", help="a new channel for each greeting")
    return parser


def _add_greeting(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("greetings").add_argument
    add(
        "--metadata",
        type=_metadata,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a header to send along; may be given again",
    )
    add("--name", type=_name, default="world", help="who is greeted (default: %(default)s)")
    add("--interval", type=arguments.seconds, default=1.0, metavar="SECONDS", help="default: %(default)g")
    add(
        "--jitter",
        type=arguments.share,
        default=0.0,
        metavar="SHARE",
        help="vary each interval at random by up to this share of it, 0 to 1 (default: %(default)g)",
    )
    add("--count", type=arguments.count, metavar="N", help="how many (default: no end)")
    add(
        "--deadline",
        type=arguments.positive_seconds,
        default=5.0,
        metavar="SECONDS",
        help="how long a greeting may take (default: %(default)g)",
    )
    add(
        "--measure",
        action="store_true",
        help="log after each greeting what it took, and the connection by which the server was asked",
    )
    add(
        "--parallel",
        type=arguments.count,
        default=1,
        metavar="N",
        help="how many greetings may be under way at once (default: %(default)d)",
    )
    add("--report-pace", action="store_true", help="log each second whether the client kept its pace")


def add_dialing(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the target and what channels to it are like, for ``dialer_of``; returns the group of options."""
    parser.add_argument("target", type=_target, metavar="TARGET", help="host:port, dns:///host:port, ...")
    group = parser.add_argument_group("channels")
    balancing = group.add_mutually_exclusive_group()
    balancing.add_argument(
        "--policy",
        type=_policy,
        dest="service_config",
        metavar="NAME",
        help="load-balancing policy, for instance round_robin (default: gRPC's, pick_first)",
    )
    balancing.add_argument(
        "--service-config", type=_service_config, metavar="JSON", help="a whole gRPC service config"
    )
    group.add_argument(
        "--authority",
        default="",
        metavar="HOST",
        help="the :authority to send, and the name in the server's certificate (default: the target's host)",
    )
    group.add_argument(
        "--resolution-interval",
        type=arguments.positive_seconds,
        metavar="SECONDS",
        help="how long to wait from one DNS resolution to the next (default: gRPC's, 30)",
    )
    group.add_argument("--tls", action="store_true", help="use TLS with the system's root certificates")
    return group
