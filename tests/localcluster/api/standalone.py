"""The API alone, in memory: for these tests, for kubectl, and to hold it against recordings.

    python -m tests.localcluster.api.standalone KUBECONFIG

serves with TLS (without it kubectl sends no token) on a free loopback port until it is told to stop, and
writes how to enter to KUBECONFIG. There are no controllers and no node behind it.
"""

import asyncio
import base64
import json
import signal
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import trustme
from aiohttp import web

from localcluster.access.defaults import default_rights
from localcluster.access.tokens import Tokens, new_key
from localcluster.api.server import application
from localcluster.errors import BadRequest
from localcluster.host.addresses import Addresses, Block
from localcluster.node.logs import LogOptions
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store
from tests.patience import PATIENCE

T = TypeVar("T")
TOKEN = "a-token-for-tests"


class SpokenLogs:
    """Logs with the lines they are given, and an account of what was asked."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], list[bytes]] = {}
        self.asked: list[LogOptions] = []

    async def read(self, pod: dict[str, Any], container: str, options: LogOptions) -> AsyncIterator[bytes]:
        self.asked.append(options)
        key = pod["metadata"]["name"], container
        if key not in self.lines:
            raise BadRequest(f"no output of {key}")
        for line in self.lines[key]:
            yield line
        if options.follow:
            await asyncio.Event().wait()


class NoContainers:
    """A node on which nothing runs."""

    def running(self, _pod: dict[str, Any], _name: str) -> None:
        return None


def furnished() -> Registry:
    """A registry with what every cluster has before somebody uses it."""
    registry = Registry(Store(None), Addresses(Block(99)))
    registry.create("Namespace", {"metadata": {"name": "default"}})
    for kind, wanted in default_rights():
        registry.create(kind, wanted)
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    registry.create(
        "Service", {"metadata": {"name": "kubernetes", "namespace": "default"}, "spec": {"ports": ports}}
    )
    return registry


def kubeconfig(server: str, authority: bytes) -> str:
    """A kubeconfig for the server, as JSON, which is YAML too."""
    entry = {"name": "alone"}
    cluster = {"server": server, "certificate-authority-data": base64.b64encode(authority).decode()}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{**entry, "cluster": cluster}],
            "users": [{**entry, "user": {"token": TOKEN}}],
            "contexts": [{**entry, "context": {"cluster": "alone", "user": "alone", "namespace": "default"}}],
            "current-context": "alone",
        }
    )


async def serve(
    registry: Registry, logs: SpokenLogs, tls: ssl.SSLContext | None = None
) -> tuple[web.AppRunner, str]:
    """Serve on a free port; returns the runner to clean up, and the server's URL."""
    tokens = Tokens(registry, new_key())
    runner = web.AppRunner(application(registry, logs, NoContainers(), TOKEN, tokens), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    return runner, f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"


class Threaded:
    """A server on an event loop in a thread of its own; SQLite wants all its work done there."""

    def __init__(self) -> None:
        self.logs = SpokenLogs()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.registry = self.do(furnished)
        self._runner, self.url = self._wait(serve(self.registry, self.logs))

    def do(self, work: Callable[[], T]) -> T:
        """Do something in the server's thread."""

        async def inside() -> T:
            return work()

        return self._wait(inside())

    def close(self) -> None:
        """End the server and its thread."""
        self._wait(self._runner.cleanup())
        self.do(self.registry.store.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


async def give_accounts(registry: Registry) -> None:
    """Give each namespace its ServiceAccount, which clients wait for."""
    async for change in registry.watch("Namespace"):
        if change.type == "ADDED":
            meta = {"name": "default", "namespace": change.record.name}
            registry.create("ServiceAccount", {"metadata": meta})


async def main(path: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    registry = furnished()
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    runner, url = await serve(registry, SpokenLogs(), tls)
    accounts = asyncio.create_task(give_accounts(registry))
    path.write_text(kubeconfig(url, authority.cert_pem.bytes()))
    await stopping.wait()
    accounts.cancel()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
