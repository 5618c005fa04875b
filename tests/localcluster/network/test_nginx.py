"""nginx in the shapes of both eras, for real: gRPC, HTTP/1.1, TLS, and endpoints that change."""

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.host.addresses import Block
from localcluster.lifecycle import certificates
from localcluster.network import dns, nginx
from localcluster.network.directory import Directory
from localcluster.network.nginx import (
    Backend,
    Canary,
    Certificates,
    Entrance,
    Location,
    Options,
    RefusedError,
    Site,
)
from tests.localcluster.samples import endpoint, piece, service
from tests.patience import PATIENCE

GRPC = Backend("lab", "demo", "grpc", "GRPC")
CANARY = Backend("lab", "canary", "grpc", "GRPC")
HOST = "demo.example"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
SETTINGS = nginx.Settings("127.77.0.10:1053", "certificates/fake.pem")
ENTRANCE = Entrance("nginx", "127.77.0.20", 8080, 8443)


def site(backend: Backend = GRPC, host: str = HOST, path: str = "/", certificate: str = "") -> Site:
    return Site(host, [Location(path, False, backend)], certificate)


# --- the text ---------------------------------------------------------------------------------------------


def test_the_eras_differ_in_where_http2_is_switched_on() -> None:
    today = nginx.render(SETTINGS, [(ENTRANCE, [site()])])
    before = nginx.render(SETTINGS, [(Entrance("old", "127.77.0.21", 8080, 8443, legacy=True), [site()])])
    assert "http2 on;" in today
    assert "ssl http2;" not in today
    assert "http2 on;" not in before
    assert "listen 127.77.0.21:8443 ssl http2;" in before


NASTY = st.text(st.sampled_from("ab/.-_ ;{}$\"'\\\n#*"), max_size=30)


@given(NASTY, NASTY, NASTY)
def test_what_means_something_to_nginx_is_refused(host: str, path: str, name: str) -> None:
    made: list[Callable[[], object]] = [
        lambda: Site(host),
        lambda: Location(path, False, GRPC),
        lambda: Backend("lab", name, "1"),
        lambda: Options(body_size=name),
        lambda: Canary(GRPC, header=name),
        lambda: Canary(GRPC, value=name),
    ]
    for value, make in zip((host, path, *[name] * 4), made, strict=True):
        try:
            make()
        except RefusedError:
            continue
        assert not set(value) & set(" ;{}$\"'\\\n#")


def test_a_key_of_another_certificate_is_refused_and_not_kept(tmp_path: Path) -> None:
    held = Certificates(tmp_path)
    one, other = (certificates.make_server(None, [HOST]) for _ in range(2))
    with pytest.raises(RefusedError, match="not a certificate and its key"):
        held.keep(one.certificate_pem.encode(), other.key_pem.encode())
    assert [path.name for path in (tmp_path / "certificates").iterdir()] == ["fake.pem"]


def test_certificates_that_no_configuration_names_are_forgotten(tmp_path: Path) -> None:
    held = Certificates(tmp_path)
    pair = certificates.make_server(None, [HOST])
    name = held.keep(pair.certificate_pem.encode(), pair.key_pem.encode())
    held.forget(f"ssl_certificate {name}; ssl_certificate {held.fake};")
    assert (tmp_path / name).stat().st_mode & 0o077 == 0
    held.forget(f"ssl_certificate {held.fake};")
    assert [path.name for path in (tmp_path / "certificates").iterdir()] == ["fake.pem"]


# --- the program ------------------------------------------------------------------------------------------


