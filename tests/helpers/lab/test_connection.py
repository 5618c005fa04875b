from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from kubernetes.client import Configuration

from helpers.lab import cluster, connection, image_tags, lab, prompt
from helpers.lab.errors import LabError
from helpers.lab.lab import current
from helpers.lab.objects import Objects
from tests.helpers.fakes import refused

Serve = Callable[[dict[tuple[str, str], tuple[int, object]]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start HTTP servers that answer ``(method, path)`` with a status and JSON, and 404 otherwise."""
    running: list[http.server.ThreadingHTTPServer] = []

    def start(answers: dict[tuple[str, str], tuple[int, object]]) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                missing = (404, {"message": "not found"})
                status, content = answers.get((self.command, self.path), missing)
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815 - the base class's names

            def log_message(self, *_arguments: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    def write(**servers: str) -> Path:
        named = [(name.replace("_", "-"), server) for name, server in servers.items()]
        path = tmp_path / "config"
        told = {
            "clusters": [{"name": name, "cluster": {"server": server}} for name, server in named],
            "users": [{"name": name, "user": {"token": "t"}} for name, _ in named],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name, _ in named],
            "current-context": named[0][0] if named else "",
        }
        path.write_text(yaml.safe_dump(told))
        monkeypatch.setenv("KUBECONFIG", str(path))
        return path

    return write


@pytest.fixture(autouse=True)
def nothing_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_agreed", set())
    monkeypatch.setattr(lab, "_current", [])
    monkeypatch.setattr(prompt, "ask", lambda question: pytest.fail(f"asked: {question}"))


VERSION = ("GET", "/version"), (200, {"gitVersion": "v1.36.0"})
NAMESPACE = (
    ("GET", "/api/v1/namespaces/me"),
    (200, {"metadata": {"name": "me"}, "status": {"phase": "Active"}}),
)
CREATED = ("POST", "/api/v1/namespaces"), (201, {"metadata": {"name": "me"}})


def test_without_a_context_it_is_the_local_cluster(
    serve: Serve, kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kubeconfig(local=serve(dict([VERSION, NAMESPACE])), mine="http://192.0.2.1")
    monkeypatch.setenv("KUBECONFIG", "of-somebody-else")
    monkeypatch.setattr(cluster, "start", lambda: path)
    made_lab = connection.connect(namespace="me")
    assert (made_lab.context, made_lab.namespace, made_lab.server_version) == ("local", "me", "v1.36.0")
    assert current() is made_lab
    assert "local" in made_lab._repr_html_()
    assert "namespace='me'" in repr(made_lab)


def test_a_named_context_is_asked_for_once(
    serve: Serve, kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(dict([VERSION, NAMESPACE]))
    kubeconfig(kind_demo=server)
    asked: list[str] = []

    def agree(question: str) -> str:
        asked.append(question)
        return "y"

    monkeypatch.setattr(prompt, "ask", agree)
    for _ in range(2):
        assert connection.connect("kind-demo", "me").server == server
    assert len(asked) == 1
    assert "kind-demo" in asked[0]
    assert server in asked[0]


@pytest.mark.parametrize("answer", ["", "n", "What?"])
def test_without_a_yes_nothing_is_sent(
    kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    kubeconfig(kind_demo="http://192.0.2.1:1")
    monkeypatch.setattr(prompt, "ask", lambda _question: answer)
    with pytest.raises(LabError, match=r"kind-demo at http://192.0.2.1:1 was not agreed to"):
        connection.connect("kind-demo")


def test_lab_context_is_the_answer(
    serve: Serve, kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(kind_demo=serve(dict([VERSION, NAMESPACE])))
    for name, value in {
        "CONTEXT": "kind-demo",
        "NAMESPACE": "me",
        "IMAGE_PREFIX": "r/x",
        "IMAGE_TAG": "2",
    }.items():
        monkeypatch.setenv(f"LAB_{name}", value)
    made_lab = connection.connect()
    assert (made_lab.context, made_lab.namespace) == ("kind-demo", "me")
    assert (made_lab.image_prefix, made_lab.image_tag) == ("r/x", "2")


def test_the_tag_of_the_last_build_is_taken_where_none_is_named(
    serve: Serve, kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    kubeconfig(kind_demo=serve(dict([VERSION, NAMESPACE])))
    image_tags.record("kind-demo", "r/x", "7")
    assert connection.look("kind-demo", "me", image_prefix="r/x").image_tag == "7"
    assert connection.look("kind-demo", "me", image_prefix="r/x", image_tag="8").image_tag == "8"
    assert connection.look("kind-demo", "me").image_tag is None


def test_an_unknown_context_is_said_with_those_that_exist(kubeconfig: Callable[..., Path]) -> None:
    kubeconfig(kind_demo="http://192.0.2.1", minikube="http://192.0.2.2")
    with pytest.raises(LabError, match=r'no context "kind" in .*config; it has: kind-demo, minikube'):
        connection.connect("kind")


def test_no_kubeconfig_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(LabError, match="No cluster can be read from the kubeconfig"):
        connection.connect("kind")


def unused_server() -> str:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_address[1]}"


def test_a_server_that_is_not_there_is_named(
    kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = unused_server()
    kubeconfig(kind_demo=server)
    monkeypatch.setenv("LAB_CONTEXT", "kind-demo")
    with pytest.raises(
        LabError, match=rf"{server} \(context kind-demo\) does not answer \(.*Connection refused"
    ):
        connection.connect()


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, r"refuses these credentials \(401 Unauthorized\)"), (404, "does not answer as a Kubernetes")],
)
def test_a_server_that_says_no(
    serve: Serve, kubeconfig: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    kubeconfig(kind_demo=serve({VERSION[0]: (status, {"message": "Unauthorized"})}))
    monkeypatch.setenv("LAB_CONTEXT", "kind-demo")
    with pytest.raises(LabError, match=words):
        connection.connect()


def test_a_certificate_nobody_trusts_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def distrust(*_arguments: object, **_options: object) -> None:
        raise refused(0, "SSLError")

    monkeypatch.setattr(Objects, "request", distrust)
    with pytest.raises(LabError, match="certificate that the kubeconfig does not trust"):
        connection._answer(Configuration(host="https://192.0.2.1"), None)
