"""The data plane of Gateways: one Envoy for all of them, which runs as long as one has a listener.

Routes, endpoints and certificates each come from a file of their own, so that a change of weights, a pod
that comes or a renewed certificate closes no connection. Files are written in an order in which no request
is sent to a cluster Envoy does not know yet; a plan is done when Envoy says that it has read it.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from localcluster.host import addresses, programs
from localcluster.network import envoy, routes
from localcluster.network.envoy import TYPE, file_source
from localcluster.network.routes import Chain, Place, Plan
from localcluster.types import Object

NAME = "gateway"
DONE_WITHIN = 2.0  # Envoy needs 0.01 s for a file and for a listener
DRAIN_SECONDS = 60  # how long streams of a listener that went may go on
POLL = 0.005
_PREFIX = f"http.{NAME}.rds."
_TERMINATED = "extensions.transport_sockets.tls.v3"


def file_name(name: str) -> str:
    """A file's name for a chain or a certificate; their own names may be too long for one."""
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


def listener(place: Place, chains: Iterable[Chain], folder: Path) -> Object:
    """A socket; with TLS, the name that a client asks for chooses the chain."""
    address, port = place
    found = [_filter_chain(chain, folder) for chain in chains]
    inspector = {
        "name": "envoy.filters.listener.tls_inspector",
        "typed_config": {"@type": TYPE + "extensions.filters.listener.tls_inspector.v3.TlsInspector"},
    }
    inspectors = [inspector] if any("transport_socket" in one for one in found) else []
    return {**envoy.listener(address, port, found), "listener_filters": inspectors}


def _filter_chain(chain: Chain, folder: Path) -> Object:
    manager = {
        "@type": TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": NAME,
        # HTTP/2 with prior knowledge and HTTP/1.1 on one port, as the specification wants it.
        "codec_type": "AUTO",
        "use_remote_address": True,
        "strip_any_host_port": True,
        "rds": {
            "route_config_name": chain.name,
            "config_source": file_source(folder / "routes" / file_name(chain.name)),
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": TYPE + "extensions.filters.http.router.v3.Router"},
            }
        ],
    }
    found: Object = {
        "name": chain.name,
        "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}],
    }
    if chain.server_name:
        found["filter_chain_match"] = {"server_names": [chain.server_name]}
    if chain.certificate:
        found["transport_socket"] = _tls(chain.certificate, folder)
    return found


def _tls(certificate: str, folder: Path) -> Object:
    secret = {
        "name": certificate,
        "sds_config": file_source(folder / "certificates" / file_name(certificate)),
    }
    context = {
        "@type": f"{TYPE}{_TERMINATED}.DownstreamTlsContext",
        "common_tls_context": {
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "tls_certificate_sds_secret_configs": [secret],
        },
    }
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}


def secret(name: str, certificate: str, key: str) -> Object:
    """A certificate and its key."""
    return {
        "@type": f"{TYPE}{_TERMINATED}.Secret",
        "name": name,
        "tls_certificate": {
            "certificate_chain": {"inline_string": certificate},
            "private_key": {"inline_string": key},
        },
    }


def cluster(name: str, folder: Path) -> Object:
    """The ready pods behind a Service port, asked in turn over HTTP/2."""
    options = {
        "@type": TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    named = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options}
    return {**envoy.cluster(name, folder, "ROUND_ROBIN"), "typed_extension_protocol_options": named}