def _echo(address: str) -> grpc.GenericRpcHandler:
    """A method that answers with its own address, whatever it is asked."""

    def answer(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        return address.encode()

    return grpc.method_handlers_generic_handler(
        "test.Echo", {"Say": grpc.unary_unary_rpc_method_handler(answer)}
    )


@pytest.fixture
def pods(block: Block) -> Iterator[list[str]]:
    """Three gRPC servers at addresses of their own, port 9000."""
    found = {block.at(64, last): grpc.server(ThreadPoolExecutor(2)) for last in (1, 2, 3)}
    for address, server in found.items():
        server.add_generic_rpc_handlers((_echo(address),))
        server.add_insecure_port(f"{address}:9000")
        server.start()
    yield list(found)
    for server in found.values():
        server.stop(0).wait()


@dataclass
class Front:
    """A running nginx with both classes, and the DNS that tells it of pods."""

    folder: Path
    block: Block
    directory: Directory = field(default_factory=Directory)
    authority: certificates.Pair = field(default_factory=lambda: certificates.make_authority("test"))

    def __post_init__(self) -> None:
        self.entrances = (
            Entrance("nginx", self.block.ingress, 8080, 8443),
            Entrance("nginx-legacy", self.block.ingress_legacy, 8080, 8443, legacy=True),
        )
        self.held = Certificates(self.folder)
        self.settings = nginx.Settings(f"{self.block.dns}:1053", self.held.fake)
        self.nginx = nginx.Nginx(self.folder, self.text([]), (self.block.ingress, 8080))
        self.loop = asyncio.new_event_loop()
        self.names = dns.Server(dns.Zone(self.directory))

    def text(self, sites: Sequence[Site]) -> str:
        return nginx.render(self.settings, [(entrance, sites) for entrance in self.entrances])

    async def start(self) -> None:
        await self.names.start(self.block.dns, 1053)
        await self.nginx.program.launch()
        await self.nginx.program.ready(10)

    async def stop(self) -> None:
        await self.nginx.program.stop()
        await self.names.stop()

    def endpoints(self, *addresses: str, of: str = "demo") -> None:
        self.directory.apply("Service", service(of, ip="None"), deleted=False)
        found = (endpoint(one) for one in addresses)
        self.directory.apply("EndpointSlice", piece(*found, of=of), deleted=False)

    def serve(self, *sites: Site) -> str:
        """Put sites into service; returns nginx's complaint."""
        applied = asyncio.run_coroutine_threadsafe(self.nginx.apply(self.text(sites)), self.loop)
        return applied.result(PATIENCE)

    def certificate(self, host: str = HOST) -> str:
        pair = certificates.make_server(self.authority, [host])
        return self.held.keep(pair.certificate_pem.encode(), pair.key_pem.encode())

    def channel(self, entrance: Entrance, *, tls: bool = False, host: str = HOST) -> grpc.Channel:
        options = [("grpc.default_authority", host), ("grpc.ssl_target_name_override", host)]
        if not tls:
            return grpc.insecure_channel(f"{entrance.address}:{entrance.http}", options[:1])
        trust = grpc.ssl_channel_credentials(self.authority.certificate_pem.encode())
        return grpc.secure_channel(f"{entrance.address}:{entrance.https}", trust, options)


@pytest.fixture
def front(tmp_path: Path, block: Block) -> Iterator[Front]:
    running = Front(tmp_path, block)
    thread = threading.Thread(target=running.loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(running.start(), running.loop).result(PATIENCE)
    yield running
    asyncio.run_coroutine_threadsafe(running.stop(), running.loop).result(PATIENCE)
    running.loop.call_soon_threadsafe(running.loop.stop)
    thread.join()
    running.loop.close()


def calls(channel: grpc.Channel, times: int = 30, metadata: tuple[tuple[str, str], ...] = ()) -> Counter[str]:
    """Count the pods that answer, or the status codes."""
    say: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Echo/Say")
    found: Counter[str] = Counter()
    with channel:
        for _ in range(times):
            try:
                found[say(b"", timeout=PATIENCE, metadata=metadata).decode()] += 1
            except grpc.RpcError as error:
                found[error.code().name] += 1
    return found


def settled(front: Front, want: set[str], *, tls: bool = False) -> Counter[str]:
    """Call class nginx until a new configuration or new endpoints are in force.

    nginx asks its DNS once a second; at a reload its old worker accepts connections for 0.1 s more, so the
    answer has to be the same a few times in a row.
    """
    in_a_row, seen = 0, Counter[str]()
    for _ in range(200):
        seen = calls(front.channel(front.entrances[0], tls=tls), 12)
        in_a_row = in_a_row + 1 if set(seen) == want else 0
        if in_a_row == 5:
            break
        threading.Event().wait(0.03)
    return seen


def first_bytes(address: str, port: int, words: bytes) -> bytes:
    with socket.create_connection((address, port), timeout=PATIENCE) as wire:
        wire.sendall(words)
        return wire.recv(200)


def test_plaintext_grpc_is_a_matter_of_the_era(front: Front, pods: list[str]) -> None:
    front.endpoints(*pods)
    assert front.serve(site()) == ""
    today, before = front.entrances
    assert set(settled(front, set(pods))) == set(pods)
    assert min(calls(front.channel(today)).values()) == 10
    assert set(calls(front.channel(before), 3)) == {"UNAVAILABLE"}
    assert first_bytes(today.address, today.http, PREFACE)[3] == 4
    assert first_bytes(before.address, before.http, PREFACE).startswith(b"HTTP/1.1 400")


def test_one_plaintext_port_speaks_http1_too(front: Front) -> None:
    request = b"GET / HTTP/1.1\r\nHost: nobody.example\r\nConnection: close\r\n\r\n"
    for entrance in front.entrances:
        assert first_bytes(entrance.address, entrance.http, request).startswith(b"HTTP/1.1 404")


def test_tls_serves_grpc_in_both_eras_and_agrees_on_h2_by_alpn(front: Front, pods: list[str]) -> None:
    front.endpoints(*pods)
    assert front.serve(site(certificate=front.certificate())) == ""
    assert set(settled(front, set(pods), tls=True)) == set(pods)
    context = ssl.create_default_context(cadata=front.authority.certificate_pem)
    context.set_alpn_protocols(["h2", "http/1.1"])
    for entrance in front.entrances:
        assert set(calls(front.channel(entrance, tls=True))) == set(pods)
        with (
            socket.create_connection((entrance.address, entrance.https), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as secure,
        ):
            assert secure.selected_alpn_protocol() == "h2"


def test_once_applied_no_connection_meets_the_configuration_before(front: Front) -> None:
    for number in range(4):
        front.serve(
            site(host=f"host-{number}.example", certificate=front.certificate(f"host-{number}.example"))
        )
        context = ssl.create_default_context(cadata=front.authority.certificate_pem)
        for entrance in front.entrances * 5:
            with socket.create_connection((entrance.address, entrance.https), timeout=PATIENCE) as plain:
                # Raises when the fake certificate is shown.
                context.wrap_socket(plain, server_hostname=f"host-{number}.example").close()


def test_with_tls_the_plaintext_port_redirects(front: Front, pods: list[str]) -> None:
    front.endpoints(*pods)
    front.serve(site(certificate=front.certificate()))
    settled(front, set(pods), tls=True)
    entrance = front.entrances[0]
    answer = first_bytes(entrance.address, entrance.http, f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 308")
    assert f"https://{HOST}:8443/".encode() in answer


def test_endpoints_come_and_go_without_a_reload(front: Front, pods: list[str]) -> None:
    front.endpoints(pods[0])
    front.serve(site())
    assert set(settled(front, {pods[0]})) == {pods[0]}
    log = front.folder / "nginx.log"
    before = log.read_text().count("reconfiguring")
    front.endpoints(*pods[1:])
    assert set(settled(front, set(pods[1:]))) == set(pods[1:])
    assert log.read_text().count("reconfiguring") == before


def test_without_endpoints_the_answer_is_503_which_grpc_calls_unavailable(
    front: Front, pods: list[str]
) -> None:
    front.endpoints(pods[0])
    front.serve(site())
    settled(front, {pods[0]})
    front.endpoints()
    assert set(settled(front, {"UNAVAILABLE"})) == {"UNAVAILABLE"}
    entrance = front.entrances[0]
    answer = first_bytes(entrance.address, entrance.http, f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 503")


def canaried(**rule: Any) -> Site:
    return Site(HOST, [Location("/", False, GRPC, canary=Canary(CANARY, **rule))])


def test_a_canary_gets_its_weight_and_none_without_pods(front: Front, pods: list[str]) -> None:
    stable, canary, _ = pods
    front.endpoints(stable)
    front.endpoints(canary, of="canary")
    assert front.serve(canaried(weight=300, total=1000)) == ""
    settled(front, {stable, canary})
    seen = calls(front.channel(front.entrances[0]), 400)
    assert set(seen) == {stable, canary}
    assert 64 < seen[canary] < 176, "120, give or take six standard deviations"
    front.endpoints(of="canary")
    assert set(settled(front, {stable})) == {stable}


@pytest.mark.parametrize(
    ("weight", "total", "name"), [(0, 100, "stable"), (100, 100, "canary"), (9, 1, "9 %")]
)
def test_the_ends_of_the_weight(front: Front, pods: list[str], weight: int, total: int, name: str) -> None:
    stable, canary, _ = pods
    front.endpoints(stable)
    front.endpoints(canary, of="canary")
    want = {"stable": {stable}, "canary": {canary}, "9 %": {stable, canary}}[name]
    assert front.serve(canaried(weight=weight, total=total)) == ""
    settled(front, want)
    assert set(calls(front.channel(front.entrances[0]), 300)) == want, "0.91^300 is less than 1 in 10^12"


def test_a_canary_is_chosen_by_header(front: Front, pods: list[str]) -> None:
    stable, canary, _ = pods
    front.endpoints(stable)
    front.endpoints(canary, of="canary")

    def chosen(*words: str) -> list[str]:
        found = [
            calls(front.channel(front.entrances[0]), 5, metadata=(("x-canary", word),)) for word in words
        ]
        return [pod for seen in found for pod in seen]

    assert front.serve(canaried(header="X-Canary")) == ""
    settled(front, {stable})
    assert chosen("always", "never", "Always", "perhaps") == [canary, stable, stable, stable]
    assert front.serve(canaried(header="X-Canary", value="v1.2", weight=100)) == ""
    settled(front, {canary})
    assert chosen("v1.2", "never") == [canary, canary]
    assert front.serve(canaried(header="X-Canary", value="v1.2")) == ""
    settled(front, {stable})
    assert chosen("v1.2", "v1x2", "always") == [canary, stable, stable]


def test_a_configuration_that_nginx_refuses_changes_nothing(front: Front, pods: list[str]) -> None:
    front.endpoints(*pods)
    front.serve(site())
    settled(front, set(pods))
    applied = asyncio.run_coroutine_threadsafe(front.nginx.apply("nonsense;"), front.loop)
    assert "nonsense" in applied.result(PATIENCE)
    assert set(calls(front.channel(front.entrances[0]))) == set(pods)
