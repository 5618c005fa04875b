from __future__ import annotations

import contextlib
import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
import trustme
import yaml
from kubernetes.client import Configuration
from kubernetes.stream.ws_client import create_websocket

from greeter.v1 import greeter_pb2, greeter_pb2_grpc
from helpers.lab import connection, proxies
from helpers.lab.errors import LabError
from helpers.lesson import environment
from tests.patience import PATIENCE

ANSWER = b'{"gitVersion": "v1.36.0"}'
NAMES = [*proxies.VARIABLES, "no_proxy", "no_grpc_proxy"]
# How people's machines are set up; PROXY stands for the proxy's address.
SETTINGS = [
    {"HTTPS_PROXY": "PROXY", "HTTP_PROXY": "PROXY", "NO_PROXY": "localhost,127.0.0.1"},
    {"https_proxy": "PROXY", "http_proxy": "PROXY", "no_proxy": "localhost, 127.0.0.1, .example.com"},
    {"https_proxy": "PROXY", "http_proxy": "PROXY"},
    {"HTTPS_PROXY": "PROXY", "https_proxy": "PROXY", "no_proxy": "", "NO_PROXY": "example.com"},
    {"ALL_PROXY": "PROXY"},
    {"all_proxy": "PROXY", "NO_PROXY": "127.0.0.1:6443,localhost:50051"},
    {"grpc_proxy": "PROXY"},
    {"grpc_proxy": "PROXY", "no_grpc_proxy": "example.com"},
    {"https_proxy": "PROXY", "http_proxy": "PROXY", "NO_PROXY": "*"},
    {"HTTPS_PROXY": "PROXY", "grpc_proxy": "PROXY", "no_proxy": "*"},
]


@pytest.fixture(autouse=True)
def no_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without any; what a test and the code under test set is taken back."""
    monkeypatch.setattr(urllib.request, "_opener", None)
    for name in [*NAMES, *(name.upper() for name in NAMES)]:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


class Proxy:
    """Accepts connections, keeps each one's first line, answers 403 as a proxy that knows no such host."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.heads: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self.listener.accept()
                with wire:
                    self.heads.append(wire.recv(4096))
                    self.asked.append(self.heads[-1].split(b"\r\n")[0])
                    wire.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.listener.shutdown(socket.SHUT_RDWR)
    made.listener.close()


def told(settings: dict[str, str], proxy: Proxy) -> dict[str, str]:
    return {name: value.replace("PROXY", f"http://{proxy.place}") for name, value in settings.items()}


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An API server that speaks TLS on an address of 127.0.0.0/8; its context is ``near``."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.1.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = http.server.ThreadingHTTPServer(("127.0.1.1", 0), Api)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"https://127.0.1.1:{server.server_address[1]}"
    kubeconfig(tmp_path, monkeypatch, {"server": url, "certificate-authority": "ca.pem"})
    yield url
    server.shutdown()
    server.server_close()


def kubeconfig(folder: Path, monkeypatch: pytest.MonkeyPatch, cluster: dict[str, str]) -> None:
    content = {
        "clusters": [{"name": "near", "cluster": cluster}],
        "users": [{"name": "near", "user": {"token": "t"}}],
        "contexts": [{"name": "near", "context": {"cluster": "near", "user": "near"}}],
    }
    (folder / "config").write_text(yaml.safe_dump(content))
    monkeypatch.setenv("KUBECONFIG", str(folder / "config"))


@pytest.fixture
def port() -> Iterator[int]:
    """A gRPC server on all addresses of this machine."""
    server = grpc.server(futures.ThreadPoolExecutor(1))
    found = server.add_insecure_port("[::]:0")
    server.start()
    yield found
    server.stop(None).wait()


def ready(target: str) -> bool:
    with grpc.insecure_channel(target) as channel:
        grpc.channel_ready_future(channel).result(PATIENCE)
    return True


