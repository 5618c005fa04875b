"""How this machine, where the notebook runs, reaches a port inside the cluster.

Pods reach each other by address. A notebook beside the cluster often cannot: on most clusters pod
addresses are not routed beyond the nodes. So the address itself is tried first, then a port
forwarded by the API server, as `kubectl port-forward` does. `LAB_REACH=forward` always forwards.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kubernetes.client import ApiClient, ApiException, CoreV1Api
from kubernetes.stream import portforward

from helpers.lab import rbac
from helpers.lab.errors import LabError

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

# A routed address answers in well under a second; one that is not often just swallows the packets.
CONNECT_SECONDS = 1.0
# The kubelet says only that a connection has failed, and not that it has opened; a gRPC server speaks first.
QUIET_SECONDS = 1.0
END_SECONDS = 5.0
FORWARD = "forward"


def answers(host: str, port: int, *, seconds: float = CONNECT_SECONDS) -> bool:
    """Tell whether a TCP connection to `host:port` opens within `seconds`."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False


def reach_pod(lab: Lab, name: str, port: int) -> str:
    """Give the address at which this machine reaches a port of a pod (built in 00-setup, section 0.4).

    Args:
        lab: where the pod is.
        name: the pod's name.
        port: the port on which its container listens.

    Returns:
        `host:port`: the pod's own address where that is routed, else (and always with
        `LAB_REACH=forward`) a loopback port that forwards to it, as `forward` does.

    Raises:
        LabError: there is no such pod, or neither way works.
    """
    wanted = os.environ.get("LAB_REACH", "")
    if wanted not in {"", FORWARD}:
        raise LabError(f'LAB_REACH is "{wanted}"; write LAB_REACH={FORWARD}, or unset it.')
    try:
        pod = lab.core.read_namespaced_pod(name, lab.namespace)
    except ApiException as error:
        raise LabError(
            f"pod {name} cannot be read in namespace {lab.namespace} ({error.status} {error.reason}); "
            "helpers.server_pods(lab) lists the greeter's pods"
        ) from error
    address = pod.status.pod_ip if pod.status else None
    if address and wanted != FORWARD and answers(address, port):
        return f"{address}:{port}"
    return forward(lab.api, lab.namespace, name, port)


def forward(api: ApiClient, namespace: str, pod: str, port: int) -> str:
    """Listen on a loopback port and forward each connection to a pod's port through the API server.

    Args:
        api: the client whose configuration (server, credentials) is used.
        namespace: the pod's namespace.
        pod: the pod's name.
        port: the port in the pod.

    Returns:
        `127.0.0.1:port` of the listener. It ends when the pod is gone, or with this process. Why a later
        connection fails is printed once.

    Raises:
        LabError: the API server or the kubelet does not forward to this port.
    """
    place = _Place(api, namespace, pod, port)
    with place.open() as wire:
        select.select([wire], [], [], QUIET_SECONDS)
    server = _Listener(place)
    threading.Thread(target=server.serve_forever, name=f"forward {pod}:{port}", daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"


class _GoneError(LabError):
    """The pod is gone."""


class _Place:
    """A port of a pod, as the API server forwards it."""

    def __init__(self, api: ApiClient, namespace: str, pod: str, port: int) -> None:
        self._api, self._namespace, self._pod, self._port = api, namespace, pod, port

    @contextlib.contextmanager
    def open(self) -> Iterator[socket.socket]:
        """A connection to it.

        Raises:
            LabError: it cannot be opened; at the end, the kubelet said why it failed.
        """
        # A client of its own, because `portforward` borrows the client's transport.
        core = CoreV1Api(ApiClient(self._api.configuration))
        get: Any = core.connect_get_namespaced_pod_portforward
        try:
            tunnel: Any = portforward(get, self._pod, self._namespace, ports=str(self._port))
        except ApiException as error:
            raise self._refusal(*_answer(error)) from error
        wire: socket.socket = tunnel.socket(self._port)
        try:
            yield wire
        finally:
            _hang_up(wire)
        if words := tunnel.error(self._port):
            raise self._refusal(0, " ".join(words.split()))

    def _refusal(self, status: int, words: str) -> LabError:
        pod, port = f"pod {self._namespace}/{self._pod}", self._port
        if status == 404:
            return _GoneError(
                f"{pod} is gone ({words}), so nothing can be forwarded to it; call reach_pod with a pod that "
                "runs now (helpers.server_pods(lab) lists the greeter's)"
            )
        if status in {401, 403}:
            return LabError(
                f"the API server does not let you forward port {port} of {pod} ({words}); ask for the rights "
                "to get and create pods/portforward (see manifests/rbac)"
            )
        return LabError(
            f"port {port} of {pod} cannot be forwarded ({words}); is the pod running, and does its program "
            f"listen on that port on all addresses? See: kubectl logs -n {self._namespace} {self._pod}"
        )


class _Listener(socketserver.ThreadingTCPServer):
    """A loopback port whose connections are forwarded to a pod's port."""

    daemon_threads = True

    def __init__(self, place: _Place) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.place = place


class _Connection(socketserver.BaseRequestHandler):
    server: _Listener

    def handle(self) -> None:
        try:
            with self.server.place.open() as wire:
                _join(self.request, wire)
        except LabError as error:
            rbac.say(f"{error}.")
            if isinstance(error, _GoneError):
                self.server.shutdown()
                self.server.server_close()


def _answer(error: ApiException) -> tuple[int, str]:
    """The status and the words with which the API server refused a WebSocket.

    The client keeps both in the cause only (`WebSocketBadStatusException`).
    """
    cause: Any = error.__context__
    body = getattr(cause, "resp_body", None) or b""
    try:
        words = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        words = body.decode("utf-8", "replace") or next(
            iter(str(error.reason).splitlines()), "no reason given"
        )
    return int(getattr(cause, "status_code", 0) or 0), " ".join(words.split())


def _join(near: socket.socket, far: socket.socket) -> None:
    """Copy bytes both ways until either side ends."""
    back = threading.Thread(target=_copy, args=(far, near, socket.SHUT_RDWR), daemon=True)
    back.start()
    _copy(near, far, socket.SHUT_WR)
    back.join()


def _copy(source: socket.socket, sink: socket.socket, end: int) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(end)


def _hang_up(wire: socket.socket) -> None:
    """Close a forwarded connection; its thread in the client fails if we go before it has seen the end."""
    with contextlib.closing(wire), contextlib.suppress(OSError):
        wire.settimeout(END_SECONDS)
        wire.shutdown(socket.SHUT_WR)
        while wire.recv(65536):
            pass
