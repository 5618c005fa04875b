"""The client's log, and what its options do on the wire."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import trustme

from greeter import client
from greeter.channels import ROOT_CERTIFICATES
from greeter.v1 import greeter_pb2, greeter_pb2_grpc
from tests.greeter.conftest import Run, RunningServer, launch
from tests.greeter.names import name_server
from tests.patience import PATIENCE, until

GREETING = re.compile(r'\d{4}/\d\d/\d\d \d\d:\d\d:\d\d Greeting: "demo-1" says: Hello world')
FAILURE = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d Error: UNAVAILABLE: \S.*")
QUICK = ("--interval", "0.01")
EMPTY_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"

Start = Callable[..., RunningServer]


class Witness(greeter_pb2_grpc.GreeterServicer):
    """Greets, and remembers from which connection it was asked."""

    def __init__(self) -> None:
        self.peers: list[str] = []

    def SayHello(  # noqa: N802 - the method's name in the proto
        self, request: greeter_pb2.HelloRequest, context: Any
    ) -> greeter_pb2.HelloReply:
        self.peers.append(context.peer())
        return greeter_pb2.HelloReply(message=f'"demo-1" says: Hello {request.name}')


@contextlib.contextmanager
def serving(
    witness: Witness, credentials: grpc.ServerCredentials | None = None, address: str = "127.0.0.1:0"
) -> Iterator[str]:
    with ThreadPoolExecutor() as pool:
        server = grpc.server(pool, options=[("grpc.so_reuseport", 0)])
        greeter_pb2_grpc.add_GreeterServicer_to_server(witness, server)
        port = (
            server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
        )
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(0).wait()


@contextlib.contextmanager
def answering(words: bytes, heard: list[bytes] | None = None) -> Iterator[str]:
    """A TCP server that says the same to everyone, and keeps what it hears until `heard` is long enough."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.sendall(words)
                        while data := connection.recv(4096):
                            if heard is not None:
                                heard.append(data)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)


def pods(log: str) -> list[str]:
    return re.findall(r'Greeting: "([^"]+)"', log)


