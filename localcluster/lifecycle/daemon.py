"""The background process: every part of the cluster on one event loop, wired here and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from localcluster.controllers import ingress
from localcluster.host import addresses, processes, programs
from localcluster.lifecycle import certificates, difficulty, home, kubeconfig, parts
from localcluster.network import dns, envoy, gateway, nginx, plane
from localcluster.network.directory import Directory

if TYPE_CHECKING:
    from aiohttp import web

    from localcluster.storage.registry import Registry

log = logging.getLogger(__name__)

LOG_BYTES = 2 << 20
AGAIN_SECONDS = 1.0


class StartError(Exception):
    """The cluster cannot start; one sentence that says what to do."""


SENTENCES = (StartError, addresses.AddressError, programs.ProgramError, home.HomeError)


def main(place: home.Home, descriptor: int) -> int:
    """Be the daemon of a cluster until told to stop.

    Args:
        place: the cluster's folder.
        descriptor: a pipe to whoever started it; gets ``ready`` or ``error SENTENCE``, then is closed.
    """
    os.umask(0o077)
    _log_to(place.log)
    report = _Report(descriptor)
    try:
        with _alive(place):
            programs.use_pidfds()
            asyncio.run(_serve(place, report))
    except SENTENCES as error:
        log.error("%s", error)
        report.say(f"error {error}")
        return 1
    except Exception as error:
        log.exception("the cluster failed")
        report.say(f"error {type(error).__name__}: {error}.")
        return 1
    return 0


def _log_to(path: Path) -> None:
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1)
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


@dataclass(slots=True)
class _Report:
    """The one word to whoever waits for the start."""

    descriptor: int

    def say(self, text: str) -> None:
        """Say it and hang up; nobody may be listening any more."""
        if self.descriptor >= 0:
            with contextlib.suppress(OSError):
                os.write(self.descriptor, text.replace("\n", " ").encode()[:4000])
            os.close(self.descriptor)
            self.descriptor = -1


@contextlib.contextmanager
def _alive(place: home.Home) -> Iterator[None]:
    """Hold the lock that says "running", with our own pid in it."""
    with place.alive.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"The cluster {place.name} is already running.") from None
        if myself := processes.identify(os.getpid()):
            processes.record(place.alive, myself)
        yield


async def _serve(place: home.Home, report: _Report) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    cluster = Cluster(place)
    try:
        await cluster.start()
        log.info("ready at %s", cluster.server)
        report.say("ready")
        await stopping.wait()
        log.info("stopping")
    finally:
        await cluster.stop()


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the cluster's own servers; usually the first of each list in ``addresses``."""

    api: int
    dns: int
    http: int
    https: int


