"""The node's loop: what changes in the registry becomes pods that run, and the other way round.

It is driven by levels, not edges: a change only says which object to look at, and what is done depends on
that object as it is stored now.
"""

import asyncio
import contextlib
import logging
import shutil
from pathlib import Path

from localcluster.access.tokens import Tokens
from localcluster.host import addresses
from localcluster.host.programs import Program
from localcluster.node import machine, scheduling
from localcluster.node.catalogue import KNOWN, Catalogue
from localcluster.node.container import Container
from localcluster.node.identity import giver, of_nobody
from localcluster.node.logs import Logs
from localcluster.node.mirror import Mirror, Static, is_mirror
from localcluster.node.pod import Node, PodWorker
from localcluster.node.settings import Settings
from localcluster.node.status import unschedulable
from localcluster.objects import clock, scope
from localcluster.storage.registry import Registry
from localcluster.types import Change, Object

log = logging.getLogger(__name__)

_OVER = ("Succeeded", "Failed")


class Kubelet:
    """Scheduler and kubelet of the cluster's only node.

    Args:
        registry: the cluster's objects.
        addresses: where pods get their addresses from.
        folder: where pods have their logs and working directories.
        settings: what the node is told.
        catalogue: the images it can run.
        tokens: gives pods their ServiceAccounts' tokens; without it they get none.
    """

    def __init__(
        self,
        registry: Registry,
        addresses: addresses.Addresses,
        folder: Path,
        settings: Settings,
        catalogue: Catalogue = KNOWN,
        *,
        tokens: Tokens | None = None,
    ) -> None:
        self.logs = Logs(folder)
        self._registry = registry
        self._settings = settings
        give = giver(registry, tokens, settings.authority) if tokens else of_nobody
        self._node = Node(registry, addresses, settings, catalogue, self.logs, self._taken, give)
        self._workers: dict[str, PodWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._statics: list[tuple[Static, Program]] = []
        self._mirrors: list[Mirror] = []

    def show(self, static: Static, program: Program) -> None:
        """Show a program that runs by itself as a pod, for as long as the node runs; before `run`."""
        self._statics.append((static, program))

    def running(self, pod: Object, name: str) -> Container | None:
        """A container of a pod; None when it does not run."""
        worker = self._workers.get(pod["metadata"]["uid"])
        return worker.running(name) if worker else None

    async def run(self) -> None:
        """Work until cancelled; then every process of every pod is ended before this returns."""
        self._clear_folder()
        self._show_node()
        self._show_programs()
        watch = self._registry.watch("Pod", "ConfigMap", "Secret", "Node")
        heart = asyncio.create_task(self._beat(), name="heartbeat")
        try:
            async for change in watch:
                self._take(change)
        finally:
            watch.close()
            heart.cancel()
            self._leave_programs()
            await asyncio.gather(heart, return_exceptions=True)
            await self._shut_down()

    # -- changes

    def _take(self, change: Change) -> None:
        """React to one change; trouble with one object must not stop the others' pods."""
        try:
            if change.kind == "Pod":
                self._look_at(change)
            elif change.kind == "Node":
                self._schedule_waiting()
            else:
                self._tell_of_configuration(change.record.namespace)
        except Exception:
            log.exception("%r could not be handled", change)

    def _look_at(self, change: Change) -> None:
        meta = change.record.view["metadata"]
        if change.type == "DELETED":
            self._let_go(change.object)
            return
        pod = self._registry.find("Pod", meta["namespace"], meta["name"])
        if pod is None or pod["metadata"]["uid"] != meta["uid"]:
            return  # its DELETED is on the way
        if scheduling.wants_node(pod):
            self._schedule(pod)
        elif pod["spec"].get("nodeName") == self._settings.name:
            self._sync(pod)

    def _sync(self, pod: Object) -> None:
        """Bring a pod of this node and its worker together."""
        meta = pod["metadata"]
        if worker := self._workers.get(meta["uid"]):
            worker.update(pod)
        elif meta.get("deletionTimestamp"):
            self._registry.delete("Pod", meta["namespace"], meta["name"], grace=0, uid=meta["uid"])
        elif is_mirror(pod):
            if pod["metadata"]["uid"] not in {mirror.uid for mirror in self._mirrors}:
                self._registry.delete("Pod", meta["namespace"], meta["name"], grace=0, uid=meta["uid"])
        elif (pod.get("status") or {}).get("phase") in _OVER:
            return
        elif why := scope.complaint(pod):
            self._say(pod, "Warning", "NotEmulated", why)
        else:
            self._begin(pod)

    def _let_go(self, pod: Object) -> None:
        if worker := self._workers.get(pod["metadata"]["uid"]):
            worker.vanish()
            return
        self.logs.forget(pod)
        for mirror in self._mirrors:
            if mirror.uid == pod["metadata"]["uid"]:
                mirror.show_again()

    def _tell_of_configuration(self, namespace: str) -> None:
        for worker in self._workers.values():
            if worker.pod["metadata"]["namespace"] == namespace:
                worker.look_again()

    # -- scheduling

    def _schedule_waiting(self) -> None:
        for pod in self._registry.list("Pod"):
            if scheduling.wants_node(pod):
                self._schedule(pod)

    def _schedule(self, pod: Object) -> None:
        node = self._registry.find("Node", None, self._settings.name)
        if node is None:
            return
        meta = pod["metadata"]
        place, name = (meta["namespace"], meta["name"]), self._settings.name
        if why := scope.complaint(pod):
            self._put_off(pod, "NotEmulated", why)
            return
        if why := scheduling.objection(pod, node):
            self._put_off(pod, "FailedScheduling", why)
            return

        def bind(found: Object) -> None:
            found["spec"]["nodeName"] = name

        self._registry.modify("Pod", *place, bind, subresource="binding", manager=scheduling.SCHEDULER)
        text = f"Successfully assigned {place[0]}/{place[1]} to {name}"
        self._registry.event(pod, "Scheduled", text, component=scheduling.SCHEDULER)

    def _put_off(self, pod: Object, reason: str, why: str) -> None:
        """Say once why a pod has no node."""
        conditions = (pod.get("status") or {}).get("conditions") or []
        if any(one["type"] == "PodScheduled" and one.get("message") == why for one in conditions):
            return

        def change(found: Object) -> None:
            found["status"] = unschedulable(found, why, clock.now())

        meta = pod["metadata"]
        self._registry.modify("Pod", meta["namespace"], meta["name"], change, subresource="status")
        self._registry.event(pod, reason, why, type="Warning", component=scheduling.SCHEDULER)

    # -- workers

    def _begin(self, pod: Object) -> None:
        worker = PodWorker(pod, self._node)
        self._workers[worker.uid] = worker
        task = asyncio.create_task(worker.run(), name=f"pod {pod['metadata']['name']}")
        self._tasks[worker.uid] = task
        task.add_done_callback(lambda ended: self._end(worker, ended))

    def _end(self, worker: PodWorker, task: asyncio.Task[None]) -> None:
        self._workers.pop(worker.uid, None)
        self._tasks.pop(worker.uid, None)
        meta = worker.pod["metadata"]
        if not task.cancelled() and (problem := task.exception()):
            log.error("pod %s/%s failed", meta["namespace"], meta["name"], exc_info=problem)
        stored = self._registry.find("Pod", meta["namespace"], meta["name"])
        if stored is None or stored["metadata"]["uid"] != meta["uid"]:
            self.logs.forget(worker.pod)
        elif stored["metadata"].get("deletionTimestamp"):
            with contextlib.suppress(Exception):
                self._sync(stored)  # it was marked in the very moment in which it ended by itself

    async def _shut_down(self) -> None:
        for worker in self._workers.values():
            worker.shut_down(self._settings.patience.shutdown)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _taken(self, uid: str) -> set[str]:
        """The addresses of all pods but one that run, or wait to be started again."""
        found = {worker.address for worker in self._workers.values() if worker.uid != uid}
        for pod in self._registry.list("Pod"):
            status = pod.get("status") or {}
            if pod["metadata"]["uid"] != uid and status.get("phase") not in _OVER:
                found.add(status.get("podIP", ""))
        return found - {""}

    # -- programs that run without having been asked for

    def _show_programs(self) -> None:
        for static, program in self._statics:
            mirror = Mirror(self._registry, self.logs, self._settings, static)
            self._mirrors.append(mirror)
            program.listeners.append(mirror)

    def _leave_programs(self) -> None:
        for mirror, (_, program) in zip(self._mirrors, self._statics, strict=True):
            program.listeners.remove(mirror)
            mirror.close()
        self._mirrors.clear()

    # -- the node itself

    def _show_node(self) -> None:
        name = self._settings.name
        old = self._registry.find("Node", None, name)
        fresh = machine.node(self._settings, clock.now(), old)
        if old is None:
            self._registry.create("Node", fresh, manager="kubelet")
            return
        self._registry.update("Node", fresh, manager="kubelet")
        del fresh["metadata"]["resourceVersion"]
        self._registry.update("Node", fresh, subresource="status", manager="kubelet")

    async def _beat(self) -> None:
        patience, shown = self._settings.patience, asyncio.get_running_loop().time()
        while True:
            try:
                self._renew_lease()
                if asyncio.get_running_loop().time() >= shown + patience.heartbeat:
                    shown = asyncio.get_running_loop().time()
                    self._show_node()
            except Exception:
                log.exception("the node's sign of life could not be written")
            await asyncio.sleep(min(patience.lease / 4, patience.heartbeat))

    def _renew_lease(self) -> None:
        node = self._registry.find("Node", None, self._settings.name)
        if node is None or self._registry.find("Namespace", None, machine.LEASES) is None:
            return
        fresh = machine.lease(self._settings, clock.now_micro(), node)
        if self._registry.find("Lease", machine.LEASES, self._settings.name) is None:
            self._registry.create("Lease", fresh, manager="kubelet")
        else:
            self._registry.update("Lease", fresh, manager="kubelet")

    def _say(self, pod: Object, kind: str, reason: str, message: str) -> None:
        self._registry.event(pod, reason, message, type=kind, component="kubelet", host=self._settings.name)

    def _clear_folder(self) -> None:
        """Remove the logs of pods that went while nobody looked."""
        self.logs.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {self.logs.home(pod) for pod in self._registry.list("Pod")}
        for folder in set(self.logs.folder.iterdir()) - kept:
            shutil.rmtree(folder, ignore_errors=True)
