"""A block of addresses, plain servers and a node in it."""

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from localcluster.host import addresses
from localcluster.node.catalogue import Catalogue
from tests.localcluster.node.lab import CATALOGUE, Lab


@pytest.fixture
def lease(request: pytest.FixtureRequest) -> Iterator[addresses.Lease]:
    """A block of this test's own."""
    held = addresses.lease(request.node.nodeid)
    yield held
    held.release()


@pytest.fixture
def block(lease: addresses.Lease) -> addresses.Block:
    """The addresses of the test's block."""
    return lease.block


class Echo:
    """A server that answers each message with its own address in front, and knows its connections."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self._server = socket.create_server((address, port))
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Stop listening, then hang up: a connection that was just accepted must not be forgotten."""
        _end(self._server)
        self._accepting.join()
        for connection in self._open:
            _end(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._open.append(connection)
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := connection.recv(1000):
                connection.sendall(self.address.encode() + b" " + data)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@pytest.fixture
def echo() -> Iterator[Callable[[str, int], Echo]]:
    """Start echo servers that end with the test."""
    running: list[Echo] = []

    def start(address: str, port: int) -> Echo:
        running.append(Echo(address, port))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def catalogue() -> Catalogue:
    """The images of the test's node; a module may have others."""
    return CATALOGUE


@pytest.fixture
async def lab(tmp_path: Path, block: addresses.Block, catalogue: Catalogue) -> AsyncIterator[Lab]:
    """A node that runs while the test does."""
    async with Lab(tmp_path, block, catalogue=catalogue) as running:
        yield running
