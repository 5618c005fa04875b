"""Gateways and routes as people write them."""

from typing import Any

from localcluster.objects.custom import definitions
from localcluster.types import Object

VERSION = "gateway.networking.k8s.io/v1"


def listener(name: str = "grpc", port: int = 8000, protocol: str = "HTTP", **more: Any) -> Object:
    return {"name": name, "port": port, "protocol": protocol, **more}


def tls(secret: str = "demo-tls", **more: Any) -> Object:  # noqa: S107 - the name of a Secret
    return {"certificateRefs": [{"name": secret}], **more}


def gateway(*listeners: Object, name: str = "demo", of: str = "envoy", **spec: Any) -> Object:
    return {
        "apiVersion": VERSION,
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": "lab"},
        "spec": {"gatewayClassName": of, "listeners": list(listeners or (listener(),)), **spec},
    }


def backend(name: str = "demo", port: int | None = 50051, **more: Any) -> Object:
    return {"name": name, **({"port": port} if port else {}), **more}


def route(*rules: Object, name: str = "demo", parents: Any = None, **spec: Any) -> Object:
    return {
        "apiVersion": VERSION,
        "kind": "GRPCRoute",
        "metadata": {"name": name, "namespace": "lab"},
        "spec": {
            "parentRefs": parents or [{"name": "demo"}],
            "rules": list(rules or ({"backendRefs": [backend()]},)),
            **spec,
        },
    }


def match(service: str = "", method: str = "", kind: str = "", **headers: str) -> Object:
    """A match by service, method and exact headers."""
    wanted = {"service": service, "method": method, "type": kind}
    found = {key: value for key, value in wanted.items() if value}
    listed = [{"name": name, "value": value} for name, value in headers.items()]
    return {**({"method": found} if found else {}), **({"headers": listed} if listed else {})}


def gateway_class(name: str = "envoy", controller: str = "localcluster.internal/gateway") -> Object:
    return {
        "apiVersion": VERSION,
        "kind": "GatewayClass",
        "metadata": {"name": name},
        "spec": {"controllerName": controller},
    }


def complaints(kind: str, obj: Object, old: Object | None = None) -> list[str]:
    """What is wrong with an object, defaulted."""
    definitions.default(kind, obj)
    return [str(error) for error in definitions.errors(kind, obj, old)]
