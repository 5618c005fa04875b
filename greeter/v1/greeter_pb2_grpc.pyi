from abc import ABCMeta
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Generic, TypeVar, overload

import grpc
import grpc.aio

from greeter.v1 import greeter_pb2

_SayHello = TypeVar("_SayHello")
_SayHellos = TypeVar("_SayHellos")

class GreeterStub(Generic[_SayHello, _SayHellos]):
    SayHello: _SayHello
    SayHellos: _SayHellos

    @overload
    def __init__(
        self: GreeterStub[
            grpc.UnaryUnaryMultiCallable[greeter_pb2.HelloRequest, greeter_pb2.HelloReply],
            grpc.UnaryStreamMultiCallable[greeter_pb2.HelloRequest, greeter_pb2.HelloReply],
        ],
        channel: grpc.Channel,
    ) -> None: ...
    @overload
    def __init__(
        self: GreeterStub[
            grpc.aio.UnaryUnaryMultiCallable[greeter_pb2.HelloRequest, greeter_pb2.HelloReply],
            grpc.aio.UnaryStreamMultiCallable[greeter_pb2.HelloRequest, greeter_pb2.HelloReply],
        ],
        channel: grpc.aio.Channel,
    ) -> None: ...

class GreeterServicer(metaclass=ABCMeta):
    def SayHello(
        self, request: greeter_pb2.HelloRequest, context: Any
    ) -> greeter_pb2.HelloReply | Awaitable[greeter_pb2.HelloReply]: ...
    def SayHellos(
        self, request: greeter_pb2.HelloRequest, context: Any
    ) -> Iterator[greeter_pb2.HelloReply] | AsyncIterator[greeter_pb2.HelloReply]: ...

def add_GreeterServicer_to_server(
    servicer: GreeterServicer, server: grpc.Server | grpc.aio.Server
) -> None: ...
