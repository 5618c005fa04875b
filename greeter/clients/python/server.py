"""A server whose clients learn of new pods."""

# region server
from concurrent import futures

import grpc


def new_server() -> grpc.Server:
    """Make a server that ends each connection after five minutes."""
    age = ("grpc.max_connection_age_ms", 300_000)
    grace = ("grpc.max_connection_age_grace_ms", 60_000)
    return grpc.server(futures.ThreadPoolExecutor(), options=[age, grace])


# endregion
