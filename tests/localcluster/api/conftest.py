"""A server in memory, and a client that hides nothing of what it answers."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.localcluster.api import standalone
from tests.patience import PATIENCE

LAB = "/api/v1/namespaces/lab"
APPS = "/apis/apps/v1/namespaces/lab"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Client:
    """Raw HTTP with the token."""

    def __init__(self, url: str) -> None:
        self.address = url.removeprefix("http://")
        self.headers = {"Authorization": f"Bearer {standalone.TOKEN}", "Connection": "close"}

    def open(self, method: str, path: str, body: Any = None, **query: str) -> http.client.HTTPResponse:
        """Send a request; headers are given as `Content_Type=...`, everything else is a parameter."""
        headers = self.headers | {
            key.replace("_", "-"): query.pop(key) for key in list(query) if key[0].isupper()
        }
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        content = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(method, f"{path}?{urlencode(query)}" if query else path, content, headers)
        return connection.getresponse()

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """Send a request and read the whole answer."""
        with self.open(method, path, body, **query) as response:
            return Answer(response.status, response.getheaders(), response.read().decode())

    def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.call(method, path, body, **query)
        assert answer.status in (200, 201), answer.text
        return answer.json


class World(standalone.Threaded):
    """A cluster's API with a namespace `lab`."""

    def __init__(self) -> None:
        super().__init__()
        self.do(lambda: self.registry.create("Namespace", {"metadata": {"name": "lab"}}))
        self.client = Client(self.url)

    def started_pod(self, **state: Any) -> None:
        """Make the pod `demo` and say how its container is."""
        made = {**pod(), "metadata": {"name": "demo", "namespace": "lab"}}
        status = {"containerStatuses": [{"name": "greeter", "state": {"running": {}}, **state}]}

        def write() -> None:
            obj = self.registry.create("Pod", made)
            obj["spec"]["nodeName"] = "local-node"
            self.registry.update("Pod", obj, subresource="binding")
            self.registry.modify(
                "Pod", "lab", "demo", lambda one: one.update(status=status), subresource="status"
            )

        self.do(write)


@pytest.fixture
def world() -> Iterator[World]:
    started = World()
    yield started
    started.close()


@pytest.fixture
def client(world: World) -> Client:
    return world.client


def configmap(name: str = "demo", **meta: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}, "data": {"a": "1"}}


def deployment(name: str = "demo") -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "greeter", "image": "demo/greeter:dev"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def pod(name: str = "demo", containers: tuple[str, ...] = ("greeter",)) -> dict[str, Any]:
    listed = [{"name": one, "image": "demo/greeter:dev"} for one in containers]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": listed}}
