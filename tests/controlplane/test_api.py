"""The watch of EndpointSlices: the official client, and an API server that says what a test has written."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client import ApiClient, Configuration, DiscoveryV1Api

from controlplane import api, slices

Said = tuple[int, str]


class Server(ThreadingHTTPServer):
    """Answers request after request as told, and remembers what was asked; then it holds its peace."""

    daemon_threads = True

    def __init__(self, answers: list[Said]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = answers, list[dict[str, list[str]]]()
        self.ended = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        """Give the next answer."""
        self.server.asked.append(parse_qs(urlsplit(self.path).query))
        if not self.server.answers:
            self.server.ended.wait()
            return
        status, text = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def piece(name: str, *addresses: str) -> dict[str, Any]:
    endpoints = [{"addresses": [address], "conditions": {"ready": True}} for address in addresses]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name},
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [{"name": "grpc", "port": 1}],
    }


def listing(version: str, *items: dict[str, Any]) -> Said:
    whole = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSliceList",
        "metadata": {"resourceVersion": version},
        "items": list(items),
    }
    return 200, json.dumps(whole)


def events(*changes: tuple[str, dict[str, Any]]) -> Said:
    return 200, "".join(json.dumps({"type": kind, "object": item}) + "\n" for kind, item in changes)


def failure(code: int, reason: str) -> dict[str, Any]:
    words = {"status": "Failure", "message": "as a test wants it", "reason": reason, "code": code}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, **words}


Told = tuple[list[list[str]], list[dict[str, list[str]]]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RETRY_SECONDS", 0.0)


def told(answers: list[Said], changes: int) -> Told:
    """What `follow` yields first, as addresses, and what it asked for that."""
    server, ended = Server(answers), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    configuration = Configuration(host=f"http://127.0.0.1:{server.server_port}")
    configuration.retries = False
    try:
        following = api.follow(DiscoveryV1Api(ApiClient(configuration)), "me", "demo", ended)
        return [_addresses(following) for _ in range(changes)], server.asked
    finally:
        ended.set()
        server.ended.set()
        server.shutdown()
        server.server_close()


def _addresses(following: Iterator[list[slices.Slice]]) -> list[str]:
    return [endpoint.address for endpoint in slices.ready(next(following), "grpc")]


def test_it_looks_once_and_watches_from_there() -> None:
    change = events(
        ("ADDED", piece("b", "10.0.0.2")),
        ("MODIFIED", piece("a", "10.0.0.1", "10.0.0.3")),
        ("DELETED", piece("b", "10.0.0.2")),
    )
    found, asked = told([listing("7", piece("a", "10.0.0.1")), change], 4)
    assert found == [
        ["10.0.0.1"],
        ["10.0.0.1", "10.0.0.2"],
        ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        ["10.0.0.1", "10.0.0.3"],
    ]
    assert [one["labelSelector"] for one in asked[:2]] == [["kubernetes.io/service-name=demo"]] * 2
    assert (asked[1]["watch"], asked[1]["resourceVersion"]) == (["true"], ["7"])


def test_what_a_watch_has_missed_the_next_look_makes_good() -> None:
    forgotten = events(("ERROR", failure(410, "Expired")))
    answers = [listing("7", piece("a", "10.0.0.1")), forgotten, listing("9", piece("a", "10.0.0.9"))]
    assert told(answers, 2)[0] == [["10.0.0.1"], ["10.0.0.9"]]


def test_a_server_that_fails_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    answers = [(503, json.dumps(failure(503, "ServiceUnavailable"))), listing("7", piece("a", "10.0.0.1"))]
    assert told(answers, 1)[0] == [["10.0.0.1"]]
    assert "Endpoints: the API server did not tell: ServiceException (503)" in capsys.readouterr().out


def test_a_missing_right_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    told([(403, json.dumps(failure(403, "Forbidden"))), listing("7")], 1)
    assert "get, list and watch of endpointslices in namespace me" in capsys.readouterr().out


def test_it_ends_when_told() -> None:
    ended = threading.Event()
    ended.set()
    assert list(api.follow(DiscoveryV1Api(ApiClient(Configuration())), "me", "demo", ended)) == []
