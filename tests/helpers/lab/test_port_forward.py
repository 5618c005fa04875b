"""Ports of pods, forwarded by the official client's own code and the API server of a local cluster."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from kubernetes.client import ApiClient, ApiException, Configuration

from helpers.lab import cluster, port_forward
from helpers.lab.connection import look
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from tests.patience import PATIENCE, until

NAMESPACE = "default"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A local cluster of these tests' own, with a pod that listens on port 50051."""
    name = f"forward-{os.getpid()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALCLUSTER_HOME", str(tmp_path_factory.mktemp("home")))
        kubeconfig = cluster.start(name)
        try:
            patch.setenv("KUBECONFIG", str(kubeconfig))
            found = look(cluster.CONTEXT, NAMESPACE)
            start(found, "server")
            yield found
        finally:
            cluster.stop(name, purge=True)


def start(lab: Lab, name: str) -> None:
    """Run a greeter and wait until it is ready."""
    probe = {"grpc": {"port": 50051}, "periodSeconds": 1}
    server = {"name": "greeter", "image": "greeter", "args": ["server"], "readinessProbe": probe}
    core: Any = lab.core
    core.create_namespaced_pod(NAMESPACE, {"metadata": {"name": name}, "spec": {"containers": [server]}})

    def is_ready() -> bool:
        status = core.read_namespaced_pod(name, NAMESPACE).status
        return any(one.type == "Ready" and one.status == "True" for one in status.conditions or [])

    until(is_ready)


def parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def greets(address: str) -> bool:
    """Whether a gRPC server answers at an address."""
    with grpc.insecure_channel(address) as channel:
        ask: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        answer: bytes = ask(b"", timeout=PATIENCE, wait_for_ready=True)
    return answer == b"\x08\x01"  # SERVING


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


def test_an_address_is_forwarded_on_request(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not port_forward.reach_pod(lab, "server", 50051).startswith("127.0.0.1:")
    monkeypatch.setenv("LAB_REACH", "forward")
    address = port_forward.reach_pod(lab, "server", 50051)
    assert address.startswith("127.0.0.1:")
    assert greets(address)
    assert greets(address)  # each connection is one of its own


def test_another_way_to_reach_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_REACH", "foot")
    with pytest.raises(LabError, match=r'LAB_REACH is "foot"; write LAB_REACH=forward'):
        port_forward.reach_pod(lab_with_pod("127.0.0.1"), "demo-1", 1)


def test_what_the_kubelet_says_of_a_closed_port_is_the_error(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_forward, "QUIET_SECONDS", PATIENCE)
    with pytest.raises(LabError, match=r"^port 50052 of pod default/server cannot be forwarded") as caught:
        port_forward.forward(lab.api, NAMESPACE, "server", 50052)
    assert "failed to connect to localhost:50052 inside namespace" in str(caught.value)
    assert "connection refused" in str(caught.value)


def test_a_pod_that_is_gone_is_named_with_what_to_do(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"^pod default/nobody is gone .*helpers\.server_pods") as caught:
        port_forward.forward(lab.api, NAMESPACE, "nobody", 50051)
    assert 'pods "nobody" not found' in str(caught.value)


def test_a_forward_ends_with_its_pod_and_says_so_once(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    start(lab, "passing")
    address = port_forward.forward(lab.api, NAMESPACE, "passing", 50051)
    assert greets(address)
    core: Any = lab.core
    core.delete_namespaced_pod("passing", NAMESPACE, grace_period_seconds=0)
    until(lambda: not port_forward.answers(*parts(address)))
    said = capsys.readouterr().out
    assert said.count("pod default/passing is gone") == 1


def test_a_pod_that_is_replaced_under_its_name_is_reached_again(lab: Lab) -> None:
    start(lab, "again")
    core: Any = lab.core
    address = port_forward.forward(lab.api, NAMESPACE, "again", 50051)
    with grpc.insecure_channel(address) as channel:
        ask: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        ask(b"", timeout=PATIENCE)
        core.delete_namespaced_pod("again", NAMESPACE, grace_period_seconds=0)
        start(lab, "again")
        assert port_forward.answers(*parts(address))
        assert ask(b"", timeout=PATIENCE, wait_for_ready=True) == b"\x08\x01"


def test_who_may_not_forward_is_told_the_right_to_ask_for(lab: Lab) -> None:
    core: Any = lab.core
    asked = {"spec": {"expirationSeconds": 600}}
    token = core.create_namespaced_service_account_token("default", NAMESPACE, asked).status.token
    theirs = Configuration(host=lab.api.configuration.host)
    theirs.ssl_ca_cert = lab.api.configuration.ssl_ca_cert
    theirs.api_key["authorization"] = f"Bearer {token}"
    with pytest.raises(LabError, match=r"does not let you forward port 50051 .*pods/portforward") as caught:
        port_forward.forward(ApiClient(theirs), NAMESPACE, "server", 50051)
    assert "cannot get resource" in str(caught.value)
    assert isinstance(caught.value.__cause__, ApiException)


def test_an_api_server_that_does_not_answer_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = gone.getsockname()[1]
    api = ApiClient(Configuration(host=f"https://127.0.0.1:{closed}"))
    with pytest.raises(LabError, match=r"cannot be forwarded \(.*refused\)"):
        port_forward.forward(api, NAMESPACE, "server", 50051)


def test_nothing_is_left_of_a_connection_that_ended(lab: Lab) -> None:
    address = port_forward.forward(lab.api, NAMESPACE, "server", 50051)
    assert greets(address)

    def carrying() -> list[str]:
        names = [thread.name for thread in threading.enumerate()]
        return [name for name in names if name.startswith("Kubernetes port forward proxy")]

    until(lambda: not carrying())


def test_a_pod_that_does_not_exist_is_named() -> None:
    def missing(_name: str, _namespace: str) -> None:
        raise ApiException(status=404, reason="Not Found")

    lab: Any = SimpleNamespace(core=SimpleNamespace(read_namespaced_pod=missing), namespace="lab", api=None)
    with pytest.raises(LabError, match=r"pod nobody .* namespace lab"):
        port_forward.reach_pod(lab, "nobody", 1)
