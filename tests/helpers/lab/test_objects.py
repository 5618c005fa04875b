"""Against HTTP, as the API server speaks it: paths, headers, bodies, watch streams."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from kubernetes.client import ApiClient, ApiException, Configuration

from helpers.lab.errors import LabError
from helpers.lab.objects import KINDS, Object, Objects, is_ours, kind_of
from tests.helpers.fakes import made
from tests.patience import PATIENCE


@dataclass
class Server:
    """Answers what it was told to, in order, and keeps what it was asked."""

    answers: list[tuple[int, list[object]]] = field(default_factory=list)
    asked: list[tuple[str, str, str | None, Any]] = field(default_factory=list)
    objects: Any = None

    def will(self, *lines: object, status: int = 200) -> None:
        self.answers.append((status, list(lines)))


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.asked.append(
                (
                    self.command,
                    self.path,
                    self.headers.get("Content-Type"),
                    json.loads(body) if body else None,
                )
            )
            status, lines = (
                told.answers.pop(0) if told.answers else (500, [{"message": "nothing more to say"}])
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write("".join(json.dumps(line) + "\n" for line in lines).encode())

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - the base class's names

        def log_message(self, *_arguments: object) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    configuration = Configuration(host=f"http://127.0.0.1:{listening.server_address[1]}")
    with ApiClient(configuration) as api:
        told.objects = Objects(api)
        yield told
    listening.shutdown()
    listening.server_close()


def service(name: str) -> Object:
    return {"apiVersion": "v1", **made("Service", name)}


def listed(version: str, *names: str) -> Object:
    return {
        "metadata": {"resourceVersion": version},
        "items": [{"metadata": {"name": name}} for name in names],
    }


def change(kind: str, name: str) -> Object:
    return {"type": kind, "object": {"metadata": {"name": name}}}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Service", "/api/v1/namespaces/me/services/x"),
        ("Deployment", "/apis/apps/v1/namespaces/me/deployments/x"),
        ("Ingress", "/apis/networking.k8s.io/v1/namespaces/me/ingresses/x"),
        ("Namespace", "/api/v1/namespaces/x"),
        ("IngressClass", "/apis/networking.k8s.io/v1/ingressclasses/x"),
    ],
)
def test_paths_of_kinds(kind: str, path: str) -> None:
    assert KINDS[kind].path("me", "x") == path


def test_a_kind_of_another_version_is_refused() -> None:
    with pytest.raises(LabError, match="apps/v1beta1 Deployment is not a kind"):
        kind_of({"apiVersion": "apps/v1beta1", "kind": "Deployment"})


def test_apply_is_on_the_server_as_our_manager_and_without_force(server: Server) -> None:
    server.will(service("demo"))
    server.objects.apply(service("demo"), "me")
    [(method, path, content_type, body)] = server.asked
    assert (method, content_type) == ("PATCH", "application/apply-patch+yaml")
    where, _, query = path.partition("?")
    assert where == "/api/v1/namespaces/me/services/demo"
    assert sorted(query.split("&")) == ["fieldManager=grpc-lab", "fieldValidation=Strict"]
    assert body == service("demo")


def test_a_missing_object_is_none_and_another_refusal_an_error(server: Server) -> None:
    server.will({"message": "not found"}, status=404)
    assert server.objects.get("Pod", "me", "x") is None
    server.will({"message": "forbidden"}, status=403)
    with pytest.raises(ApiException) as caught:
        server.objects.get("Pod", "me", "x")
    assert caught.value.status == 403
    assert "forbidden" in str(caught.value.body)


def test_a_list_gives_each_item_its_kind(server: Server) -> None:
    server.will(listed("5", "a"))
    [item] = server.objects.select("Deployment", "me", labels="app=demo")
    assert (item["apiVersion"], item["kind"]) == ("apps/v1", "Deployment")
    assert server.asked[0][1] == "/apis/apps/v1/namespaces/me/deployments?labelSelector=app%3Ddemo"


def test_deleting_what_is_gone_is_fine(server: Server) -> None:
    server.will({"message": "not found"}, status=404)
    server.objects.delete("Pod", "me", "x")
    assert server.asked[0][3]["propagationPolicy"] == "Foreground"


def names(states: Iterator[list[Object]], count: int) -> list[list[str]]:
    return [[item["metadata"]["name"] for item in next(states)] for _ in range(count)]


def test_follow_looks_once_then_watches_from_there(server: Server) -> None:
    server.will(listed("5", "a"))
    server.will(change("ADDED", "b"), change("MODIFIED", "b"), change("DELETED", "a"))
    states = server.objects.follow("Pod", "me", deadline=time.monotonic() + PATIENCE)
    assert names(states, 4) == [["a"], ["a", "b"], ["a", "b"], ["b"]]
    query = server.asked[1][1].partition("?")[2].split("&")
    assert {"resourceVersion=5", "watch=true"} <= set(query)


def test_follow_begins_anew_when_the_history_was_cut(server: Server) -> None:
    server.will(listed("5", "a"))
    server.will({"type": "ERROR", "object": {"code": 410, "reason": "Expired"}})
    server.will(listed("9", "c"))
    states = server.objects.follow("Pod", "me", deadline=time.monotonic() + PATIENCE)
    assert names(states, 2) == [["a"], ["c"]]


def test_follow_ends_at_its_deadline(server: Server) -> None:
    server.will(listed("5", "a"))
    states = server.objects.follow("Pod", "me", deadline=time.monotonic() - 1)
    assert names(states, 1) == [["a"]]
    assert next(states, None) is None


def test_ours_is_what_has_the_label() -> None:
    assert is_ours(made("Service", "x"))
    assert not is_ours(made("Service", "x", ours=False))
    assert not is_ours({"metadata": {"name": "x"}})