class Files(envoy.Written):
    """The files of the Gateways' Envoy."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing in ``folder``."""
        super().__init__(folder, "routes", "endpoints", "certificates")
        self._previous: dict[str, list[Place]] = {}
        self._write("bootstrap.json", envoy.bootstrap(folder, NAME))
        self._write("listeners.json", {"resources": []})
        self._write_clusters({routes.NOWHERE: []})

    def write_clusters(self, plan: Plan) -> None:
        """Write clusters and endpoints.

        Those that a plan has no longer stay until the next one: routes lead there for a moment.
        """
        wanted = {routes.NOWHERE: [], **self._previous, **plan.clusters}
        self._previous = dict(plan.clusters)
        self._write_clusters(wanted)

    def write_routes(self, plan: Plan) -> set[str]:
        """Write routes; gives the names of the chains whose routes changed."""
        changed = {
            chain.name
            for chain in plan.chains
            if self._write(f"routes/{file_name(chain.name)}", {"resources": [routes.configuration(chain)]})
        }
        self._keep("routes", {file_name(chain.name) for chain in plan.chains})
        return changed

    def write_listeners(self, plan: Plan) -> None:
        """Write certificates and sockets."""
        for name, (certificate, key) in plan.certificates.items():
            content = {"resources": [secret(name, certificate, key)]}
            self._write(f"certificates/{file_name(name)}", content)
        found = [listener(place, chains, self.folder) for place, chains in sorted(plan.sockets.items())]
        self._write("listeners.json", {"resources": found})
        self._keep("certificates", set(map(file_name, plan.certificates)))

    def _write_clusters(self, wanted: dict[str, list[Place]]) -> None:
        for name, backends in wanted.items():
            content = {"resources": [envoy.assignment(name, backends)]}
            self._write(f"endpoints/{name}.json", content)
        found = [cluster(name, self.folder) for name in sorted(wanted)]
        self._write("clusters.json", {"resources": found})
        self._keep("endpoints", {f"{name}.json" for name in wanted})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan.

    Attributes:
        missing: sockets that Envoy could not open: another program has the port.
        refused: chains whose routes Envoy does not take; the ones before stay in force.
    """

    missing: frozenset[Place] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(slots=True)
class DataPlane:
    """The Envoy of all Gateways, started with the first listener and stopped with the last.

    Args:
        folder: its files.
        block: the cluster's addresses.
    """

    folder: Path
    block: addresses.Block
    _files: Files | None = field(init=False, default=None)
    _program: programs.Program | None = field(init=False, default=None)

    async def apply(self, plan: Plan) -> Outcome:
        """Make Envoy do what a plan says, and wait until it does.

        Raises:
            ProgramError: Envoy does not start.
        """
        if not plan.sockets:
            await self.stop()
            return Outcome()
        if self._program is None:
            await self._start()
        files = self._files
        assert files is not None  # noqa: S101 - for the type checker: made with the program
        admin = envoy.Admin(self.folder)
        files.write_clusters(plan)
        await admin.until_known({name for name, backends in plan.clusters.items() if backends})
        before = await _readings(admin)
        changed = files.write_routes(plan)
        files.write_listeners(plan)
        deadline = time.monotonic() + DONE_WITHIN
        refused = await _until_read(admin, changed, before, deadline)
        missing = await self._missing(admin, set(plan.sockets), deadline)
        return Outcome(frozenset(missing), frozenset(refused))

    def again(self) -> None:
        """Let Envoy try again to open the sockets it could not."""
        if self._files:
            self._files.again()

    async def stop(self) -> None:
        """End Envoy if it runs."""
        if self._program:
            program, self._program, self._files = self._program, None, None
            await program.stop()

    async def _start(self) -> None:
        self._files = Files(self.folder)
        program = envoy.program(self.folder, NAME, DRAIN_SECONDS)
        try:
            await program.launch()
            await program.ready()
        except BaseException:
            await program.stop()
            raise
        self._program = program

    async def _missing(self, admin: envoy.Admin, wanted: set[Place], deadline: float) -> set[Place]:
        """The sockets that Envoy does not have, or on which nobody listens yet."""
        while True:
            found = {(one.address, one.port) for one in addresses.listeners(self.block)}
            missing = wanted - (found & await _open(admin))
            if not missing or time.monotonic() > deadline:
                return missing
            await asyncio.sleep(POLL)


async def _open(admin: envoy.Admin) -> set[Place]:
    """The sockets of Envoy's active listeners: lines are NAME::ADDRESS:PORT."""
    pages = (line.rpartition("::")[2] for line in (await admin.get("/listeners")).splitlines())
    return {(address, int(port)) for address, _, port in (one.rpartition(":") for one in pages) if port}


Readings = dict[str, dict[str, int]]
"""How often each chain's routes were read with success, and were rejected."""


async def _readings(admin: envoy.Admin) -> Readings:
    found: Readings = {}
    wanted = quote(f"^{_PREFIX}.*update_(success|rejected)$")
    for line in (await admin.get(f"/stats?filter={wanted}")).splitlines():
        name, _, value = line.partition(": ")
        chain, _, word = name.removeprefix(_PREFIX).rpartition(".")
        found.setdefault(chain, {})[word] = int(value)
    return found


async def _until_read(admin: envoy.Admin, changed: set[str], before: Readings, deadline: float) -> set[str]:
    """Wait until changed routes have been read; gives the chains of those that were rejected."""
    while True:
        now = await _readings(admin)
        unread = {
            one for one in changed if sum(now.get(one, {}).values()) <= sum(before.get(one, {}).values())
        }
        if not unread or time.monotonic() > deadline:
            break
        await asyncio.sleep(POLL)
    return {one for one in changed if _rejected(now, one) > _rejected(before, one)}


def _rejected(readings: Readings, chain: str) -> int:
    return readings.get(chain, {}).get("update_rejected", 0)
