"""The service network with a real Envoy: who is picked when, and what survives what."""

import asyncio
import contextlib
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from localcluster.host import addresses, programs
from localcluster.host.addresses import Block
from localcluster.network import envoy
from tests.localcluster.conftest import Echo
from tests.localcluster.samples import directory, endpoint, piece, service
from tests.patience import LOOK, PATIENCE, eventually

Start = Callable[[str, int], Echo]


def put(files: envoy.Files, wanted: envoy.Plan) -> None:
    """Write a plan's files without asking any Envoy."""
    files.prepare(wanted)
    files.open(wanted)


def test_a_port_with_endpoints_gets_a_listener() -> None:
    wanted = envoy.plan(directory(service(), pieces=(piece(endpoint("127.77.64.1")),)))
    assert wanted.listeners == {("127.77.16.9", 50051): "lab.demo.50051"}
    assert wanted.clusters == {"lab.demo.50051": [("127.77.64.1", 9000)]}


@pytest.mark.parametrize(
    ("ready", "serving", "listens"),
    [(True, None, True), (False, None, False), (False, True, True), (False, False, False)],
)
def test_only_ready_endpoints_count_or_else_those_that_still_serve(
    ready: bool, serving: bool | None, listens: bool
) -> None:
    pods = piece(endpoint("127.77.64.1", ready=ready, serving=serving))
    assert bool(envoy.plan(directory(service(), pieces=(pods,))).listeners) is listens


@pytest.mark.parametrize(
    ("port", "reason"),
    [({"port": 80}, "PortNotAvailable"), ({"port": 5353, "protocol": "UDP"}, "ProtocolNotSupported")],
)
def test_a_port_nobody_can_carry_is_a_problem_and_no_listener(port: dict[str, Any], reason: str) -> None:
    slice_ports = [{"name": "", "port": 9000}]
    found = directory(service(ports=[port]), pieces=(piece(endpoint("127.77.64.1"), ports=slice_ports),))
    wanted = envoy.plan(found)
    assert wanted.listeners == {}
    assert [problem.reason for problem in wanted.problems] == [reason]


def test_headless_services_and_aliases_are_left_to_dns() -> None:
    pods = piece(endpoint("127.77.64.1"))
    for one in (service(ip="None"), service(ip="", type="ExternalName", externalName="a.example")):
        assert envoy.plan(directory(one, pieces=(pods,))) == envoy.Plan()


def test_a_name_that_is_a_path_reaches_no_file(tmp_path: Path) -> None:
    found = directory(service("../../x"), pieces=(piece(endpoint("127.77.64.1"), of="../../x"),))
    put(envoy.Files(tmp_path / "envoy"), envoy.plan(found))
    assert {path.name for path in tmp_path.rglob("*.json")} == {
        "bootstrap.json",
        "clusters.json",
        "listeners.json",
    }


def test_files_of_services_that_went_are_removed(tmp_path: Path) -> None:
    files = envoy.Files(tmp_path)
    put(files, envoy.plan(directory(service(), pieces=(piece(endpoint("127.77.64.1")),))))
    assert [path.name for path in (tmp_path / "endpoints").iterdir()] == ["lab.demo.50051.json"]
    put(files, envoy.Plan())
    assert list((tmp_path / "endpoints").iterdir()) == []
    assert json.loads((tmp_path / "listeners.json").read_text()) == {"resources": []}


class Network:
    """A real Envoy whose plan a test changes."""

    def __init__(self, folder: Path, block: Block) -> None:
        self.block = block
        self.files = envoy.Files(folder)
        self.program = envoy.program(folder)
        self.place = (block.at(16, 9), 50051)

    async def endpoints(self, *pods: str) -> None:
        entries = piece(*(endpoint(pod) for pod in pods))
        found = directory(service(ip=self.place[0]), pieces=(entries,))
        await envoy.carry(self.files, envoy.plan(found))

    def pods(self) -> list[str]:
        return [self.block.at(64, last) for last in (1, 2, 3)]


@contextlib.asynccontextmanager
async def running(folder: Path, block: Block) -> AsyncIterator[Network]:
    made = Network(folder, block)
    await made.program.launch()
    try:
        await made.program.ready(PATIENCE)
        yield made
    finally:
        await made.program.stop()


