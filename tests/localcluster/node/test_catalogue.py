"""Images: what they are called, what they run, and that the two real ones do run."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from localcluster.host import addresses
from localcluster.network import dns
from localcluster.network.directory import Directory
from localcluster.node import catalogue
from localcluster.node.catalogue import KNOWN, Request
from localcluster.node.settings import Settings
from tests.localcluster.node.lab import Lab, container, in_lab, pod
from tests.localcluster.samples import endpoint, piece, service

SETTINGS = Settings(address="127.70.0.1", api=("127.70.0.1", 6443), dns="127.70.0.10:1053")


def request(*args: str, **environment: str) -> Request:
    return Request(args, environment, "127.70.64.1", Path("folder"), SETTINGS)


@pytest.mark.parametrize(
    "image",
    [
        "greeter",
        "demo/greeter:dev",
        "mkmik/tlsdemo-greeter:1",
        "localhost:5000/a/b/x-greeter",
        "greeter@sha256:00",
        "registry.example:443/greeter:v1@sha256:00",
    ],
)
def test_images_of_the_greeter(image: str) -> None:
    assert KNOWN.find(image) is catalogue.run_greeter


@pytest.mark.parametrize("image", ["envoyproxy/envoy:v1.40.0", "envoy", "docker.io/envoyproxy/envoy"])
def test_images_of_envoy(image: str) -> None:
    assert KNOWN.find(image) is catalogue.run_envoy


@pytest.mark.parametrize(
    "image", ["nginx", "greeter/nginx", "greeters:1", "mygreeter", "x-envoy", "greeter-tools", "a:greeter"]
)
def test_other_images_are_not_known(image: str) -> None:
    assert KNOWN.find(image) is None


@pytest.mark.parametrize(
    ("image", "there"),
    [
        ("greeter", True),
        ("demo/greeter:dev", True),
        ("localhost:5000/x-controlplane:latest", True),
        ("greeter:nope", False),
        ("greeter@sha256:00", False),
        ("envoyproxy/envoy:v1.40.0", True),
        ("envoyproxy/envoy:distroless-v1.30-latest@sha256:00", True),
        ("envoyproxy/envoy:nope", False),
        ("nginx:latest", False),
    ],
)
def test_images_that_nobody_has_to_build(image: str, there: bool) -> None:
    assert KNOWN.is_published(image) is there


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("demo/greeter:dev", "docker.io/demo/greeter:dev"),
        ("envoy", "docker.io/library/envoy:latest"),
        ("localhost/a:1", "localhost/a:1"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("ghcr.io/x/greeter@sha256:00", "ghcr.io/x/greeter@sha256:00"),
    ],
)
def test_images_in_full(image: str, full: str) -> None:
    assert catalogue.canonical(image) == full


def test_the_greeter_is_told_its_address_and_the_dns_server() -> None:
    command = catalogue.run_greeter(request("server", HOSTNAME="demo"))
    assert command.argv[1:] == ["-P", "-m", "greeter", "server"]
    assert command.environment["GREETER_ADDRESS"] == "127.70.64.1:50051"
    assert command.environment["GREETER_DNS_SERVER"] == "127.70.0.10:1053"
    assert command.environment["HOSTNAME"] == "demo"
    assert command.parting == signal.SIGKILL


@pytest.mark.parametrize(
    ("wanted", "used"),
    [
        ("127.70.64.1:7000", "127.70.64.1:7000"),
        ("[::]:7000", "127.70.64.1:7000"),
        ("0.0.0.0:7000", "127.70.64.1:7000"),
        (":7000", "127.70.64.1:7000"),
    ],
)
def test_the_greeter_listens_on_the_pods_address_only(wanted: str, used: str) -> None:
    assert catalogue.run_greeter(request(GREETER_ADDRESS=wanted)).environment["GREETER_ADDRESS"] == used


def test_envoy_is_told_the_dns_server() -> None:
    command = catalogue.run_envoy(request("--config-yaml", "{}"))
    assert command.argv[1:3] == ["--config-yaml", "{}"]
    assert command.argv[3:5] == ["--config-path", "folder/dns.json"]
    assert command.argv[5:] == ["--concurrency", "1", "--log-level", "warning", "--disable-hot-restart"]
    resolver = json.loads(command.files["dns.json"])["typed_dns_resolver_config"]["typed_config"]
    assert resolver["resolvers"] == [{"socket_address": {"address": "127.70.0.10", "port_value": 1053}}]
    assert command.parting == signal.SIGTERM


def test_envoys_own_options_win() -> None:
    args = ["-l", "info", "--concurrency=2", "--disable-hot-restart", "-c", "own.yaml"]
    command = catalogue.run_envoy(request(*args))
    assert command.argv[1:] == args
    assert command.files == {}


ENVOY = """
static_resources:
  listeners:
  - address: {socket_address: {address: $(POD_IP), port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: greeter
          cluster: greeter
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: /dev/stdout
              log_format: {text_format_source: {inline_string: "to %UPSTREAM_HOST%\\n"}}
  clusters:
  - name: greeter
    type: STRICT_DNS
    load_assignment:
      cluster_name: greeter
      endpoints:
      - lb_endpoints:
        - endpoint:
            address: {socket_address: {address: demo.lab.svc.cluster.local, port_value: 50051}}
"""
POD_IP = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}


def greeter(**more: Any) -> dict[str, Any]:
    probe = {"grpc": {"port": 50051}}
    return {
        "name": "main",
        "image": "demo/greeter:dev",
        "args": ["server"],
        "readinessProbe": probe,
        **more,
    }


def test_the_greeter_runs_and_is_reached_through_envoy_by_name(
    tmp_path: Path, block: addresses.Block
) -> None:
    async def test(lab: Lab) -> None:
        directory = Directory()
        server = dns.Server(dns.Zone(directory))
        await server.start(block.dns, 1053)
        try:
            lab.create(pod("demo", greeter()))
            await lab.until(lab.is_ready)
            address = lab.status()["podIP"]
            directory.apply("Service", service(ip="None"), deleted=False)
            directory.apply("EndpointSlice", piece(endpoint(address)), deleted=False)
            probe = {"grpc": {"port": 8080}, "periodSeconds": 1}
            proxy = container(image="envoyproxy/envoy:v1.40.0", env=[POD_IP], readinessProbe=probe)
            flush = ["--file-flush-interval-msec", "50"]
            lab.create(pod("proxy", {**proxy, "args": ["--config-yaml", ENVOY, *flush]}))
            await lab.until(lambda: lab.is_ready("proxy"))
            await lab.says(f"to {address}:50051", "proxy")
            lab.delete()
            await lab.gone()
        finally:
            await server.stop()

    in_lab(tmp_path, block, test, catalogue=KNOWN)


def test_a_wrong_command_of_the_greeter_crashes(tmp_path: Path, block: addresses.Block) -> None:
    async def test(lab: Lab) -> None:
        lab.create(pod("demo", greeter(args=["no-such-command"])))
        await lab.until(lambda: lab.reason() == "CrashLoopBackOff")
        assert lab.first()["lastState"]["terminated"]["exitCode"] != 0
        assert "no-such-command" in await lab.log(previous=True)

    in_lab(tmp_path, block, test, catalogue=KNOWN)
