"""What EndpointSlices say: which addresses of a Service are ready. Pure functions on the API's JSON.

A Service may have several slices, and an endpoint may stand in two of them while it is moved, so they are
read together (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Slice = dict[str, Any]


@dataclass(frozen=True, order=True)
class Endpoint:
    """One place where a pod serves.

    Args:
        address: Its IP address.
        port: Where it listens; a Service's `targetPort`, in numbers.
        pod: The pod's name; empty for an endpoint without a pod.
    """

    address: str
    port: int
    pod: str = ""

    def __str__(self) -> str:
        """Return it as gRPC and people write it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def ready(slices: Iterable[Slice], port: str) -> tuple[Endpoint, ...]:
    """Return the endpoints that want traffic, sorted, each once.

    Args:
        slices: The EndpointSlices of one Service.
        port: The name of the Service's port.
    """
    return tuple(sorted({endpoint for one in slices for endpoint in _of_slice(one, port)}))


def _of_slice(one: Slice, port: str) -> Iterator[Endpoint]:
    numbers = [entry.get("port") for entry in one.get("ports") or [] if (entry.get("name") or "") == port]
    if not numbers or numbers[0] is None:
        return
    for endpoint in one.get("endpoints") or []:
        # "A nil value should be interpreted as true" (discovery/v1, EndpointConditions). A pod that is
        # ending is not ready, whatever it still serves.
        if (endpoint.get("conditions") or {}).get("ready") is not False:
            # All addresses of an endpoint lead to the same pod: consumers use the first (discovery/v1).
            pod = str((endpoint.get("targetRef") or {}).get("name") or "")
            yield Endpoint(str(endpoint["addresses"][0]), int(numbers[0]), pod)
