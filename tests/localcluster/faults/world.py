"""A cluster in a state folder of its own, seen from outside: its API, its processes, its sockets."""

import http.client
import json
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from localcluster.host import addresses, processes
from localcluster.lifecycle import control, home
from tests.patience import PATIENCE, until

Object = dict[str, Any]

LAB = "/api/v1/namespaces/lab"
APPS = "/apis/apps/v1/namespaces/lab"
STRATEGIC = "application/strategic-merge-patch+json"


class World:
    """One cluster. ``LOCALCLUSTER_HOME`` leads to its folder."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = home.find(name)
        self._connection: http.client.HTTPSConnection | None = None

    # -- its life

    def start(self) -> None:
        """Start it; the namespace ``lab`` is there afterwards."""
        control.start(self.name)
        self._connection = None
        self.call("POST", "/api/v1/namespaces", {"metadata": {"name": "lab"}})

    def kill(self) -> None:
        """Kill the daemon and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        until(lambda: not control.status(self.name).running)
        self.hang_up()

    def stop(self, *, purge: bool = False) -> None:
        """Stop it."""
        self.hang_up()
        control.stop(self.name, purge=purge)

    @property
    def pid(self) -> int:
        """The daemon's number."""
        found = control.status(self.name).pid
        assert found
        return found

    # -- its API

    def connect(self) -> http.client.HTTPSConnection:
        """A connection of one's own."""
        where = urlsplit(control.status(self.name).server)
        context = ssl.create_default_context(cadata=(self.place.certificates / "ca.crt").read_text())
        connection = http.client.HTTPSConnection(
            str(where.hostname), where.port, timeout=PATIENCE, context=context
        )
        connection.connect()
        return connection

    @property
    def headers(self) -> dict[str, str]:
        """What a client shows."""
        token = (self.place.certificates / "token").read_text()
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None, *, kind: str = "") -> tuple[int, Any]:
        """Ask; returns the status and the JSON of the answer."""
        if self._connection is None:
            self._connection = self.connect()
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        told = answer.headers.get_content_type() == "application/json"
        return answer.status, json.loads(said) if told else said.decode()

    def ok(self, method: str, path: str, body: Any = None, *, kind: str = "") -> Any:
        """Ask for what must succeed."""
        status, told = self.call(method, path, body, kind=kind)
        assert status in (200, 201), told
        return told

    def items(self, path: str, **query: str) -> list[Object]:
        """A list."""
        found = self.ok("GET", f"{path}?{urlencode(query)}" if query else path)["items"]
        return [item for item in found if isinstance(item, dict)]

    def pods(self, app: str = "demo") -> list[Object]:
        """The pods of an app."""
        return self.items(f"{LAB}/pods", labelSelector=f"app={app}")

    def ready(self, count: int, app: str = "demo") -> bool:
        """Whether an app has so many pods, all ready."""
        found = self.pods(app)
        return len(found) == count and all(map(is_ready, found))

    def rolled_out(self, name: str = "demo") -> bool:
        """Whether a Deployment has nothing but pods of its newest template."""
        found = self.ok("GET", f"{APPS}/deployments/{name}")
        status, wanted = found.get("status", {}), found["spec"]["replicas"]
        return bool(
            status.get("observedGeneration") == found["metadata"]["generation"]
            and status.get("replicas") == status.get("updatedReplicas") == wanted
            and status.get("availableReplicas") == wanted
        )

    def endpoints(self, service: str = "demo") -> set[str]:
        """The addresses that take a Service's connections."""
        path = "/apis/discovery.k8s.io/v1/namespaces/lab/endpointslices"
        slices = self.items(path, labelSelector=f"kubernetes.io/service-name={service}")
        return {
            address
            for one in slices
            for endpoint in one["endpoints"] or []
            if endpoint["conditions"]["ready"]
            for address in endpoint["addresses"]
        }

    def watch(self, path: str, seconds: int, **query: str) -> Iterator[Object]:
        """The events of a watch, on a connection of its own."""
        connection, told = self.connect(), urlencode({"watch": "1", "timeoutSeconds": seconds, **query})
        try:
            connection.request("GET", f"{path}?{told}", headers=self.headers)
            for line in connection.getresponse():
                yield json.loads(line)
        finally:
            connection.close()

    def hang_up(self) -> None:
        """Close the connection to the API."""
        if self._connection:
            self._connection.close()
        self._connection = None

    # -- its machine

    @property
    def block(self) -> addresses.Block:
        """Its addresses."""
        return addresses.Block(json.loads(self.place.lease.read_text())["block"])

    def listeners(self) -> list[str]:
        """Who listens on its addresses."""
        return sorted(f"{one.protocol} {one.address}:{one.port}" for one in addresses.listeners(self.block))

    def running(self) -> dict[int, str]:
        """Every process of the cluster, and its command line."""
        return running_in(self.place.folder)

    def descriptors(self) -> int:
        """How many file descriptors the daemon holds."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def memory(self) -> int:
        """The daemon's proportional share of memory, in KiB."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))

    def program(self, name: str) -> processes.Process:
        """Envoy or nginx, as recorded."""
        found = self._recorded(name)
        assert found
        return found

    def replaced(self, name: str, first: processes.Process) -> bool:
        """Whether another Envoy or nginx runs than the first. Between the two none is recorded."""
        now = self._recorded(name)
        return now is not None and now.pid != first.pid

    def _recorded(self, name: str) -> processes.Process | None:
        return processes.recorded(self.place.folder / name / f"{name}.process")


def running_in(folder: Path) -> dict[int, str]:
    """Every process that works in a folder or was told of it, and its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                where = f"{(entry / 'cwd').readlink()}/"
            except OSError:
                continue
            if processes.started_at(int(entry.name)) and str(folder) in words + where:
                found[int(entry.name)] = words
    return found


def is_ready(pod: Object) -> bool:
    """A pod's condition."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def greeter(name: str = "demo", replicas: int = 1, **spec: Any) -> Object:
    """A Deployment of greeters that are ready when they answer."""
    labels = {"app": name}
    container = {
        "name": "greeter",
        "image": "demo/greeter:dev",
        "args": ["server"],
        "ports": [{"name": "grpc", "containerPort": 50051}],
        "readinessProbe": {"grpc": {"port": 50051}, "periodSeconds": 1},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    wanted = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name}, "spec": wanted | spec}


def service(name: str = "demo", **spec: Any) -> Object:
    """A Service for ``greeter``."""
    ports = [{"name": "grpc", "port": 50051, "targetPort": "grpc"}]
    return {"metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": ports} | spec}


def configmap(name: str, **data: str) -> Object:
    """A ConfigMap."""
    return {"metadata": {"name": name}, "data": data}


def answers(address: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True
