"""A registry with a controller of Gateways, and objects for it."""

import asyncio
import base64
from typing import Any

from localcluster.controllers.gateways.controller import Controller
from localcluster.host.addresses import Addresses, Block
from localcluster.lifecycle import certificates
from localcluster.network.gateway import Outcome
from localcluster.network.routes import Plan
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from localcluster.types import Object
from tests.localcluster.objects.custom import samples

Conditions = dict[str, tuple[str, str]]
"""Status and reason by type."""


class Plane:
    """A data plane that does everything it is told, or says what it cannot."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.outcome = Outcome()

    async def apply(self, plan: Plan) -> Outcome:
        self.plan = plan
        return self.outcome

    def again(self) -> None:
        """Nothing was left undone."""


class World:
    """Objects in a namespace `lab`, and what a controller makes of them."""

    def __init__(self, block: Block | None = None) -> None:
        self.block = block or Block(77)
        self.registry = Registry(Store(None), Addresses(self.block))
        self.controller = Controller(self.registry, self.block)
        self.plane = Plane()
        self.make(samples.gateway_class())
        self.namespace("lab")

    def namespace(self, name: str, **labels: str) -> None:
        self.registry.create("Namespace", {"metadata": {"name": name, "labels": labels}})

    def make(self, *objects: Object) -> None:
        for obj in objects:
            self.registry.create(obj["kind"], obj)

    def service(self, name: str = "demo", pods: tuple[tuple[str, int], ...] = (), **spec: Any) -> None:
        """A Service with a port 50051 and pods behind it, one slice each."""
        meta = {"name": name, "namespace": "lab"}
        ports = [{"name": "grpc", "port": 50051}]
        self.registry.create("Service", {"metadata": meta, "spec": {"ports": ports, **spec}})
        for index, (address, port) in enumerate(pods):
            labels = {"kubernetes.io/service-name": name}
            self.registry.create(
                "EndpointSlice",
                {
                    "metadata": {"name": f"{name}-{index}", "namespace": "lab", "labels": labels},
                    "addressType": "IPv4",
                    "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
                    "ports": [{"name": "grpc", "port": port}],
                },
            )

    def secret(self, name: str = "demo-tls", kind: str = "kubernetes.io/tls", **data: str) -> str:
        """A certificate for demo.example and its key, unless other data are given; gives the certificate."""
        pair = certificates.make_server(None, ["demo.example", "*.demo.example"])
        texts = data or {"tls.crt": pair.certificate_pem, "tls.key": pair.key_pem}
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        meta = {"name": name, "namespace": "lab"}
        self.registry.create("Secret", {"metadata": meta, "type": kind, "data": encoded})
        return pair.certificate_pem

    def settle(self) -> None:
        """Let the controller look once."""
        asyncio.run(self.controller.reconcile(self.plane))

    def status(self, kind: str = "Gateway", name: str = "demo") -> Object:
        namespace = None if kind == "GatewayClass" else "lab"
        found: Object = self.registry.get(kind, namespace, name).get("status") or {}
        return found

    def gateway(self, name: str = "demo") -> Conditions:
        return conditions(self.status("Gateway", name))

    def listener(self, name: str = "grpc") -> Conditions:
        return conditions(self.listener_status(name))

    def listener_status(self, name: str = "grpc") -> Object:
        found: Object = next(one for one in self.status()["listeners"] if one["name"] == name)
        return found

    def parents(self, name: str = "demo") -> list[Conditions]:
        return [conditions(one) for one in self.status("GRPCRoute", name).get("parents", [])]


def conditions(status: Object) -> Conditions:
    return {one["type"]: (one["status"], one["reason"]) for one in status["conditions"]}
