"""The clients that FIX.md quotes; those in other languages are run by ``make languages``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from greeter.clients.python.client import dial
from greeter.v1 import greeter_pb2, greeter_pb2_grpc
from tests.greeter.conftest import RunningServer
from tests.patience import PATIENCE, until

CLIENTS = Path(__file__).resolve().parents[2] / "greeter" / "clients"
COMMAND = [sys.executable, "-m", "greeter.clients.python"]


def client(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the greeter's client
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.fixture
def server() -> Iterator[str]:
    """The server beside the clients; its address."""
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([*COMMAND, "server", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)  # noqa: S603
        )
        stack.callback(process.kill)
        assert process.stdout
        yield process.stdout.readline().split()[-1]


@pytest.mark.parametrize("ways", [[], ["fix"]])
def test_it_greets_as_often_as_it_is_told(server: str, ways: list[str]) -> None:
    ended = client("client", server, "3", *ways)
    assert ended.stdout == '"python" says: Hello world\n' * 3, ended.stderr


def test_the_fix_cycles_through_all_addresses_and_the_default_keeps_one(
    start: Callable[..., RunningServer],
) -> None:
    target = "ipv4:" + ",".join(start(pod).address for pod in ("one", "two"))
    with dial(target) as channel:
        stub, seen = greeter_pb2_grpc.GreeterStub(channel), set[str]()

        def both_have_answered() -> bool:
            seen.add(stub.SayHello(greeter_pb2.HelloRequest(), timeout=PATIENCE).message.split('"')[1])
            return seen == {"one", "two"}

        until(both_have_answered, lambda: seen)
    words = client("client", target, "20").stdout
    assert len({line.split('"')[1] for line in words.splitlines()}) == 1


def test_the_fix_tries_again_where_a_server_has_gone(start: Callable[..., RunningServer]) -> None:
    servers = [start(pod) for pod in ("one", "two")]
    with dial("ipv4:" + ",".join(server.address for server in servers)) as channel:
        stub = greeter_pb2_grpc.GreeterStub(channel)
        request = greeter_pb2.HelloRequest(name="you")
        # Until the channel has a connection to the one that will go.
        until(lambda: "one" in stub.SayHello(request, timeout=PATIENCE).message)
        servers[0].process.kill()
        servers[0].process.wait()
        answers = {stub.SayHello(request, timeout=PATIENCE).message for _ in range(20)}
    assert answers == {'"two" says: Hello you'}


def test_wrong_arguments_get_the_usage() -> None:
    ended = client("greet")
    assert ended.returncode == 1
    assert "client TARGET COUNT [fix]" in ended.stderr


@pytest.mark.parametrize("file", ["go/main.go", "java/src/main/java/example/Client.java", "node/client.js"])
def test_every_language_has_the_same_service_config(file: str) -> None:
    text = "".join((CLIENTS / file).read_text().split()).replace('"', "").replace("(", "").replace(",", ":")
    for part in (
        "round_robin",
        "maxAttempts:3",
        "initialBackoff:0.1s",
        "maxBackoff:1s",
        "backoffMultiplier:2",
    ):
        assert part in text
    assert "UNAVAILABLE" in text
