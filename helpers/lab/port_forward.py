"""How this machine, where the notebook runs, reaches a port inside the cluster.

Pods reach each other by address. A notebook beside the cluster often cannot: on most clusters pod
addresses are not routed beyond the nodes. So the address itself is tried first, then a port
forwarded by the API server, as `kubectl port-forward` does.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Any, cast

from kubernetes.client import ApiClient, ApiException, CoreV1Api
from kubernetes.stream import portforward

from helpers.lab.errors import LabError, refusal

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

# A routed address answers in well under a second; one that is not often just swallows the packets.
CONNECT_SECONDS = 1.0


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
        `host:port`: the pod's own address where that is routed, else a loopback port that forwards
        to it for as long as this process lives.

    Raises:
        LabError: there is no such pod, or neither way works.
    """
    try:
        pod = lab.core.read_namespaced_pod(name, lab.namespace)
    except ApiException as error:
        raise LabError(
            f"pod {name} cannot be read in namespace {lab.namespace} ({error.status} {error.reason}); "
            "helpers.server_pods(lab) lists the greeter's pods"
        ) from error
    address = pod.status.pod_ip if pod.status else None
    if address and answers(address, port):
        return f"{address}:{port}"
    return forward(lab.api, lab.namespace, name, port)


def forward(api: ApiClient, namespace: str, pod: str, port: int) -> str:
    """Listen on a free loopback port and forward each connection to a pod's port through the API server.

    Args:
        api: the client whose configuration (server, credentials) is used.
        namespace: the pod's namespace.
        pod: the pod's name.
        port: the port in the pod.

    Returns:
        `127.0.0.1:port` of the listener, a daemon thread that ends with this process.

    Raises:
        LabError: the API server refuses to forward to this pod.
    """
    try:
        _tunnel(api, namespace, pod, port).close()
    except Exception as error:
        raise LabError(
            f"pod {namespace}/{pod} has no address that is routed to this machine, and the API "
            "server does not "
            f"forward port {port} to it ({_reason(error)}); run this cell on a node of the "
            "cluster, or ask "
            "for the rights to get and create pods/portforward (see manifests/rbac)"
        ) from error

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.closing(_tunnel(api, namespace, pod, port)) as tunnel:
                _join(self.request, tunnel)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=f"forward {pod}:{port}", daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"


def _tunnel(api: ApiClient, namespace: str, pod: str, port: int) -> socket.socket:
    """Open one forwarded connection; its own client, because `portforward` borrows the client's transport."""
    core = CoreV1Api(ApiClient(api.configuration))
    tunnel: Any = portforward(core.connect_get_namespaced_pod_portforward, pod, namespace, ports=str(port))
    return cast("socket.socket", tunnel.socket(port))


def _join(near: socket.socket, far: socket.socket) -> None:
    """Copy bytes both ways until either side ends."""
    back = threading.Thread(target=_copy, args=(far, near), daemon=True)
    back.start()
    _copy(near, far)
    back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _reason(error: BaseException) -> str:
    if isinstance(error, ApiException):
        return refusal(error)  # the exception's own first line is its status alone
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