def test_each_greeting_is_one_line(start: Start, run: Run) -> None:
    done = run("client", start("demo-1").address, "--count", "3", *QUICK)
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all(GREETING.fullmatch(line) for line in lines)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_failed_greeting_is_a_line_with_code_and_reason(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    done = run("client", f"127.0.0.1:{port}", "--count", "2", *QUICK)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(FAILURE.fullmatch(line) for line in lines)
    assert "Connection refused" in lines[0]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_break_in_an_answer_makes_no_second_line(start: Start, run: Run) -> None:
    done = run("client", start("demo-1").address, "--count", "1", "--name", "one\ntwo")
    assert done.stdout.endswith('"demo-1" says: Hello one two\n')
    assert done.stdout.count("\n") == 1


def test_an_http_1_answer_is_told_in_grpcs_own_words(run: Run) -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as address:
        done = run("client", address, "--count", "1")
    assert "Error: UNAVAILABLE: failed to connect to all addresses" in done.stdout
    assert "Expected SETTINGS frame as the first frame, got frame type 80" in done.stdout
    assert "Trying to connect an http1.x server (HTTP status 400)" in done.stdout


def test_a_silent_server_costs_no_more_than_the_deadline(run: Run) -> None:
    with answering(EMPTY_SETTINGS) as address:
        done = run("client", address, "--count", "2", "--deadline", "0.1", *QUICK)
    assert done.stdout.count("Error: DEADLINE_EXCEEDED: ") == 2


def test_term_ends_it_within_a_greeting() -> None:
    heard: list[bytes] = []
    patient = ("--deadline", "3600")
    with answering(EMPTY_SETTINGS, heard) as address, launch("client", address, *patient) as asking:
        until(lambda: b"SayHello" in b"".join(heard))
        asking.send_signal(signal.SIGTERM)
        output, _ = asking.communicate(timeout=PATIENCE)
    assert (asking.returncode, output) == (0, "")


def test_it_ends_quietly_when_nobody_reads_on(start: Start) -> None:
    with launch("client", start("demo-1").address, *QUICK) as asking:
        assert asking.stdout
        asking.stdout.readline()
        asking.stdout.close()
        assert asking.wait(PATIENCE) == 1


def test_it_greets_again_when_the_server_is_back(start: Start) -> None:
    first = start("demo-1", "--grace", "0")
    with launch("client", first.address, "--interval", "0.05") as asking:
        assert asking.stdout
        assert "Greeting" in asking.stdout.readline()
        first.process.terminate()
        first.end()
        assert any("Error" in line for line in asking.stdout)
        with serving(Witness(), address=first.address):
            assert any("Greeting" in line for line in asking.stdout)
        asking.terminate()
        asking.communicate(timeout=PATIENCE)
    assert asking.returncode == 0


def takes_turns(target: str, *options: str) -> bool:
    """Greet until each of two pods has served some; whether they then take turns."""
    with launch("client", target, *QUICK, *options) as asking:
        assert asking.stdout
        # Not before the second pod is connected as well.
        served = [*itertools.islice(_served_by_both(asking.stdout), 10)]
        asking.terminate()
        asking.communicate(timeout=PATIENCE)
    return served[::2] == [served[0]] * 5 and served[1::2] == [served[1]] * 5 and served[0] != served[1]


def _served_by_both(lines: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for line in lines:
        if len(seen) == 2:
            yield from pods(line)
        seen |= {*pods(line)}


def test_round_robin_takes_all_addresses_in_turn(start: Start) -> None:
    target = "ipv4:" + ",".join(start(pod).address for pod in ("demo-1", "demo-2"))
    assert takes_turns(target, "--policy", "round_robin")


def test_without_a_policy_one_address_serves_all(start: Start, run: Run) -> None:
    target = "ipv4:" + ",".join(start(pod).address for pod in ("demo-1", "demo-2"))
    done = run("client", target, "--count", "20", *QUICK)
    assert len(set(pods(done.stdout))) == 1
    assert len(pods(done.stdout)) == 20


def test_an_unknown_policy_fails_aloud(start: Start, run: Run) -> None:
    done = run("client", start("demo-1").address, "--policy", "least_request", "--count", "1")
    assert re.search(r"Error: \w+: .*least_request", done.stdout)
    assert done.returncode == 0


def test_a_whole_service_config_may_be_given(start: Start) -> None:
    target = "ipv4:" + ",".join(start(pod).address for pod in ("demo-1", "demo-2"))
    config = json.dumps({"loadBalancingConfig": [{"unknown_here": {}}, {"round_robin": {}}]})
    assert takes_turns(target, "--service-config", config)


@pytest.mark.parametrize(
    ("options", "connections"), [((), 1), (("--channels", "3"), 3), (("--new-channel",), 6)]
)
def test_channels_have_connections_of_their_own(run: Run, options: tuple[str, ...], connections: int) -> None:
    witness = Witness()
    with serving(witness) as address:
        run("client", address, "--count", "6", *QUICK, *options)
    assert len(witness.peers) == 6
    assert len(set(witness.peers)) == connections


def test_channels_take_turns(run: Run) -> None:
    witness = Witness()
    with serving(witness) as address:
        run("client", address, "--count", "6", "--channels", "3", *QUICK)
    assert witness.peers[:3] == witness.peers[3:]


def test_the_authority_is_sent() -> None:
    heard: list[bytes] = []
    options = ("--authority", "by-hand.example", "--deadline", "3600")
    with answering(EMPTY_SETTINGS, heard) as address, launch("client", address, *options) as asking:
        until(lambda: b"by-hand.example" in b"".join(heard))
        asking.terminate()
        asking.communicate(timeout=PATIENCE)
    assert address.encode() not in b"".join(heard)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def encrypted(authority: trustme.CA) -> Iterator[str]:
    """The address of a server with a certificate for greeter.example."""
    issued = authority.issue_cert("greeter.example")
    pair = (issued.private_key_pem.bytes(), issued.cert_chain_pems[0].bytes())
    with serving(Witness(), grpc.ssl_server_credentials([pair])) as address:
        yield address


def roots(authority: trustme.CA) -> dict[str, str]:
    return {ROOT_CERTIFICATES: authority.cert_pem.bytes().decode()}


def test_root_certificates_switch_tls_on(run: Run, authority: trustme.CA, encrypted: str) -> None:
    options = ("--authority", "greeter.example", "--count", "1")
    done = run("client", encrypted, *options, env=roots(authority))
    assert GREETING.fullmatch(done.stdout.strip())


def test_a_certificate_for_another_name_is_refused(run: Run, authority: trustme.CA, encrypted: str) -> None:
    options = ("--authority", "other.example", "--count", "1")
    done = run("client", encrypted, *options, env=roots(authority))
    assert FAILURE.fullmatch(done.stdout.strip())


def test_an_authority_that_nobody_knows_is_refused(run: Run, encrypted: str) -> None:
    done = run("client", encrypted, "--tls", "--authority", "greeter.example", "--count", "1")
    assert FAILURE.fullmatch(done.stdout.strip())
    assert "CERTIFICATE_VERIFY_FAILED" in done.stdout


def test_roots_that_are_no_certificates_are_named(run: Run) -> None:
    done = run("client", "127.0.0.1:1", env={ROOT_CERTIFICATES: "nothing"})
    assert done.returncode == 1
    assert done.stderr.startswith("GREETER_ROOT_CERTIFICATES holds no certificate; ")


class Counted(dict[str, list[str]]):
    """Names that count how often the address of one was given."""

    given = 0

    def __getitem__(self, name: str) -> list[str]:
        self.given += 1
        return super().__getitem__(name)


@pytest.mark.parametrize(("options", "often"), [(("--resolution-interval", "0.1"), True), ((), False)])
def test_dns_is_asked_again_as_often_as_it_may(
    start: Start, run: Run, options: tuple[str, ...], often: bool
) -> None:
    # Each connection that the server gives up is a reason to ask DNS again.
    port = start("demo-1", "--max-connection-age", "0.2").address.rpartition(":")[2]
    names = Counted({"demo.lab.test": ["127.0.0.1"]})
    pace = ("--count", "40", "--interval", "0.05")
    with name_server(names) as server:
        done = run("client", f"dns://{server}/demo.lab.test:{port}", *pace, *options)
    assert len(pods(done.stdout)) == 40
    assert (names.given > 2) is often


@pytest.mark.parametrize(
    "arguments",
    [
        ("x:1", "--interval", "-1"),
        ("x:1", "--interval", "soon"),
        ("x:1", "--count", "0"),
        ("x:1", "--deadline", "0"),
        ("x:1", "--parallel", "0"),
        ("x:1", "--resolution-interval", "0"),
        ("x:1", "--reconnect-backoff", "0"),
        ("x:1", "--name", "\udcff"),
        ("x:1", "--service-config", "{"),
        ("x:1", "--service-config", "[]"),
        ("x:1", "--channels", "2", "--new-channel"),
        ("x:1", "--policy", "round_robin", "--service-config", "{}"),
        ("",),
        (),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        client.main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


class Reading(greeter_pb2_grpc.GreeterServicer):
    """Answers with a header of the request."""

    def SayHello(self, request: greeter_pb2.HelloRequest, context: Any) -> greeter_pb2.HelloReply:  # noqa: N802
        found = dict(context.invocation_metadata())
        return greeter_pb2.HelloReply(
            message=f'"reader" says: {request.name} {found["track"]} {found["user"]}'
        )


def test_metadata_goes_with_each_greeting(run: Run) -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    greeter_pb2_grpc.add_GreeterServicer_to_server(Reading(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        pairs = ["--metadata", "track=canary", "--metadata", "user=a=b"]
        done = run("client", f"127.0.0.1:{port}", "--count", "2", *pairs, *QUICK)
    finally:
        server.stop(None)
    assert done.stdout.count('"reader" says: world canary a=b') == 2


@pytest.mark.parametrize(
    "pair", ["track", "Track=a", "grpc-timeout=1S", "key-bin=a", "a=\n", "=a", "a=\u00fc"]
)
def test_metadata_that_grpc_does_not_send_as_text_is_refused(run: Run, pair: str) -> None:
    done = run("client", "127.0.0.1:1", "--metadata", pair)
    assert done.returncode == 2
    assert "is not NAME=VALUE" in done.stderr
