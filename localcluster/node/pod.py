"""One pod on this node: its address, its containers, its status, its end."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from localcluster.host import addresses
from localcluster.node.catalogue import Catalogue
from localcluster.node.container import Container, Surroundings
from localcluster.node.identity import Identity, of_nobody
from localcluster.node.logs import Logs
from localcluster.node.settings import Settings
from localcluster.node.starting import Supplies
from localcluster.node.status import Place, Report, interrupted, pod_status
from localcluster.objects import clock
from localcluster.storage.registry import Registry
from localcluster.types import Object

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Node:
    """What all pods of a node share.

    Args:
        registry: the cluster's objects.
        addresses: where pods get their addresses from.
        settings: the node's.
        catalogue: the images it can run.
        logs: where output goes.
        taken: the addresses of the node's pods but one, named by its uid.
        identity: gives what a pod shows the API.
    """

    registry: Registry
    addresses: addresses.Addresses
    settings: Settings
    catalogue: Catalogue
    logs: Logs
    taken: Callable[[str], set[str]]
    identity: Identity = of_nobody


class PodWorker:
    """One pod, from the moment it is bound to the node until nothing of it runs."""

    def __init__(self, pod: Object, node: Node) -> None:
        """Take over a pod as it is stored."""
        self.pod = pod
        self.address = ""
        self._node = node
        self._containers: list[Container] = []
        self._changed = asyncio.Event()
        self._is_muted = False
        self._grace: float | None = None

    @property
    def uid(self) -> str:
        """The pod's uid."""
        return str(self.pod["metadata"]["uid"])

    # -- from outside

    def running(self, name: str) -> Container | None:
        """One of its containers; None when it does not run."""
        running = (one for one in self._containers if one.is_running and one.spec["name"] == name)
        return next(running, None)

    def update(self, pod: Object) -> None:
        """Take in a change of the pod: another image, or the wish to delete it."""
        self.pod = pod
        specs = {spec["name"]: spec for spec in pod["spec"]["containers"]}
        for container in self._containers:
            container.change(specs[container.spec["name"]])
        if pod["metadata"].get("deletionTimestamp"):
            self._terminate(float(pod["metadata"].get("deletionGracePeriodSeconds") or 0))
        else:
            self._changed.set()  # a readiness gate of somebody else may have opened

    def look_again(self) -> None:
        """A ConfigMap or Secret of its namespace has changed."""
        for container in self._containers:
            container.look_again()

    def vanish(self) -> None:
        """The object is gone: end its processes at once, there is nobody to tell."""
        self.shut_down(0)

    def shut_down(self, grace: float) -> None:
        """The node stops: end the processes and leave the status as it is."""
        self._is_muted = True
        self._stop(grace)

    # -- its life

    async def run(self) -> None:
        """See the pod through."""
        try:
            self.address = self._choose_address()
        except addresses.AddressError as error:
            self._say("Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
            return
        known = {one["name"]: one for one in (self.pod.get("status") or {}).get("containerStatuses") or []}
        around = self._surroundings()
        self._containers = [
            Container(spec, around, self._known(known.get(spec["name"])))
            for spec in self.pod["spec"]["containers"]
        ]
        if self._grace is not None:  # told to end before it had begun
            self._stop(self._grace)
        self._write()
        await self._live()
        await self._look()
        if self._is_muted:
            return
        self._write(over=True)
        if self.pod["metadata"].get("deletionTimestamp"):
            self._remove()

    async def _live(self) -> None:
        writer = asyncio.create_task(self._keep_written(), name=f"status of {self._name}")
        try:
            lives = [container.run() for container in self._containers]
            for problem in await asyncio.gather(*lives, return_exceptions=True):
                if problem:
                    log.error("a container of %s failed", self._name, exc_info=problem)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    def _known(self, entry: Object | None) -> Report | None:
        return interrupted(Report.read(entry), clock.now()) if entry else None

    def _choose_address(self) -> str:
        """The address it had, when it still can be had; else one that nobody listens on."""
        block = self._node.addresses.block
        busy = {one.address for one in addresses.listeners(block)} | self._node.taken(self.uid)
        before = str((self.pod.get("status") or {}).get("podIP", ""))
        if block.contains(before) and before not in busy:
            return before
        return self._node.addresses.pod_ip(busy)

    def _occupied(self) -> bool:
        """Whether somebody listens on the pod's address although none of its containers runs."""
        if any(container.is_running for container in self._containers):
            return False
        return any(one.address == self.address for one in addresses.listeners(self._node.addresses.block))

    def _terminate(self, grace: float) -> None:
        if self._grace is None:
            for container in self._containers:
                if container.is_running:
                    container.say("Normal", "Killing", f"Stopping container {container.spec['name']}")
        self._stop(grace)

    def _stop(self, grace: float) -> None:
        self._grace = grace
        for container in self._containers:
            container.stop(grace, hooks=not self._is_muted)  # a node that stops waits for none

    # -- what is told of it

    async def _keep_written(self) -> None:
        """Write what changes: at the next look who runs and who has ended, at once everything else."""
        told = self._lives()
        while True:
            await self._changed.wait()
            if any(life not in told for life in self._lives()):
                await self._look()
            self._changed.clear()
            told = self._lives()
            try:
                self._write()
            except Exception:
                log.exception("the status of %s could not be written", self._name)

    def _lives(self) -> list[Object]:
        states = [container.report.state for container in self._containers]
        return [state for state in states if "waiting" not in state]

    async def _look(self) -> None:
        """Wait until the node looks at its containers again, at all of them in the same moment."""
        if period := self._node.settings.patience.relist:
            await asyncio.sleep(period - asyncio.get_running_loop().time() % period)

    async def _noticed(self) -> None:
        """A container that ended is started again by a node that knows of it, and has told."""
        await self._look()
        self._write()

    def _write(self, *, over: bool = False) -> None:
        if self._is_muted:
            return
        place = Place(self.address, self._node.settings.address)
        reports = [container.report for container in self._containers]

        def change(pod: Object) -> None:
            pod["status"] = pod_status(pod, reports, place, clock.now(), over=over)

        meta = self.pod["metadata"]
        stored = self._node.registry.find("Pod", meta["namespace"], meta["name"])
        if stored and stored["metadata"]["uid"] == meta["uid"]:
            written = self._node.registry.modify(
                "Pod", meta["namespace"], meta["name"], change, subresource="status", manager="kubelet"
            )
            self.pod = written or self.pod

    def _remove(self) -> None:
        meta = self.pod["metadata"]
        self._node.registry.delete("Pod", meta["namespace"], meta["name"], grace=0, uid=meta["uid"])

    def _say(self, kind: str, reason: str, message: str, part: str = "") -> None:
        if self._is_muted:
            return
        registry, host = self._node.registry, self._node.settings.name
        registry.event(self.pod, reason, message, type=kind, component="kubelet", host=host, part=part)

    @property
    def _name(self) -> str:
        return f"{self.pod['metadata']['namespace']}/{self.pod['metadata']['name']}"

    def _surroundings(self) -> Surroundings:
        registry, namespace = self._node.registry, self.pod["metadata"]["namespace"]

        def lookup(kind: str, name: str) -> Object | None:
            return registry.find(kind, namespace, name)

        def services() -> list[Object]:
            return registry.list("Service", namespace)

        return Surroundings(
            supplies=Supplies(
                self._node.settings, self._node.catalogue, lookup, services, self._node.identity
            ),
            logs=self._node.logs,
            pod=lambda: self.pod,
            occupied=self._occupied,
            say=self._say,
            changed=self._changed.set,
            noticed=self._noticed,
        )
