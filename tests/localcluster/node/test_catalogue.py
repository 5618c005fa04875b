"""Images: what they are called, what they run, and that the two real ones do run."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from localcluster.host import programs
from localcluster.node import catalogue as images
from localcluster.node.catalogue import KNOWN, Catalogue, Request
from tests.localcluster.node.lab import Lab, container, pod
from tests.localcluster.samples import endpoint, piece, service


def request(*args: str, **environment: str) -> Request:
    return Request(args, environment, "127.70.64.1", Path("folder"), "127.70.1.1:1053")


def recipe_of(image: str) -> images.Recipe | None:
    found = KNOWN.find(image)
    return found.recipe if found else None


@pytest.mark.parametrize(
    ("names", "recipe"),
    [
        ("greeter demo/greeter:dev mkmik/tlsdemo-greeter:1 localhost:5000/a/b/x-greeter", images.run_python),
        ("greeter@sha256:00 registry.example:443/greeter:v1@sha256:00", images.run_python),
        ("envoyproxy/envoy:v1.40.0 envoy docker.io/envoyproxy/envoy", images.run_envoy),
        ("nginx greeter/nginx greeters:1 mygreeter x-envoy greeter-tools a:greeter", None),
    ],
)
def test_which_images_are_known(names: str, recipe: images.Recipe | None) -> None:
    assert {recipe_of(name) for name in names.split()} == {recipe}


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
    assert images.canonical(image) == full


def test_a_program_of_the_greeters_image_has_the_pods_names_and_ports() -> None:
    command = images.run_python(request("-m", "greeter", "server", HOSTNAME="demo", PYTHONPATH="own"))
    assert command.argv[1:] == ["-m", "greeter", "server"]
    path = [str(images.INSIDE), "own", str(images.SOURCE)]
    assert command.environment["PYTHONPATH"].split(":") == path
    assert command.environment["LOCALCLUSTER_ADDRESS"] == "127.70.64.1"
    assert command.environment["LOCALCLUSTER_RESOLVER"] == "127.70.1.1:1053"
    assert command.environment["HOSTNAME"] == "demo"
    assert command.parting == signal.SIGKILL


@pytest.mark.parametrize(
    ("command", "args", "used"),
    [
        ([], ["server"], ["-m", "greeter", "server"]),
        (["python", "-m", "greeter"], ["server"], ["-m", "greeter", "server"]),
        (["python3", "-c", "pass"], [], ["-c", "pass"]),
    ],
)
def test_a_command_takes_the_place_of_the_entrypoint(
    command: list[str], args: list[str], used: list[str]
) -> None:
    image = KNOWN.find("greeter")
    assert image
    assert image.arguments(command, args) == used


@pytest.mark.parametrize(
    "args", [["-I", "-c", ""], ["-uS", "x.py"], ["-W", "error", "-E", "-m", "greeter"], ["-Xutf8", "-Ic", ""]]
)
def test_python_is_not_run_without_the_pods_names_and_ports(args: list[str]) -> None:
    with pytest.raises(programs.ProgramError, match=r"SCOPE\.md"):
        images.run_python(request(*args))


@pytest.mark.parametrize(
    "args",
    [["-c", "", "-I"], ["-m", "greeter", "-S"], ["x.py", "-E"], ["-W", "-I", "x.py"], ["-u"], ["-", "-I"]],
)
def test_words_of_the_program_are_no_options_of_python(args: list[str]) -> None:
    assert images.run_python(request(*args)).argv[1:] == args


def test_envoy_is_told_the_dns_server() -> None:
    command = images.run_envoy(request("--config-yaml", "{}"))
    assert command.argv[1:3] == ["--config-yaml", "{}"]
    assert command.argv[3:5] == ["--config-path", "folder/dns.json"]
    assert command.argv[5:] == ["--concurrency", "1", "--log-level", "warning", "--disable-hot-restart"]
    resolver = json.loads(command.files["dns.json"])["typed_dns_resolver_config"]["typed_config"]
    assert resolver["resolvers"] == [{"socket_address": {"address": "127.70.1.1", "port_value": 1053}}]
    assert command.parting == signal.SIGTERM


def test_envoys_own_options_win() -> None:
    args = ["-l", "info", "--concurrency=2", "--disable-hot-restart", "-c", "own.yaml"]
    command = images.run_envoy(request(*args))
    assert command.argv[1:] == args
    assert command.files == {}


ENVOY = """
static_resources:
  listeners:
  - address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
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
            address: {socket_address: {address: demo.lab, port_value: 50051}}
"""


@pytest.fixture
def catalogue() -> Catalogue:
    return KNOWN


def greeter(**more: Any) -> dict[str, Any]:
    probe = {"grpc": {"port": 50051}}
    return {
        "name": "main",
        "image": "demo/greeter:dev",
        "args": ["server"],
        "readinessProbe": probe,
        **more,
    }


async def test_the_greeter_runs_and_is_reached_through_envoy_by_name(lab: Lab) -> None:
    lab.create(pod("demo", greeter()))
    await lab.until(lab.is_ready)
    address = lab.status()["podIP"]
    lab.directory.apply("Service", service(ip="None"), deleted=False)
    lab.directory.apply("EndpointSlice", piece(endpoint(address)), deleted=False)
    probe = {"grpc": {"port": 8080}, "periodSeconds": 1}
    proxy = container(image="envoyproxy/envoy:v1.40.0", readinessProbe=probe)
    flush = ["--file-flush-interval-msec", "50"]
    lab.create(pod("proxy", {**proxy, "args": ["--config-yaml", ENVOY, *flush]}))
    await lab.until(lambda: lab.is_ready("proxy"))
    await lab.says(f"to {address}:50051", "proxy")
    lab.delete()
    await lab.gone()


async def test_a_wrong_command_of_the_greeter_crashes(lab: Lab) -> None:
    lab.create(pod("demo", greeter(args=["no-such-command"])))
    await lab.until(lambda: lab.reason() == "CrashLoopBackOff")
    assert lab.first()["lastState"]["terminated"]["exitCode"] != 0
    assert "no-such-command" in await lab.log(previous=True)
