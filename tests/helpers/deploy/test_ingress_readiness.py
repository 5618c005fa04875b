from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from helpers.deploy import ingress_readiness
from helpers.lab.errors import LabError
from tests.helpers.fakes import FakeObjects, fake_lab
from tests.patience import PATIENCE

HOST = "demo.greeter.example"


class Controller:
    """Listens as an ingress controller does; what it answers with changes after some connections."""

    def __init__(self) -> None:
        self.statuses = [404, 404, 308]
        self.contexts: list[ssl.SSLContext] = []
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.door: tuple[str, int] = self._listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(OSError):
                    self._answer(connection)
                self.asked += 1

    def _answer(self, connection: socket.socket) -> None:
        if self.contexts:
            context = self.contexts[min(self.asked, len(self.contexts) - 1)]
            context.wrap_socket(connection, server_side=True).close()
            return
        connection.recv(1000)
        status = self.statuses[min(self.asked, len(self.statuses) - 1)]
        connection.sendall(f"HTTP/1.1 {status} Words\r\nConnection: close\r\n\r\n".encode())

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    found = Controller()
    monkeypatch.setattr(ingress_readiness, "reach_ingress", lambda *_, **__: found.door)
    yield found
    found.close()


def wish(**more: Any) -> dict[str, Any]:
    spec = {"ingressClassName": "nginx", "rules": [{"host": HOST}], **more}
    return {"kind": "Ingress", "metadata": {"name": "demo"}, "spec": spec}


def lab_with(authority: trustme.CA | None = None) -> Any:
    lab = fake_lab()
    lab.objects = FakeObjects()
    if authority:
        data = {"ca.crt": base64.b64encode(authority.cert_pem.bytes()).decode()}
        secret = {
            "kind": "Secret",
            "metadata": {"name": "demo-tls", "namespace": lab.namespace},
            "data": data,
        }
        lab.objects.put(secret)
    return lab


def context_of(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


def test_a_404_is_waited_out(controller: Controller) -> None:
    ingress_readiness.wait_served(lab_with(), wish(), time.monotonic() + PATIENCE)
    assert controller.asked >= 2


def test_a_strangers_certificate_is_waited_out(controller: Controller) -> None:
    ours, other = trustme.CA(), trustme.CA()
    controller.contexts = [context_of(other, HOST), context_of(ours, "other.example"), context_of(ours, HOST)]
    ingress_readiness.wait_served(
        lab_with(ours), wish(tls=[{"secretName": "demo-tls"}]), time.monotonic() + PATIENCE
    )
    assert controller.asked >= 2


def test_a_controller_that_never_serves_it_is_named(controller: Controller) -> None:
    controller.statuses = [404]
    with pytest.raises(LabError, match=rf"class nginx at 127\.0\.0\.1:{controller.door[1]} does not serve"):
        ingress_readiness.wait_served(lab_with(), wish(), time.monotonic())


def test_a_host_that_another_namespace_owns_is_said_at_once(controller: Controller) -> None:
    controller.statuses = [404]
    lab = lab_with()
    words = f'host "{HOST}" and path "/" is already defined in ingress other/demo'
    lab.objects.put(
        {
            "kind": "Event",
            "metadata": {"name": "e", "namespace": lab.namespace},
            "involvedObject": {"kind": "Ingress", "name": "demo"},
            "message": words,
        }
    )
    with pytest.raises(LabError, match=r"Ingress demo .* is already defined in ingress other/demo\. Delete"):
        ingress_readiness.wait_served(lab, wish(), time.monotonic() + PATIENCE)


def test_where_the_controller_is_out_of_reach_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress_readiness, "reach_ingress", lambda *_, **__: None)
    ingress_readiness.wait_served(lab_with(), wish(), time.monotonic())