@pytest.fixture
async def network(tmp_path: Path, block: Block) -> AsyncIterator[Network]:
    async with running(tmp_path, block) as made:
        yield made


async def until(condition: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(LOOK)


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(connection: Connection) -> str:
    reader, writer = connection
    writer.write(b"hello")
    async with asyncio.timeout(PATIENCE):
        return (await reader.read(100)).decode().partition(" ")[0]


async def hang_up(*connections: Connection) -> None:
    for _, writer in connections:
        writer.close()


async def picks(place: tuple[str, int], times: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(times):
        connection = await asyncio.open_connection(*place)
        found[await answer(connection)] += 1
        await hang_up(connection)
    return found


async def knock(place: tuple[str, int]) -> str:
    """Open a connection; one that is under way while the listener closes is reset."""
    try:
        _, writer = await asyncio.open_connection(*place)
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"
    writer.close()
    return "accepted"


async def accepts(place: tuple[str, int]) -> bool:
    return await knock(place) == "accepted"


async def refuses(place: tuple[str, int]) -> bool:
    return await knock(place) == "refused"


async def test_connections_are_spread_and_each_stays_where_it_is(network: Network, echo: Start) -> None:
    pods = network.pods()
    for pod in pods:
        echo(pod, 9000)
    assert await refuses(network.place)
    await network.endpoints(*pods)
    await until(lambda: accepts(network.place))
    # Fewer than 9 of 90 on one of three: less than once in a million runs (binomial, p = 1/3).
    found = await picks(network.place, 90)
    assert min(found[pod] for pod in pods) >= 9
    connection = await asyncio.open_connection(*network.place)
    assert len({await answer(connection) for _ in range(20)}) == 1
    await hang_up(connection)


async def test_open_connections_outlive_endpoint_listener_and_service(network: Network, echo: Start) -> None:
    first, second, _ = network.pods()
    echo(first, 9000)
    echo(second, 9000)
    await network.endpoints(first)
    await until(lambda: accepts(network.place))
    old = await asyncio.open_connection(*network.place)
    assert await answer(old) == first
    await network.endpoints(second)
    await until(lambda: _only(network.place, second))
    assert await answer(old) == first
    await network.endpoints()
    await until(lambda: refuses(network.place))
    assert await answer(old) == first
    await envoy.carry(network.files, envoy.Plan())
    await network.endpoints(second)
    await until(lambda: accepts(network.place))
    assert (await answer(old), await picks(network.place, 5)) == (first, Counter({second: 5}))
    await hang_up(old)


async def _only(place: tuple[str, int], pod: str) -> bool:
    return set(await picks(place, 5)) == {pod}


async def test_envoy_comes_back_with_its_listeners(tmp_path: Path, block: Block, echo: Start) -> None:
    async with running(tmp_path, block) as network:
        pod = network.pods()[0]
        echo(pod, 9000)
        await network.endpoints(pod)
        await until(lambda: accepts(network.place))
        before = network.program.pid
        network.program.signal(programs.KILL)
        await until(lambda: refuses(network.place))
        await until(lambda: accepts(network.place))
        assert network.program.pid != before
    assert [one.address for one in addresses.listeners(block) if one.port != 9000] == []


async def test_a_taken_port_is_had_once_it_is_free(network: Network, tmp_path: Path, echo: Start) -> None:
    pod = network.pods()[0]
    echo(pod, 9000)
    with socket.create_server(network.place):
        await network.endpoints(pod)
        await eventually(lambda: "cannot bind" in (tmp_path / "envoy.log").read_text())
    assert await refuses(network.place)
    network.files.again()
    await until(lambda: accepts(network.place))


async def test_the_admin_endpoint_is_private_and_no_socket_of_the_network(
    tmp_path: Path, block: Block
) -> None:
    deep = tmp_path / ("x" * 120)  # a socket's path may have 107 bytes
    deep.mkdir()
    async with running(deep, block):
        assert "listener_manager" in await envoy.Admin(deep).get("/stats?filter=listener_manager")
        assert addresses.listeners(block) == []
        assert (deep / "admin.sock").stat().st_mode & 0o077 == 0
