"""The greeter's client and server in Python, as small as they can be complete.

python -m greeter.clients.python client TARGET COUNT [fix]    greets, with gRPC's defaults or with the fix
python -m greeter.clients.python server ADDRESS               answers
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import grpc

from greeter.clients.python.client import dial
from greeter.clients.python.server import new_server
from greeter.v1 import greeter_pb2, greeter_pb2_grpc


class _Greeter(greeter_pb2_grpc.GreeterServicer):
    def SayHello(  # noqa: N802 - the method's name in the proto
        self, request: greeter_pb2.HelloRequest, _context: grpc.ServicerContext
    ) -> greeter_pb2.HelloReply:
        return greeter_pb2.HelloReply(message=f'"python" says: Hello {request.name}')


def _greet(channel: grpc.Channel, count: int) -> None:
    stub = greeter_pb2_grpc.GreeterStub(channel)
    for _ in range(count):
        print(stub.SayHello(greeter_pb2.HelloRequest(name="world"), timeout=60).message, flush=True)  # noqa: T201


def _serve(address: str) -> None:
    server = new_server()
    greeter_pb2_grpc.add_GreeterServicer_to_server(_Greeter(), server)
    port = server.add_insecure_port(address)
    server.start()
    print(f"listening on {address.rpartition(':')[0]}:{port}", flush=True)  # noqa: T201
    server.wait_for_termination()


def main(arguments: Sequence[str]) -> None:
    """Greet or serve, as the arguments say."""
    match arguments:
        case ["server", address]:
            _serve(address)
        case ["client", target, count, *ways]:
            with dial(target) if ways == ["fix"] else grpc.insecure_channel(target) as channel:
                _greet(channel, int(count))
        case _:
            sys.exit((__doc__ or "").strip())


if __name__ == "__main__":
    main(sys.argv[1:])
