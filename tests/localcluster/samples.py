"""Services and EndpointSlices for tests, as short as can be."""

from collections.abc import Sequence
from typing import Any

from localcluster.network.directory import Directory

Object = dict[str, Any]


def service(
    name: str = "demo",
    *,
    ip: str = "127.77.16.9",
    ports: Sequence[Object] = (),
    namespace: str = "lab",
    **spec: Any,
) -> Object:
    """A Service with one port named grpc unless told otherwise."""
    listed = list(ports) or [{"name": "grpc", "port": 50051, "protocol": "TCP"}]
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": name},
        "spec": {"clusterIP": ip, "ports": listed, **spec},
    }


def endpoint(address: str, *, ready: bool = True, serving: bool | None = None, hostname: str = "") -> Object:
    """One entry of an EndpointSlice."""
    found: Object = {"addresses": [address], "conditions": {"ready": ready}}
    if serving is not None:
        found["conditions"] |= {"serving": serving, "terminating": True}
    return found | ({"hostname": hostname} if hostname else {})


def piece(
    *endpoints: Object, of: str = "demo", name: str = "", ports: Sequence[Object] = (), namespace: str = "lab"
) -> Object:
    """An EndpointSlice of a Service."""
    labels = {"kubernetes.io/service-name": of}
    return {
        "metadata": {"name": name or f"{of}-1", "namespace": namespace, "labels": labels},
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": list(ports) or [{"name": "grpc", "port": 9000, "protocol": "TCP"}],
    }


def directory(*services: Object, pieces: Sequence[Object] = ()) -> Directory:
    """What the network knows when there are these."""
    found = Directory()
    for kind, objects in (("Service", services), ("EndpointSlice", pieces)):
        for one in objects:
            found.apply(kind, one, deleted=False)
    return found
