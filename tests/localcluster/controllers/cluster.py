"""A cluster of objects only: controllers take their passes when told to, pods become ready when told to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from localcluster.controllers.loop import Controller
from localcluster.host.addresses import Addresses, Block
from localcluster.objects import clock
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store

Object = dict[str, Any]
NAMESPACE = "lab"


def new_registry() -> Registry:
    registry = Registry(Store(None), Addresses(Block(77)))
    registry.create("Namespace", {"metadata": {"name": NAMESPACE}})
    return registry


class Cluster:
    """A registry and some controllers, without a clock and without a loop.

    Args:
        controllers: Their classes.
    """

    def __init__(self, *controllers: Callable[[Registry], Controller]) -> None:
        self.registry = new_registry()
        self._controllers = [make(self.registry) for make in controllers]
        self._watches = [self.registry.watch(*one.kinds) for one in self._controllers]
        self.after_each: Callable[[], None] = lambda: None

    def settle(self) -> None:
        """Let the controllers work until nothing changes any more."""
        for _ in range(200):
            busy = [self._work(*pair) for pair in zip(self._controllers, self._watches, strict=True)]
            if not any(busy):
                return
        raise AssertionError("the controllers never come to rest")

    def _work(self, controller: Controller, watch: Any) -> bool:
        keys = dict.fromkeys(key for change in watch.pending() for key in controller.keys(change))
        for key in keys:
            controller.reconcile(key)
            self.after_each()
        return bool(keys)

    # -- reading

    def objects(self, kind: str) -> list[Object]:
        return self.registry.list(kind, NAMESPACE)

    def get(self, kind: str, name: str = "demo") -> Object:
        return self.registry.get(kind, NAMESPACE, name)

    def pods(self) -> list[Object]:
        return self.objects("Pod")

    def sizes(self) -> dict[str, int]:
        """Sizes of the ReplicaSets by revision."""
        word = "deployment.kubernetes.io/revision"
        return {
            rs["metadata"]["annotations"][word]: rs["spec"]["replicas"] for rs in self.objects("ReplicaSet")
        }

    def messages(self, reason: str) -> list[str]:
        return [event["message"] for event in self.objects("Event") if event["reason"] == reason]

    def condition(self, kind: str, of: str = "Deployment", name: str = "demo") -> tuple[str, str]:
        """Status and reason of a condition."""
        found = {c["type"]: c for c in self.get(of, name)["status"].get("conditions") or []}
        return (found[kind]["status"], found[kind]["reason"]) if kind in found else ("", "")

    # -- acting: what follows from it has happened afterwards

    def create(self, kind: str, obj: Object) -> Object:
        made = self.registry.create(kind, obj)
        self.settle()
        return made

    def delete(self, kind: str, name: str = "demo", **options: Any) -> None:
        self.registry.delete(kind, NAMESPACE, name, **options)
        self.settle()

    def change(self, kind: str, name: str, change: Callable[[Object], None], subresource: str = "") -> None:
        assert self.registry.modify(kind, NAMESPACE, name, change, subresource=subresource)

    def spec(self, **fields: Any) -> None:
        """Change fields of the Deployment's spec."""
        self.change("Deployment", "demo", lambda obj: obj["spec"].update(copy.deepcopy(fields)))
        self.settle()

    def template(self, note: str) -> None:
        """Give the Deployment another pod template."""

        def annotate(obj: Object) -> None:
            obj["spec"]["template"]["metadata"]["annotations"] = {"note": note}

        self.change("Deployment", "demo", annotate)
        self.settle()

    def make_ready(self, pods: Iterable[Object] | None = None, ready: bool = True, since: str = "") -> None:
        """Be the kubelet: schedule pods, let them run, and report their readiness."""
        for pod in self.pods() if pods is None else pods:
            run(self.registry, pod, ready=ready, since=since)
        self.settle()

    def finish_deletions(self) -> None:
        """Be the kubelet: let the pods that are being deleted end."""
        for pod in self.pods():
            if pod["metadata"].get("deletionTimestamp"):
                self.registry.delete("Pod", NAMESPACE, pod["metadata"]["name"], grace=0)
        self.settle()


def run(registry: Registry, pod: Object, *, ready: bool = True, since: str = "") -> None:
    """Bind a pod to a node, let it run and report its readiness."""
    meta = pod["metadata"]
    where = meta["namespace"], meta["name"]
    if not registry.get("Pod", *where)["spec"].get("nodeName"):
        registry.modify("Pod", *where, _bind, subresource="binding")
    number = int(meta["uid"][:8], 16) % 60000
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": since or clock.now()}
    address = f"127.77.{64 + number // 250 % 190}.{1 + number % 250}"

    def report(obj: Object) -> None:
        known = {found["type"]: found for found in obj["status"].get("conditions") or []}
        if known.get("Ready", {}).get("status") != condition["status"] or since:
            known["Ready"] = condition
        obj["status"] |= {"phase": "Running", "podIP": address, "conditions": list(known.values())}

    registry.modify("Pod", *where, report, subresource="status")


def _bind(pod: Object) -> None:
    pod["spec"]["nodeName"] = "local-node"


def is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions") or []
    return {"Ready": "True"}.items() <= {c["type"]: c["status"] for c in conditions}.items()


def container(**extra: Any) -> Object:
    ports = [{"name": "grpc", "containerPort": 50051, "protocol": "TCP"}]
    return {"name": "greeter", "image": "demo/greeter:dev", "ports": ports, **extra}


def template(**labels: str) -> Object:
    return {"metadata": {"labels": {"app": "demo", **labels}}, "spec": {"containers": [container()]}}


def deployment(replicas: int = 3, name: str = "demo", **spec: Any) -> Object:
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": "demo"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "demo"}},
            "template": template(),
            "progressDeadlineSeconds": 600,
            **spec,
        },
    }


def rolling(surge: int | str, unavailable: int | str) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def replica_set(replicas: int = 2, name: str = "demo", **spec: Any) -> Object:
    selector = {"matchLabels": {"app": "demo"}}
    return {
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"replicas": replicas, "selector": selector, "template": template(), **spec},
    }


def service(name: str = "demo", **spec: Any) -> Object:
    ports = [{"name": "grpc", "port": 50051, "protocol": "TCP", "targetPort": "grpc"}]
    return {
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": "demo"}, "ports": ports, **spec},
    }


def pod(name: str, **labels: str) -> Object:
    meta = {"name": name, "namespace": NAMESPACE, "labels": {"app": "demo", **labels}}
    return {"metadata": meta, "spec": {"containers": [container()]}}
