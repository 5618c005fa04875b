"""Keeps the network in step with the objects: one watch feeds the directory, which DNS and Envoy follow."""

import asyncio
import contextlib
import logging
import random
import time

from localcluster.host import addresses
from localcluster.lifecycle.bootstrap import API_SERVICE
from localcluster.network import dns, envoy
from localcluster.network.directory import Directory, Key
from localcluster.storage.registry import Registry
from localcluster.types import Change

log = logging.getLogger(__name__)

COMPONENT = "service-network"
BATCH_SECONDS = 0.01  # changes come in groups (a Service, its EndpointSlice); one rewrite serves them all
BOUND_WITHIN = 2.0  # Envoy needs 0.01 s for a listener, and may be starting again just now
RETRY_SECONDS = 5.0
AT_ONCE = (0.0, 0.0)


class ServiceNetwork:
    """Services on their addresses, by Envoy."""

    def __init__(
        self,
        registry: Registry,
        directory: Directory,
        files: envoy.Files,
        block: addresses.Block,
        resolvers: dns.Resolvers,
        *,
        delay: tuple[float, float] = AT_ONCE,
    ) -> None:
        """Carry the Services of ``registry``, filling ``directory`` on the way.

        Args:
            registry: what is followed.
            directory: what DNS and Envoy know.
            files: Envoy's.
            block: the cluster's addresses.
            resolvers: the DNS servers of namespaces, given up with them.
            delay: the least and the most seconds by which each change is late.
        """
        self._registry = registry
        self._directory = directory
        self._files = files
        self._block = block
        self._resolvers = resolvers
        self._delay = delay
        self._late: asyncio.Queue[tuple[float, Change]] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._told: set[tuple[str, str, str]] = set()

    def prime(self) -> None:
        """Take in what exists now: DNS must not deny a Service because the watch has just begun."""
        for kind in ("Service", "EndpointSlice"):
            for found in self._registry.list(kind):
                self._directory.apply(kind, found, deleted=False)
        wanted = envoy.plan(self._directory)
        self._files.prepare(wanted)  # and at once open: Envoy is starting, there is nobody to ask
        self._files.open(wanted)

    async def run(self) -> None:
        """Follow the objects for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._take_in())
            group.create_task(self._carry())

    async def _follow(self) -> None:
        with contextlib.closing(self._registry.watch("Service", "EndpointSlice", "Namespace")) as changes:
            async for change in changes:
                self._late.put_nowait((time.monotonic() + random.uniform(*self._delay), change))  # noqa: S311

    async def _take_in(self) -> None:
        """Let the directory know each change when its time has come, in the order in which they happened."""
        while True:
            due, change = await self._late.get()
            if (left := due - time.monotonic()) > 0:
                await asyncio.sleep(left)
            if change.kind == "Namespace":
                if change.type == "DELETED":
                    await self._resolvers.release(change.object["metadata"]["name"])
            elif self._directory.apply(change.kind, change.object, deleted=change.type == "DELETED"):
                self._changed.set()

    async def _carry(self) -> None:
        checking: asyncio.Task[None] | None = None
        while True:
            await self._changed.wait()
            await asyncio.sleep(BATCH_SECONDS)
            self._changed.clear()
            wanted = envoy.plan(self._directory)
            await envoy.carry(self._files, wanted)
            for problem in wanted.problems:
                self._tell(problem.key, problem.reason, problem.message)
            if checking:
                checking.cancel()
            checking = asyncio.create_task(self._check(wanted), name="check listeners")

    async def _check(self, wanted: envoy.Plan) -> None:
        """See that Envoy listens where it should; try again while another program is in the way."""
        while missing := await self._missing(wanted):
            for (address, port), name in missing.items():
                namespace, service, _ = name.split(".")
                text = f"Nothing can listen on {address}:{port}: another program of this machine has the port"
                self._tell((namespace, service), "PortNotAvailable", text)
            await asyncio.sleep(RETRY_SECONDS)
            self._files.again()

    async def _missing(self, wanted: envoy.Plan) -> dict[tuple[str, int], str]:
        deadline = time.monotonic() + BOUND_WITHIN
        while True:
            found = {
                (one.address, one.port) for one in addresses.listeners(self._block) if one.protocol == "tcp"
            }
            missing = {place: name for place, name in wanted.listeners.items() if place not in found}
            if not missing or time.monotonic() > deadline:
                return missing
            await asyncio.sleep(0.1)

    def _tell(self, key: Key, reason: str, message: str) -> None:
        service = self._directory.services.get(key)
        if key == ("default", API_SERVICE):
            return  # pods are told the API's own address and port
        token = (service["metadata"]["uid"], reason, message) if service else None
        if service and token and token not in self._told:
            self._told.add(token)
            log.warning("Service %s/%s: %s", *key, message)
            self._registry.event(service, reason, message, type="Warning", component=COMPONENT)
