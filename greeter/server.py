"""The server: says hello, and who says it. `python -m greeter server`.

Asynchronous, so that a stream or a health watch that stays open for long takes no thread away from others.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import itertools
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from greeter import arguments, faults, log, measure
from greeter.errors import GreeterError
from greeter.v1 import greeter_pb2, greeter_pb2_grpc

DEFAULT_ADDRESS = "[::]:50051"
# Well within the 30 s that a pod has by default between TERM and KILL.
DEFAULT_GRACE = 5.0
DEFAULT_STREAM_INTERVAL = 1.0
SERVICE = greeter_pb2.DESCRIPTOR.services_by_name["Greeter"].full_name

_Context = grpc.aio.ServicerContext[greeter_pb2.HelloRequest, greeter_pb2.HelloReply]


class Greeter(greeter_pb2_grpc.GreeterServicer):
    """The service of `greeter.proto`.

    Args:
        pod: The name that signs the greetings.
        work: Seconds that each greeting of SayHello takes.
    """

    def __init__(self, pod: str, work: float = 0.0) -> None:
        self._pod = pod
        self._work = work
        self.faults: faults.Faults | None = None

    async def SayHello(  # noqa: N802 - the method's name in the proto
        self, request: greeter_pb2.HelloRequest, context: _Context
    ) -> greeter_pb2.HelloReply:
        """Greet once, and tell by which connection the request came."""
        context.set_trailing_metadata(((measure.PEER, context.peer()),))
        if self.faults:
            await self.faults.before_answer(request.name, context)
        if self._work:
            await asyncio.sleep(self._work)
        return self._reply(request)

    async def SayHellos(  # noqa: N802 - the method's name in the proto
        self, request: greeter_pb2.HelloRequest, context: _Context
    ) -> AsyncIterator[greeter_pb2.HelloReply]:
        """Greet until the count is reached; without a count until the caller leaves."""
        interval = DEFAULT_STREAM_INTERVAL
        if request.HasField("interval"):
            interval = request.interval.ToTimedelta().total_seconds()
        if interval < 0:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"interval is {interval} s; give 0 or more")
        numbers: Iterable[int] = range(request.count) if request.count else itertools.count()
        for number in numbers:
            if number:
                await asyncio.sleep(interval)
            yield self._reply(request)

    def _reply(self, request: greeter_pb2.HelloRequest) -> greeter_pb2.HelloReply:
        return greeter_pb2.HelloReply(message=f'"{self._pod}" says: Hello {request.name}')


def main(argv: Sequence[str]) -> int:
    """Serve until TERM; returns the exit code.

    Raises:
        GreeterError: The address cannot be used.
    """
    options = _parser().parse_args(argv)
    # Kubernetes sets HOSTNAME to the pod's name; a program that shares its machine's host name is told so.
    pod = os.environ.get("HOSTNAME") or socket.gethostname()
    address = os.environ.get("GREETER_ADDRESS") or DEFAULT_ADDRESS
    greeter = Greeter(pod, options.work)
    asyncio.run(
        serve(greeter, address, _limits(options), options.grace, script=options.fault, cue=options.fault_cue)
    )
    return 0


async def serve(
    greeter: Greeter,
    address: str,
    limits: Sequence[tuple[str, Any]] = (),
    grace: float = DEFAULT_GRACE,
    *,
    script: Sequence[faults.Fault] = (),
    cue: str = "",
) -> None:
    """Serve until TERM or INT, then end in good order.

    Args:
        greeter: The service.
        address: Where to listen; port 0 takes a free one, which the log names.
        limits: Channel arguments for gRPC.
        grace: Seconds that running RPCs have to end.
        script: Faults to show.
        cue: The name whose first greeting begins the script; at once if empty.

    Raises:
        GreeterError: The address cannot be used.
    """
    stopping = _on_signals()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), *limits])
    status = health.aio.HealthServicer()
    await _add_services(server, greeter, status)
    where = _listen(server, address)
    await server.start()
    log.write(f"listening on {where}")
    async with _misbehaving(greeter, script, cue, status):
        await stopping.wait()
    log.write(f"stopping, running RPCs have {grace:g} s to end")
    # First the probes learn of it, then the listener closes and clients get a GOAWAY.
    await status.enter_graceful_shutdown()
    await server.stop(grace)
    await _let_handlers_end()


@contextlib.asynccontextmanager
async def _misbehaving(
    greeter: Greeter, script: Sequence[faults.Fault], cue: str, status: health.aio.HealthServicer
) -> AsyncIterator[None]:
    """Carry out a script of faults meanwhile."""
    greeter.faults = faults.Faults(script, functools.partial(_set_health, status), cue) if script else None
    running = asyncio.ensure_future(greeter.faults.run()) if greeter.faults else None
    try:
        yield
    finally:
        if running:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _let_handlers_end() -> None:
    """Give RPCs that the end cut short the moment to notice; else gRPC prints a traceback for each."""
    handlers = asyncio.all_tasks() - {asyncio.current_task()}
    if handlers:
        await asyncio.wait(handlers, timeout=1.0)


def _on_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


async def _add_services(server: grpc.aio.Server, greeter: Greeter, status: health.aio.HealthServicer) -> None:
    greeter_pb2_grpc.add_GreeterServicer_to_server(greeter, server)
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    await _set_health(status, True)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)


async def _set_health(status: health.aio.HealthServicer, serves: bool) -> None:
    answer = health_pb2.HealthCheckResponse
    for name in (health.OVERALL_HEALTH, SERVICE):
        await status.set(name, answer.SERVING if serves else answer.NOT_SERVING)


def _listen(server: grpc.aio.Server, address: str) -> str:
    """Bind the address; `grpc.so_reuseport` is 0, else a second server would share it in silence."""
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise GreeterError(
            f"The greeter cannot listen on {address}; end the program that listens there, "
            "or set GREETER_ADDRESS to another host:port of this machine."
        ) from error
    return f"{address.removesuffix(':0')}:{port}" if address.endswith(":0") else address


def _limits(options: argparse.Namespace) -> list[tuple[str, int]]:
    """Connection ages as channel arguments; gRPC's default for both is no limit."""
    ages = {
        "grpc.max_connection_age_ms": options.max_connection_age,
        "grpc.max_connection_age_grace_ms": options.max_connection_age_grace,
    }
    return [(name, round(age * 1000)) for name, age in ages.items() if age is not None]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m greeter server",
        description="Answer greetings with this pod's name (HOSTNAME).",
        epilog=f"Listens on GREETER_ADDRESS (default {DEFAULT_ADDRESS}).",
    )
    parser.add_argument(
        "--max-connection-age",
        type=arguments.positive_seconds,
        metavar="SECONDS",
        help="ask a client to connect again after this time (default: never)",
    )
    parser.add_argument(
        "--max-connection-age-grace",
        type=arguments.positive_seconds,
        metavar="SECONDS",
        help="time that RPCs on such a connection have to end (default: no limit)",
    )
    parser.add_argument(
        "--grace",
        type=arguments.seconds,
        default=DEFAULT_GRACE,
        metavar="SECONDS",
        help="time that running RPCs have to end after TERM (default: %(default)g)",
    )
    parser.add_argument(
        "--work",
        type=arguments.seconds,
        default=0.0,
        metavar="SECONDS",
        help="time that each greeting takes (default: %(default)g)",
    )
    parser.add_argument(
        "--fault",
        type=faults.parse,
        action="append",
        default=[],
        metavar="KIND@START+SECONDS",
        help="; ".join(f"{kind}: {what}" for kind, what in faults.KINDS.items()),
    )
    parser.add_argument(
        "--fault-cue",
        default="",
        metavar="NAME",
        help="seconds of faults count from the first greeting of this name (default: from the start)",
    )
    return parser
