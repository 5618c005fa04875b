"""A cluster to measure, in a temporary state folder, and a client that adds as little as possible."""

import contextlib
import http.client
import json
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localcluster.lifecycle import control, home

NAME = "bench"
DEADLINE = 120.0


@contextlib.contextmanager
def own_home() -> Iterator[None]:
    """Keep the clusters started meanwhile in a folder of their own, and end and remove them afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        before = dict(os.environ)
        os.environ.update(LOCALCLUSTER_HOME=folder, LOCALCLUSTER_NAME=NAME, LAB_PACE="20")
        try:
            yield
        finally:
            control.stop(purge=True)
            os.environ.clear()
            os.environ.update(before)


class Client:
    """One connection, kept alive; TLS as any client has it."""

    def __init__(self) -> None:
        place = home.find()
        where = urlsplit(control.status().server)
        self.host, self.port = str(where.hostname), int(where.port or 443)
        self.context = ssl.create_default_context(cadata=(place.certificates / "ca.crt").read_text())
        token = (place.certificates / "token").read_text()
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection = http.client.HTTPSConnection(self.host, self.port, context=self.context)

    def call(self, method: str, path: str, body: Any = None) -> bytes:
        """Ask for what must succeed; the bytes of the answer."""
        text = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, text, self.headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {content.decode()}")
        return content

    def get(self, path: str) -> Any:
        """A JSON answer."""
        return json.loads(self.call("GET", path))

    def watch(self, path: str) -> http.client.HTTPResponse:
        """Begin a stream; the connection is then its alone."""
        self._connection.request("GET", path, headers=self.headers)
        return self._connection.getresponse()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition, looking every 10 ms."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it in {DEADLINE:g} s")
        time.sleep(0.01)


def memory() -> float:
    """The proportional share (PSS) of all processes of the cluster, in MiB."""
    daemon = control.status().pid
    children = _children()
    family, found = [daemon] if daemon else [], 0.0
    while family:
        pid = family.pop()
        family += children.get(pid, [])
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            found += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return found / 1024


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                found.setdefault(parent, []).append(int(entry.name))
    return found
