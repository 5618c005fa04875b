"""Version 1 of the service: `greeter.proto` and what `python -m greeter.generate` makes of it.

`greeter_pb2_grpc.pyi` is written by hand, because the gRPC plugin of protoc makes no type stubs.
"""
