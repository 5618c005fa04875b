from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import ApiClient, ApiException

from helpers.lab import port_forward
from helpers.lab.errors import LabError
from tests.patience import PATIENCE


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A TCP server that answers each connection's first bytes in capitals."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(connection.recv(100).upper())

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)


def exchange(address: str, words: bytes) -> bytes:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as wire:
        wire.sendall(words)
        return wire.recv(100)


def lab_with_pod(address: str) -> Any:
    pod = SimpleNamespace(
        status=SimpleNamespace(pod_ip=address), metadata=SimpleNamespace(namespace="lab", name="demo-1")
    )
    core = SimpleNamespace(read_namespaced_pod=lambda _name, _namespace: pod)
    return SimpleNamespace(core=core, api=ApiClient(), namespace="lab")


def test_answers_tells_a_listener_from_a_closed_port(echo: tuple[str, int]) -> None:
    host, port = echo
    assert port_forward.answers(host, port)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = gone.getsockname()[1]
    assert not port_forward.answers("127.0.0.1", closed)


def test_a_routed_pod_is_dialled_at_its_own_address(echo: tuple[str, int]) -> None:
    host, port = echo
    assert port_forward.reach_pod(lab_with_pod(host), "demo-1", port) == f"{host}:{port}"


def test_an_unrouted_pod_is_reached_through_a_forwarded_port(
    echo: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def tunnel(_api: ApiClient, namespace: str, pod: str, port: int) -> socket.socket:
        asked.append((namespace, pod, port))
        return socket.create_connection(echo)

    monkeypatch.setattr(port_forward, "_tunnel", tunnel)
    monkeypatch.setattr(port_forward, "answers", lambda _host, _port: False)
    address = port_forward.reach_pod(lab_with_pod("203.0.113.1"), "demo-1", 50051)
    assert exchange(address, b"hello") == b"HELLO"
    assert exchange(address, b"again") == b"AGAIN"
    assert set(asked) == {("lab", "demo-1", 50051)}


def test_a_refused_forward_is_one_sentence_with_the_right_to_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> socket.socket:
        raise ApiException(status=0, reason="Handshake status 403 Forbidden")

    monkeypatch.setattr(port_forward, "_tunnel", refuse)
    with pytest.raises(LabError, match=r"\(Handshake status 403 Forbidden\).*pods/portforward") as caught:
        port_forward.forward(ApiClient(), "lab", "demo-1", 50051)
    assert isinstance(caught.value.__cause__, ApiException)


def test_a_pod_that_does_not_exist_is_named() -> None:
    def missing(_name: str, _namespace: str) -> None:
        raise ApiException(status=404, reason="Not Found")

    lab: Any = SimpleNamespace(core=SimpleNamespace(read_namespaced_pod=missing), namespace="lab", api=None)
    with pytest.raises(LabError, match=r"pod nobody .* namespace lab"):
        port_forward.reach_pod(lab, "nobody", 1)
