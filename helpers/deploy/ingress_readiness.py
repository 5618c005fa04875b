"""Whether an ingress controller has taken up an Ingress, seen from this machine.

A controller tells its address before, and without regard to, a particular Ingress; until it has loaded that
one it answers 404 for its host and shows a certificate of its own. A client started then would log failures
that say nothing of the variant.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import time

from helpers.deploy.ingress import reach_ingress
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lab.ownership import GIVE_WAY, HOST_TAKEN

CONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.1

Door = tuple[str, int]


def wait_served(lab: Lab, item: Object, deadline: float) -> None:
    """Wait until the controller of an Ingress's class answers for its host.

    Where this machine cannot reach the controller, nothing is waited for.

    Args:
        lab: The lab.
        item: The Ingress, with one host in ``spec.rules``.
        deadline: On the monotonic clock, in seconds.

    Raises:
        LabError: The controller answers, but not for this host.
    """
    ingress_class, host = str(item["spec"]["ingressClassName"]), str(item["spec"]["rules"][0]["host"])
    authority = _authority(lab, item)
    door = reach_ingress(lab, ingress_class, tls=authority is not None)
    if door is None:
        return
    while not _answers_for(door, host, authority):
        if owner := _owned_by_another(lab, item):
            raise LabError(
                f"Ingress {name_of(item)} in namespace {lab.namespace} is not served: {owner}. {GIVE_WAY}"
            )
        if time.monotonic() > deadline:
            raise LabError(
                f"The controller of class {ingress_class} at {door[0]}:{door[1]} does not serve Ingress "
                f"{name_of(item)} ({host}); look at the Ingress's events and at the controller's log."
            )
        time.sleep(AGAIN_SECONDS)


def _owned_by_another(lab: Lab, item: Object) -> str:
    """The controller's words about an older Ingress of this host, if there is one."""
    fields = f"involvedObject.kind=Ingress,involvedObject.name={name_of(item)}"
    told = [str(event.get("message")) for event in lab.objects.select("Event", lab.namespace, fields=fields)]
    return next((words for words in told if HOST_TAKEN in words), "")


def _authority(lab: Lab, item: Object) -> str | None:
    """The certificate authority of the Ingress's Secret; None without TLS."""
    for entry in item["spec"].get("tls") or []:
        secret = lab.objects.get("Secret", lab.namespace, str(entry["secretName"])) or {}
        return base64.b64decode((secret.get("data") or {}).get("ca.crt", "")).decode()
    return None


def _answers_for(door: Door, host: str, authority: str | None) -> bool:
    # Refused, reset, or (ssl.SSLError, an OSError) shown another's certificate: not yet.
    with contextlib.suppress(OSError), socket.create_connection(door, timeout=CONNECT_SECONDS) as wire:
        if authority is None:
            return _status(wire, host) not in {"", "404"}
        context = ssl.create_default_context(cadata=authority)
        context.wrap_socket(wire, server_hostname=host).close()
        return True
    return False


def _status(wire: socket.socket, host: str) -> str:
    """The HTTP status of the host's root, "" without an answer; a host it does not know gets 404."""
    wire.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    words = wire.recv(100).split(maxsplit=2)
    return words[1].decode("ascii", "replace") if len(words) > 1 else ""
