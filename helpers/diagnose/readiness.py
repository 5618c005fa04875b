"""The check that a pod counts as ready only once its gRPC server has said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.diagnose.findings import Finding
from helpers.diagnose.inventory import Inventory, at, mapping, reference
from helpers.diagnose.signs import Port
from helpers.diagnose.workloads import behind, container_field, is_proxy, port_numbers, serving
from helpers.lab.objects import Object

# Programs that ask nothing of anybody.
IDLE = {"cat", "test", "[", "ls", "true", "/bin/true", "echo", "stat", "/bin/cat", "pgrep", "ps"}
SHELLS = {"sh", "bash", "/bin/sh", "/bin/bash", "ash", "/bin/ash"}


def readiness_not_grpc(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """Pods that count as ready without the gRPC server's having been asked."""
    for item in behind(service, inventory):
        owner = serving(item, ports[0].target)
        if owner is None or is_proxy(item):
            continue
        index, container = owner
        probe = mapping(container, "readinessProbe")
        if (saw := _asks_nothing(probe)) is None:
            continue
        given = min(port_numbers(item, ports[0].target), default=ports[0].target)
        yield Finding(
            id="readiness-not-grpc",
            severity="note",
            object=reference(item),
            namespace=inventory.namespace_of(item),
            field=container_field(item, index, "readinessProbe"),
            saw=saw,
            effect="A pod counts as ready, and gets requests, although no probe has checked its gRPC server. "
            "So RPCs fail while the server starts, hangs or reports that it does not serve.",
            change=f"Ask the server by gRPC's health protocol (Kubernetes 1.24 or newer).\n"
            f"readinessProbe:\n  grpc:\n    port: {given}\n  periodSeconds: 5",
        )


def _asks_nothing(probe: Object) -> str | None:
    """Return what a readiness probe does in the place of asking the gRPC server; None if it asks."""
    if not probe:
        return "none"
    if "httpGet" in probe:
        return f"httpGet of port {at(probe, 'httpGet', 'port')}, which is HTTP/1.1 and not gRPC"
    if "tcpSocket" in probe:
        return "tcpSocket, which only sees that the port is open"
    words = [str(word) for word in at(probe, "exec", "command") or []]
    told = words[2].split() if words[:1] and words[0] in SHELLS and len(words) > 2 else words
    if told and told[0] in IDLE and "grpc" not in " ".join(words):
        return f"exec of {' '.join(words)}, which does not ask the server"
    return None
