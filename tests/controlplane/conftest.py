from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import grpc.aio

from greeter.server import Greeter
from greeter.v1 import greeter_pb2_grpc


@contextlib.asynccontextmanager
async def greeter(pod: str) -> AsyncIterator[int]:
    """A greeter on a free port of this machine."""
    server = grpc.aio.server()
    greeter_pb2_grpc.add_GreeterServicer_to_server(Greeter(pod), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)