@dataclass(slots=True)
class Cluster:
    """All parts of one running cluster."""

    place: home.Home
    server: str = ""
    difficulty: difficulty.Difficulty = field(default_factory=difficulty.told)
    _exits: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def start(self) -> None:
        """Start every part, in the order in which they need each other.

        Raises:
            AddressError, ProgramError: one sentence for the user.
        """
        block = self._lease()
        ports = _choose_ports(block)
        self.server = f"https://{block.api}:{ports.api}"
        credentials = certificates.ensure(self.place.certificates, block.api)
        files = envoy.Files(self.place.envoy)
        launched = [await self._launch(envoy.program(self.place.envoy))]
        front = None if self.difficulty.without_ingress else self._front(block, ports)
        launched += [await self._launch(front.nginx.program)] if front else []
        # The models of the API take longest to read; Envoy and nginx start meanwhile.
        directory = Directory()
        resolvers = dns.Resolvers(directory, block.resolvers, ports.dns)
        self._exits.push_async_callback(resolvers.stop)
        core = parts.assemble(self.place, block, ports.api, resolvers.at, self.difficulty)
        self._exits.callback(core.store.close)
        delay = difficulty.FOLLOW_SECONDS if self.difficulty.slow else plane.AT_ONCE
        network = plane.ServiceNetwork(core.registry, directory, files, block, resolvers, delay=delay)
        network.prime()
        await self._answer_names(directory, block.dns, ports.dns)
        await asyncio.gather(*(program.ready() for program in launched))
        self._keep("network", network.run)
        if front:
            core.show_ingress(front.nginx, block.ingress, {"http": ports.http, "https": ports.https})
            self._keep("ingress", lambda: ingress.run(front.controller(core.registry), front.nginx))
        if not self.difficulty.without_gateway:
            gateways = gateway.DataPlane(self.place.gateway, block)
            self._exits.push_async_callback(gateways.stop)
            self._keep("gateway", lambda: core.serve_gateways(gateways))
        for name, run in core.loops.items():
            self._keep(name, run)
        await self._answer_api(core.application(credentials.token), block.api, ports.api, credentials)
        kubeconfig.write(self.place.kubeconfig, self.server, credentials)
        self._tell_state(block)

    async def stop(self) -> None:
        """Stop every part, the last one first."""
        self.place.state.unlink(missing_ok=True)
        await self._exits.aclose()

    def _lease(self) -> addresses.Block:
        previous = _previous_block(self.place.lease)
        lease = addresses.lease(addresses.owner_of(self.place.folder), previous)
        self._exits.callback(lease.release)
        if lease.block.number != previous:
            log.info("using addresses 127.%d.0.0/16 (before: %s)", lease.block.number, previous)
        home.write_private(self.place.lease, json.dumps({"block": lease.block.number}))
        return lease.block

    def _front(self, block: addresses.Block, ports: Ports) -> Front:
        entrances = (
            nginx.Entrance("nginx", block.ingress, ports.http, ports.https),
            nginx.Entrance("nginx-legacy", block.ingress_legacy, ports.http, ports.https, legacy=True),
        )
        held = nginx.Certificates(self.place.nginx)
        settings = nginx.Settings(f"{block.dns}:{ports.dns}", held.fake)
        empty = nginx.render(settings, [(entrance, ()) for entrance in entrances])
        return Front(
            entrances, held, settings, nginx.Nginx(self.place.nginx, empty, (block.ingress, ports.http))
        )

    async def _launch(self, program: programs.Program) -> programs.Program:
        self._exits.push_async_callback(program.stop)
        await program.launch()
        return program

    async def _answer_names(self, directory: Directory, address: str, port: int) -> None:
        server = dns.Server(dns.Zone(directory))
        await server.start(address, port)
        self._exits.push_async_callback(server.stop)

    async def _answer_api(
        self, application: web.Application, address: str, port: int, credentials: certificates.Credentials
    ) -> None:
        from aiohttp import web  # noqa: PLC0415 - by now the API has imported it; earlier it costs time

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(credentials.server_certificate, credentials.server_key)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await runner.setup()
        self._exits.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, address, port, ssl_context=context).start()

    def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a part for as long as the cluster lives; a part that fails is logged and begun again."""
        task = asyncio.create_task(_forever(name, run), name=name)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._exits.push_async_callback(end)

    def _tell_state(self, block: addresses.Block) -> None:
        told = {"pid": os.getpid(), "server": self.server, "block": block.number}
        told["difficulty"] = str(self.difficulty)
        home.write_private(self.place.state, json.dumps(told))


@dataclass(frozen=True, slots=True)
class Front:
    """The ingress part: nginx and what its controller needs."""

    entrances: Sequence[nginx.Entrance]
    certificates: nginx.Certificates
    settings: nginx.Settings
    nginx: nginx.Nginx

    def controller(self, registry: Registry) -> ingress.Controller:
        """The controller that writes nginx's configuration."""
        return ingress.Controller(registry, self.entrances, self.certificates, self.settings)


async def _forever(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception:
            log.exception("%s failed and is begun again", name)
        await asyncio.sleep(AGAIN_SECONDS)


def _choose_ports(block: addresses.Block) -> Ports:
    return Ports(
        api=addresses.usable_port(block.api, addresses.API_PORTS),
        dns=addresses.usable_port(block.dns, addresses.DNS_PORTS, datagrams=True),
        http=addresses.usable_port(block.ingress, addresses.HTTP_PORTS),
        https=addresses.usable_port(block.ingress, addresses.HTTPS_PORTS),
    )


def _previous_block(path: Path) -> int | None:
    try:
        return int(json.loads(path.read_text())["block"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
