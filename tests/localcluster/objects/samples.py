"""Objects as a client sends them, and a registry to send them to."""

from typing import Any

from localcluster.host.addresses import Addresses, Block
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from localcluster.types import Object

NAMESPACE = "lab"


def registry() -> Registry:
    """A registry in memory with one namespace."""
    found = Registry(Store(), Addresses(Block(99), choose=lambda positions: positions.start))
    found.create("Namespace", {"metadata": {"name": NAMESPACE}})
    return found


def config_map(name: str = "demo", **data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": data or {"a": "1"},
    }


def container(**fields: Any) -> Object:
    return {
        "name": "greeter",
        "image": "demo/greeter:dev",
        "ports": [{"name": "grpc", "containerPort": 50051}],
        **fields,
    }


def pod(name: str = "demo", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": [container()], **spec},
    }


def workload(kind: str = "Deployment", name: str = "demo", **fields: Any) -> Object:
    """A Deployment or ReplicaSet of one container."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container(**fields)]}},
        },
    }


def service(name: str = "demo", **spec: Any) -> Object:
    ports = [{"name": "grpc", "port": 50051, "targetPort": "grpc"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": "demo"}, "ports": ports, **spec},
    }


def ingress(*paths: Object, **spec: Any) -> Object:
    rules = [{"host": "demo.example", "http": {"paths": list(paths) or [path()]}}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "demo", "namespace": NAMESPACE},
        "spec": {"rules": rules, **spec},
    }


def path(text: str = "/", **fields: Any) -> Object:
    backend = {"service": {"name": "demo", "port": {"name": "grpc"}}}
    return {"path": text, "pathType": "Prefix", "backend": backend, **fields}
