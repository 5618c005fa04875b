"""An xDS control plane: `python -m controlplane xds --listener greeter=demo`.

It watches the EndpointSlices of the Services it is told of, and tells gRPC clients over ADS (aggregated
discovery service) at each change. Clients that dial `xds:///greeter` have their resolver, their policy and
their endpoints from here; requests themselves do not pass through.

It keeps nothing and authenticates nobody: whoever reaches its port is told where the pods are. In production
that port has TLS and a network policy.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import grpc.aio
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from controlplane import api
from controlplane.discovery import Stream
from controlplane.errors import ControlPlaneError
from controlplane.resources import Listeners, Locality, resource
from controlplane.slices import Endpoint
from controlplane.v3 import discovery_pb2
from greeter import log

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"
METHOD = "StreamAggregatedResources"
FORM = "NAME=SERVICE[:WEIGHT[/FIRST]][,...]"
LOCALITY = re.compile(r"(?P<service>[^:/]+)(:(?P<weight>[0-9]+)(/(?P<first>[1-9][0-9]*))?)?")

Requests = AsyncIterator[discovery_pb2.DiscoveryRequest]
Responses = AsyncIterator[discovery_pb2.DiscoveryResponse]
_Context = grpc.aio.ServicerContext[discovery_pb2.DiscoveryRequest, discovery_pb2.DiscoveryResponse]


class ControlPlane:
    """What is known, and the streams that are told of it.

    Args:
        listeners: The localities of each listener.
    """

    def __init__(self, listeners: Listeners) -> None:
        self.listeners = listeners
        self.known: dict[str, tuple[Endpoint, ...]] = {}
        self._changes: set[asyncio.Event] = set()

    def services(self) -> set[str]:
        """Return the Services whose endpoints are wanted."""
        return {one.service for localities in self.listeners.values() for one in localities}

    def take(self, service: str, endpoints: tuple[Endpoint, ...]) -> None:
        """Know a Service's endpoints from now on, and tell every stream."""
        if self.known.get(service) == endpoints:
            return
        self.known[service] = endpoints
        log.write(f"{service}: {len(endpoints)} ready: {' '.join(map(str, endpoints)) or 'none'}")
        for change in self._changes:
            change.set()

    def find(self, kind: str, name: str) -> Message | None:
        """Return a resource as it is now."""
        return resource(kind, name, self.listeners, self.known)

    async def stream(self, requests: Requests, _: _Context) -> Responses:
        """Serve one client until it leaves."""
        change = asyncio.Event()
        self._changes.add(change)
        client = ""

        def say(words: str) -> None:
            log.write(f"{client}: {words}")

        stream, asked = Stream(self.find, say), _next(requests)
        try:
            while True:
                changed = asyncio.ensure_future(change.wait())
                either: set[asyncio.Future[Any]] = {asked, changed}
                try:
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
                if change.is_set():
                    change.clear()
                    for response in stream.changed():
                        yield response
                if asked.done():
                    request = asked.result()
                    if request is None:
                        return
                    # Only the first request of a stream has to name the node.
                    client = request.node.id or client
                    asked = _next(requests)
                    if (answer := stream.take(request)) is not None:
                        yield answer
        finally:
            asked.cancel()
            self._changes.discard(change)


def _next(requests: Requests) -> asyncio.Future[discovery_pb2.DiscoveryRequest | None]:
    async def wait() -> discovery_pb2.DiscoveryRequest | None:
        return await anext(requests, None)

    return asyncio.ensure_future(wait())


def handler(plane: ControlPlane) -> grpc.GenericRpcHandler:
    """Return the ADS service of a control plane."""
    method = grpc.stream_stream_rpc_method_handler(
        plane.stream,
        request_deserializer=discovery_pb2.DiscoveryRequest.FromString,
        response_serializer=discovery_pb2.DiscoveryResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})


def main(argv: Sequence[str]) -> int:
    """Serve until TERM; returns the exit code.

    Raises:
        ControlPlaneError: The API server cannot be asked, or the address cannot be used.
    """
    options = _parser().parse_args(argv)
    listeners = dict(options.listener)
    discovery = api.connect(options.kubeconfig)

    async def run() -> None:
        plane = ControlPlane(listeners)
        for service in sorted(plane.services()):
            api.watch(discovery, options.namespace, service, options.port_name, partial(plane.take, service))
        await serve(plane, options.address)

    asyncio.run(run())
    return 0


async def serve(plane: ControlPlane, address: str) -> None:
    """Serve xDS at an address until TERM or INT.

    Raises:
        ControlPlaneError: The address cannot be used.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((handler(plane),))
    status = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    await status.set(health.OVERALL_HEALTH, health_pb2.HealthCheckResponse.SERVING)
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise ControlPlaneError(
            f"The control plane cannot listen on {address}; name another --address."
        ) from error
    await server.start()
    log.write(f"listening on {address}")
    await stopping.wait()
    await status.enter_graceful_shutdown()
    await server.stop(0)


def _listener(text: str) -> tuple[str, list[Locality]]:
    name, equals, told = text.partition("=")
    localities = [_locality(part, text) for part in told.split(",")]
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is no listener; write {FORM}")
    return name, localities


def _locality(part: str, text: str) -> Locality:
    found = LOCALITY.fullmatch(part)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no listener; write {FORM}")
    return Locality(found["service"], int(found["weight"] or 1), int(found["first"] or 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m controlplane xds",
        description="Tell gRPC clients by xDS where the ready pods of Services are, at each change.",
    )
    add = parser.add_argument
    add(
        "--listener",
        type=_listener,
        action="append",
        required=True,
        metavar=FORM,
        help="what xds:///NAME leads to: Services, each a locality with a weight; may be repeated. FIRST is "
        "the weight of its first endpoint, beside 1 for each other",
    )
    add("--namespace", required=True, help="where the Services live")
    add("--port-name", default="grpc", metavar="NAME", help="the Services' port (default: %(default)s)")
    add("--address", default="[::]:50052", help="where to listen (default: %(default)s)")
    add("--kubeconfig", metavar="FILE", help="for development: not as this pod, but as this file says")
    return parser
