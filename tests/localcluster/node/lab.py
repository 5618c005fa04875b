"""A node with a registry of its own and a test image, for tests of real processes."""

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from localcluster.access.tokens import Tokens, new_key
from localcluster.host import addresses, processes
from localcluster.network import dns
from localcluster.network.directory import Directory
from localcluster.node.catalogue import Catalogue, Command, Image, Request
from localcluster.node.kubelet import Kubelet
from localcluster.node.logs import LogOptions
from localcluster.node.settings import Patience, Settings
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from tests.patience import LOOK, PATIENCE, eventually

Object = dict[str, Any]

QUICK = Patience(first_delay=0.1, longest_delay=0.2, pull=0.05, shutdown=0.3, relist=0.02)

SLEEP = "print('up'); import time; time.sleep(3600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(3600)"
POLITE = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('up'); time.sleep(3600)"


def run_script(request: Request) -> Command:
    """The test image ``script``: its first argument is a Python program."""
    return Command([sys.executable, "-I", "-S", "-u", "-c", *request.args], request.environment)


CATALOGUE = Catalogue([Image(re.compile("script"), run_script)])


def pod(name: str = "demo", *containers: Object, **spec: Any) -> Object:
    """A pod."""
    listed = list(containers) or [container()]
    return {
        "metadata": {"name": name, "namespace": "lab", "labels": {"app": name}},
        "spec": {"containers": listed, **spec},
    }


def container(script: str = SLEEP, *, name: str = "main", image: str = "script:1", **more: Any) -> Object:
    """A container of the test image."""
    return {"name": name, "image": image, "args": [script], **more}


class Lab:
    """A running node; leaving the context ends it and everything on it."""

    def __init__(
        self,
        folder: Path,
        block: addresses.Block,
        *,
        patience: Patience = QUICK,
        catalogue: Catalogue = CATALOGUE,
        store: Store | None = None,
    ) -> None:
        self.block = block
        self.registry = Registry(store or Store(), addresses.Addresses(block))
        self.directory = Directory()
        self.resolvers = dns.Resolvers(self.directory, block.resolvers, 1053)
        settings = Settings(
            address=block.api, api=(block.api, 6443), dns=self.resolvers.at, patience=patience
        )
        self.tokens = Tokens(self.registry, new_key())
        self.kubelet = Kubelet(
            self.registry, addresses.Addresses(block), folder, settings, catalogue, tokens=self.tokens
        )
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Lab":
        if self.registry.find("Namespace", None, "lab") is None:
            self.registry.create("Namespace", {"metadata": {"name": "lab"}})
        self.task = asyncio.create_task(self.kubelet.run())
        await self.until(lambda: self.registry.list("Node"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.task
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.resolvers.stop()

    def create(self, wanted: Object) -> Object:
        """Create a pod."""
        return self.registry.create("Pod", wanted)

    def find(self, name: str = "demo") -> Object | None:
        """The pod, if it is there."""
        return self.registry.find("Pod", "lab", name)

    def status(self, name: str = "demo") -> Object:
        """A pod's status."""
        return (self.find(name) or {}).get("status") or {}

    def first(self, name: str = "demo") -> Object:
        """The status of a pod's first container; empty before there is one."""
        return next(iter(self.status(name).get("containerStatuses") or []), {})

    def reason(self, name: str = "demo") -> str:
        """Why the first container waits."""
        return str(self.first(name).get("state", {}).get("waiting", {}).get("reason", ""))

    def is_ready(self, name: str = "demo") -> bool:
        """The pod's condition."""
        return self.condition("Ready", name).get("status") == "True"

    def condition(self, kind: str, name: str = "demo") -> Object:
        """One condition of a pod."""
        return next((one for one in self.status(name).get("conditions") or [] if one["type"] == kind), {})

    def events(self, kind: str = "") -> list[tuple[str, str]]:
        """Reasons and messages of all events, or those of a type."""
        found = self.registry.list("Event", "lab")
        return [(one["reason"], one["message"]) for one in found if kind in ("", one["type"])]

    def delete(self, name: str = "demo", grace: int | None = None) -> None:
        """Delete a pod as a client would."""
        self.registry.delete("Pod", "lab", name, grace=grace)

    async def log(self, name: str = "demo", container: str = "main", **options: Any) -> str:
        """What a container said."""
        found = self.find(name)
        assert found
        chunks = self.kubelet.logs.read(found, container, LogOptions(**options))
        return b"".join([chunk async for chunk in chunks]).decode()

    async def says(self, text: str, name: str = "demo", **options: Any) -> str:
        """Wait until a container said something."""
        await self.until(lambda: self.first(name).get("containerID"))
        said = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while text not in (said := await self.log(name, **options)):
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise AssertionError(f"{text!r} not in {said!r}") from None
        return said

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for a condition."""
        await eventually(condition, lambda: (self.status(), self.events()))

    async def gone(self, name: str = "demo") -> None:
        """Wait until a pod is gone."""
        await self.until(lambda: self.find(name) is None)


def alive(text: str) -> bool:
    """Whether the process runs whose number a script printed."""
    return processes.started_at(int(text)) is not None
