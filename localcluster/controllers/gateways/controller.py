"""The controller: one pass reads all there is, tells the data plane, then tells everybody's status.

There is no state to get out of step but the addresses, which the Gateways' own status keeps.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Protocol

from localcluster.controllers.gateways import listeners, plans, routes, status
from localcluster.controllers.gateways.found import Finding, Listener, bad, good
from localcluster.host.addresses import Block
from localcluster.network.directory import SERVICE_LABEL, Directory
from localcluster.network.gateway import Outcome
from localcluster.network.routes import Plan
from localcluster.storage.registry import Registry
from localcluster.storage.watch import Watch
from localcluster.types import Object

log = logging.getLogger(__name__)

NAME = "localcluster.internal/gateway"
"""The controllerName of the classes that are served here (RFC 9476 and ICANN keep .internal private)."""
KINDS = ("GatewayClass", "Gateway", "GRPCRoute", "Service", "EndpointSlice", "Secret", "Namespace")
BATCH_SECONDS = 0.02  # changes come in groups (a Gateway, its routes); one pass serves them all
RETRY_SECONDS = 5.0

Key = tuple[str, str]


class DataPlane(Protocol):
    """What the controller needs of Envoy."""

    async def apply(self, plan: Plan) -> Outcome:
        """Do what a plan says."""

    def again(self) -> None:
        """Try again to open what could not be opened."""


class Controller:
    """Serves the Gateways of all classes that name it.

    Args:
        registry: all objects.
        block: where Gateways get their addresses from.
    """

    def __init__(self, registry: Registry, block: Block) -> None:
        self.registry = registry
        self._block = block
        self._addresses: dict[Key, str] = {}

    async def reconcile(self, plane: DataPlane) -> bool:
        """One pass; gives whether something is amiss that time may mend."""
        served = list(self._served())
        self._assign(served)
        found = {_key(one): listeners.of(self.registry, one) for one in served}
        attached = self._attach(found)
        plan = Plan()
        for gateway in served:
            key = _key(gateway)
            if self._addresses.get(key) and status.accepted(found[key]).holds:
                plans.add(plan, self._directory, gateway, self._addresses[key], found[key])
        outcome = await plane.apply(plan)
        for place in outcome.missing:
            log.warning("nothing can listen on %s:%s", *place)
        for gateway in served:
            self._tell(gateway, found[_key(gateway)], plan, outcome)
        for one in attached:
            status.tell_route(self.registry, NAME, one)
        return bool(outcome.missing)

    def _served(self) -> Iterable[Object]:
        """Our Gateways, the oldest first; the classes are told on the way."""
        records = self.registry.store.records("GatewayClass")
        classes = {one.name: one.view for one in records if one.view["spec"]["controllerName"] == NAME}
        for found in classes.values():
            status.tell_class(self.registry, found)
        ours = (
            record.copy()
            for record in self.registry.store.records("Gateway")
            if record.view["spec"]["gatewayClassName"] in classes
            and "deletionTimestamp" not in record.view["metadata"]
        )
        return sorted(ours, key=lambda one: (one["metadata"]["creationTimestamp"], *_key(one)))

    def _assign(self, served: list[Object]) -> None:
        """Give each Gateway an address: the one it has, else the first that is free."""
        free = dict.fromkeys(self._block.gateways)
        chosen: dict[Key, str] = {}
        for gateway in served:
            told = (gateway.get("status") or {}).get("addresses") or []
            known = self._addresses.get(_key(gateway)) or next((one["value"] for one in told), "")
            if known in free:
                del free[known]
                chosen[_key(gateway)] = known
        for gateway in served:
            if _key(gateway) not in chosen and free:
                chosen[_key(gateway)] = next(iter(free))
                del free[chosen[_key(gateway)]]
        self._addresses = chosen

    def _attach(self, found: routes.Gateways) -> list[routes.Attachment]:
        records = list(self.registry.store.records("GRPCRoute"))
        every = [one.copy() for one in records if "deletionTimestamp" not in one.view["metadata"]]
        self._directory = self._look_up(every if found else [])
        return [routes.attach(self.registry, self._directory, found, route) for route in every]

    def _look_up(self, every: list[Object]) -> Directory:
        """The Services that routes name, with their endpoints."""
        wanted = {
            (one["metadata"]["namespace"], ref["name"]) for one in every for ref in routes.backends(one)
        }
        directory, store = Directory(), self.registry.store
        for namespace, name in wanted:
            if record := store.get("Service", namespace, name):
                directory.apply("Service", record.view, deleted=False)
        for record in store.records("EndpointSlice") if wanted else ():
            service = (record.view["metadata"].get("labels") or {}).get(SERVICE_LABEL)
            if (record.namespace, service) in wanted:
                directory.apply("EndpointSlice", record.view, deleted=False)
        return directory

    def _tell(self, gateway: Object, found: list[Listener], plan: Plan, outcome: Outcome) -> None:
        address = self._addresses.get(_key(gateway), "")
        programmed = {one.name: _programmed(address, one, plan, outcome) for one in found}
        status.tell_gateway(self.registry, gateway, address, found, programmed)


def _programmed(address: str, listener: Listener, plan: Plan, outcome: Outcome) -> Finding:
    place = (address, listener.port)
    if not listener.is_served or place not in plan.sockets:
        return bad("Invalid", "Listener is not there (see its other conditions and the Gateway's)")
    if place in outcome.missing:
        text = (
            f"Nothing can listen on {address}:{listener.port}: another program of this machine has the port"
        )
        return bad("Invalid", text)
    if any(chain.name in outcome.refused for chain in plan.sockets[place]):
        return bad("Invalid", "Envoy refuses the routes, and goes on with those it had; see gateway.log")
    return good("Programmed", f"Listening on {address}:{listener.port}")


def _key(gateway: Object) -> Key:
    return gateway["metadata"]["namespace"], gateway["metadata"]["name"]


async def run(controller: Controller, plane: DataPlane) -> None:
    """Reconcile once for what exists and again after each group of changes, for ever."""
    with contextlib.closing(controller.registry.watch(*KINDS)) as changes:
        changes.pending()
        while True:
            if await controller.reconcile(plane):
                await _next(changes, RETRY_SECONDS)
                plane.again()
            else:
                await _next(changes, None)


async def _next(changes: Watch, within: float | None) -> None:
    """Wait for a group of changes, or for some seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await anext(changes)
            await asyncio.sleep(BATCH_SECONDS)
    changes.pending()
