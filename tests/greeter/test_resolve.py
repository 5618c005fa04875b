"""What the command prints of DNS's answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from greeter import naming, resolve
from greeter.errors import GreeterError
from tests.greeter.conftest import Run
from tests.greeter.names import name_server

NAMES = {"demo.lab.test": ["10.0.0.2", "10.0.0.1"], "empty.lab.test": []}


@contextlib.contextmanager
def answering(words: bytes) -> Iterator[str]:
    """A server that takes one question over TCP, answers with the bytes it was given and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(words)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def test_each_answer_is_one_line_in_its_own_order(run: Run) -> None:
    with name_server(NAMES) as server:
        done = run("resolve", "demo.lab.test", "--times", "3", env={naming.DNS_SERVER: server})
    assert done.stdout == "10.0.0.2 10.0.0.1\n" * 3
    assert (done.returncode, done.stderr) == (0, "")


class Growing(list[str]):
    """Has one address more at each look, as a Service has while its pods become ready."""

    def __iter__(self) -> Iterator[str]:
        self.append(f"10.0.0.{len(self) + 1}")
        return super().__iter__()


def test_it_asks_until_there_are_as_many_addresses_as_wanted(run: Run) -> None:
    with name_server({"demo.lab.test": Growing(["10.0.0.1"])}) as server:
        done = run("resolve", "demo.lab.test", "--until", "4", env={naming.DNS_SERVER: server})
    assert (done.returncode, done.stdout) == (0, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4\n")


def test_addresses_that_do_not_come_are_told(run: Run) -> None:
    with name_server(NAMES) as server:
        words = ["resolve", "demo.lab.test", "--until", "3", "--within", "0.3"]
        done = run(*words, env={naming.DNS_SERVER: server})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("demo.lab.test has 2 addresses after 0.3 s, not 3: 10.0.0.2 10.0.0.1;")
    assert done.stderr.count("\n") == 1


def test_an_unknown_name_is_one_sentence(run: Run) -> None:
    with name_server(NAMES) as server:
        done = run("resolve", "nobody.lab.test", env={naming.DNS_SERVER: server})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nobody.lab.test was not resolved by the DNS server 127.0.0.1:")
    assert "NXDOMAIN" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with name_server(NAMES) as server:
        monkeypatch.setenv(naming.DNS_SERVER, server)
        with pytest.raises(GreeterError, match="has no IPv4 address"):
            resolve.addresses("empty.lab.test")


@pytest.mark.parametrize("words", [b"", b"\x00", b"\x00\x20abc", b"\x00\x03abc", b"\x00\x00"])
def test_an_answer_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, words: bytes) -> None:
    with answering(words) as server:
        monkeypatch.setenv(naming.DNS_SERVER, server)
        with pytest.raises(GreeterError, match="was not resolved"):
            resolve.addresses("demo.lab.test")


@pytest.mark.parametrize("name", ["a..b", "x" * 64])
def test_a_name_that_cannot_be_asked_for_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(naming.DNS_SERVER, "127.0.0.1:1")
    with pytest.raises(GreeterError, match="was not resolved"):
        resolve.addresses(name)


def test_without_a_server_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(naming.DNS_SERVER, raising=False)
    assert resolve.addresses("localhost") == ["127.0.0.1"]