@pytest.mark.parametrize("settings", SETTINGS, ids=",".join)
def test_no_proxy_is_asked_for_this_machine(
    settings: dict[str, str], proxy: Proxy, api: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(settings, proxy).items():
        monkeypatch.setenv(name, value)
    assert connection.look("near", "me").server_version == "v1.36.0"
    for target in (f"127.0.1.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"dns:///127.0.0.1:{port}"):
        assert ready(target)
    with pytest.raises(Exception, match="Handshake status 200"):
        create_websocket(  # type: ignore[no-untyped-call]
            connection._configuration(os.environ["KUBECONFIG"], "near"), f"{api.replace('https', 'wss')}/x"
        )
    with http.server.HTTPServer(("127.0.1.1", 0), Api) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with urllib.request.urlopen(
            f"http://127.0.1.1:{server.server_address[1]}/", timeout=PATIENCE
        ) as answer:
            assert answer.read() == ANSWER
    assert proxy.asked == []


def test_without_the_helpers_the_proxy_is_asked(
    proxy: Proxy, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("grpc_proxy", f"http://{proxy.place}")
    with grpc.insecure_channel(f"127.0.1.1:{port}") as channel, pytest.raises(grpc.RpcError):
        greeter_pb2_grpc.GreeterStub(channel).SayHello(greeter_pb2.HelloRequest(name="x"), timeout=PATIENCE)
    assert proxy.asked == [b"CONNECT 127.0.1.1:%d HTTP/1.1" % port]


KERNEL = """
import grpc, os, sys
import helpers
with grpc.insecure_channel(sys.argv[1]) as channel:
    grpc.channel_ready_future(channel).result(240)
print(os.environ["no_grpc_proxy"])
"""


def test_importing_the_helpers_is_enough(proxy: Proxy, port: int) -> None:
    variables = told({"grpc_proxy": "PROXY", "NO_PROXY": "example.com"}, proxy)
    ended = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", KERNEL, f"127.0.1.1:{port}"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "example.com,localhost,127.0.0.0/8,::1")
    assert proxy.asked == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_another_server_is_asked_through_the_proxy_and_the_error_names_the_variable(
    name: str, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(tmp_path, monkeypatch, {"server": "https://192.0.2.1:6443"})
    monkeypatch.setenv(name, f"http://me:secret@{proxy.place}")
    with pytest.raises(LabError) as raised:
        connection.look("near", "me")
    assert [line.rpartition(b" ")[0] for line in proxy.asked] == [b"CONNECT 192.0.2.1:6443"]
    assert b"proxy-authorization: basic bwu6c2vjcmv0" in proxy.heads[0].lower()
    assert f"through the proxy {proxy.place}, which {name} names, does not answer" in str(raised.value)
    assert "403 Forbidden" in str(raised.value)
    assert "add 192.0.2.1 to NO_PROXY" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_the_kubeconfigs_own_proxy_counts_for_every_address(
    api: str, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(tmp_path, monkeypatch, {"server": api, "proxy-url": f"http://{proxy.place}"})
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(
        LabError, match=f"{proxy.place}, which proxy-url of its cluster in the kubeconfig names"
    ):
        connection.look("near", "me")
    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    ("server", "settings", "source"),
    [
        ("https://10.0.0.1:6443", {"HTTPS_PROXY": "p:1"}, "HTTPS_PROXY"),
        ("https://10.0.0.1:6443", {"HTTPS_PROXY": "p:1", "https_proxy": ""}, None),
        ("https://10.0.0.1:6443", {"HTTPS_PROXY": "p:1", "https_proxy": "q:1"}, "https_proxy"),
        ("https://10.0.0.1:6443", {"HTTP_PROXY": "p:1"}, None),
        ("http://10.0.0.1:8080", {"HTTP_PROXY": "p:1", "ALL_PROXY": "q:1"}, "HTTP_PROXY"),
        ("https://10.0.0.1:6443", {"HTTPS_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://10.0.0.1:6443", {"HTTPS_PROXY": "p:1", "NO_PROXY": "10.0.0.1:6443"}, None),
        ("https://10.0.0.1:6443", {"HTTPS_PROXY": "p:1", "NO_PROXY": "10.0.0.1:443"}, "HTTPS_PROXY"),
        ("https://[::1]:6443", {"HTTPS_PROXY": "p:1"}, None),
        ("https://LOCALHOST:6443", {"HTTPS_PROXY": "p:1"}, None),
        ("https://localhost.example.com", {"HTTPS_PROXY": "p:1"}, "HTTPS_PROXY"),
    ],
)
def test_the_variable_that_applies(
    server: str, settings: dict[str, str], source: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    found = proxies.for_server(server)
    assert (found.source if found else None) == source
    assert found is None or found.url.startswith("http://")


def test_exceptions_of_the_user_stay_and_ours_are_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://192.0.2.1:1")
    monkeypatch.setenv("NO_PROXY", " localhost, .example.com ")
    proxies.spare_loopback()
    proxies.spare_loopback()
    assert os.environ["NO_PROXY"] == "localhost,.example.com,127.0.0.0/8,::1"
    assert os.environ[proxies.GRPC_EXCEPTIONS] == os.environ["NO_PROXY"]
    assert "no_proxy" not in os.environ


def test_without_a_proxy_no_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    proxies.spare_loopback()
    assert os.environ["NO_PROXY"] == "localhost"
    assert "no_grpc_proxy" not in os.environ


def test_socks_without_its_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://192.0.2.1:1080")
    configuration = Configuration(host="https://192.0.2.2")
    configuration.proxy = None
    with pytest.raises(LabError, match=r"192.0.2.1:1080, which ALL_PROXY names.*pip install pysocks"):
        proxies.choose(configuration)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no variable names one"),
        ({"NO_PROXY": "*"}, "no variable names one"),
        (
            {"HTTPS_PROXY": "http://me:secret@p.example:3128"},
            "HTTPS_PROXY names p.example:3128; it is not asked",
        ),
    ],
)
def test_the_check_says_which_proxy_there_is(
    settings: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert words in environment.check_proxies().words
