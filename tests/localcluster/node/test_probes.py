"""Probes: thresholds, periods, the three ways of asking, and the words of a failure."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent import futures
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from aiohttp import web
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from localcluster.host import addresses
from localcluster.node import probes
from localcluster.node.probes import Clock, ProbeError, Prober, Tally, Target
from tests.patience import PATIENCE, eventually

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("thresholds", "results", "verdicts"),
    [
        ((1, 3), "yynnnyn", [True, True, None, None, False, True, None]),
        ((2, 1), "yynyy", [None, True, False, None, True]),
        ((1, 1), "nn", [False, False]),
    ],
)
def test_thresholds_count_results_in_a_row(
    thresholds: tuple[int, int], results: str, verdicts: list[bool | None]
) -> None:
    tally = Tally(*thresholds)
    assert [tally.take(result == "y") for result in results] == verdicts


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_question_counts_once_per_period() -> None:
    hands = Hands()
    clock = Clock(10, hands)
    due = []
    for at in (100, 105, 110, 111, 119, 145, 149, 150):
        hands.at = at
        due.append(clock.due())
    assert due == [False, False, True, False, False, True, False, True]


def test_the_next_question_is_at_the_next_period_or_soon() -> None:
    hands = Hands()
    clock = Clock(10, hands)
    hands.at = 103
    assert clock.pause(eager=False) == 7
    assert clock.pause(eager=True) == probes.EAGER_SECONDS
    hands.at = 100 + probes.EAGER_FOR
    assert clock.due()
    assert clock.pause(eager=True) == probes.LATE_SECONDS
    hands.at = 500
    assert clock.pause(eager=False) == 0


async def ask(spec: Object, address: str, **ports: int) -> None:
    await probes.ask(spec, Target(address, ports), 1)


async def refusal(spec: Object, address: str, **ports: int) -> str:
    with pytest.raises(ProbeError) as caught:
        await ask(spec, address, **ports)
    return str(caught.value)


async def test_tcp(block: addresses.Block, echo: Callable[[str, int], Any]) -> None:
    address = block.at(64, 1)
    echo(address, 9000)
    await ask({"tcpSocket": {"port": 9000}}, address)
    await ask({"tcpSocket": {"port": "web"}}, address, web=9000)
    await ask({"tcpSocket": {"port": 9000, "host": address}}, block.at(64, 2))
    assert await refusal({"tcpSocket": {"port": 9001}}, address) == (
        f"dial tcp {address}:9001: connect: connection refused"
    )
    assert await refusal({"tcpSocket": {"port": "none"}}, address) == "couldn't find port: none"


@asynccontextmanager
async def served(address: str) -> AsyncIterator[list[str]]:
    agents: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        agents.append(request.headers["User-Agent"])
        return web.Response(status=int(request.headers.get("Wanted", 200)))

    application = web.Application()
    application.router.add_get("/healthy", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, address, 9000).start()
    yield agents
    await runner.cleanup()


async def test_http(block: addresses.Block) -> None:
    address = block.at(64, 1)

    def question(path: str, status: int = 200) -> Object:
        headers = [{"name": "Wanted", "value": str(status)}]
        return {"httpGet": {"port": "web", "path": path, "httpHeaders": headers}}

    target = Target(address, {"web": 9000})
    async with served(address) as agents:
        await probes.ask(question("/healthy"), target, 1)
        await probes.ask(question("healthy", 302), target, 1)
        assert all(agent.startswith("kube-probe/") for agent in agents)
        for wrong, status in ((question("/healthy", 503), 503), (question("/none"), 404)):
            with pytest.raises(ProbeError, match=f"HTTP probe failed with statuscode: {status}"):
                await probes.ask(wrong, target, 1)
    assert await refusal(question("/x"), address, web=9000) == (
        f'Get "http://{address}:9000/x": dial tcp {address}:9000: connect: connection refused'
    )


async def test_grpc(block: addresses.Block) -> None:
    address = block.at(64, 1)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    state = health.HealthServicer()
    state.set("", health_pb2.HealthCheckResponse.SERVING)
    state.set("greeter", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    server.add_insecure_port(f"{address}:9000")
    server.start()
    try:
        await ask({"grpc": {"port": 9000}}, address)
        unhealthy = await refusal({"grpc": {"port": 9000, "service": "greeter"}}, address)
        unknown = await refusal({"grpc": {"port": 9000, "service": "none"}}, address)
    finally:
        server.stop(0).wait()
    assert unhealthy == 'service unhealthy (responded with "NOT_SERVING")'
    assert unknown == 'error: health rpc probe failed: rpc error: code = NotFound desc =  (service "none")'
    closed = await refusal({"grpc": {"port": 9000}}, address)
    assert closed.startswith(f'timeout: failed to connect service "{address}:9000" within 1s')


async def test_grpc_without_a_health_service(block: addresses.Block) -> None:
    address = block.at(64, 1)
    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_insecure_port(f"{address}:9000")
    server.start()
    try:
        text = await refusal({"grpc": {"port": 9000}}, address)
    finally:
        server.stop(0).wait()
    assert text.startswith("error: this server does not implement the grpc health protocol")


async def test_a_server_that_is_silent_is_given_up(
    block: addresses.Block, echo: Callable[[str, int], Any]
) -> None:
    address = block.at(64, 1)
    echo(address, 9000)  # takes connections, and speaks no HTTP
    failed: list[str] = []

    enough = asyncio.Event()

    def note(text: str) -> None:
        failed.append(text)
        enough.set()

    spec = {"httpGet": {"port": 9000}, "periodSeconds": 1, "timeoutSeconds": 1}
    asking = asyncio.create_task(Prober("liveness", spec, Target(address, {}), lambda _: None, note).run())
    await enough.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert failed


async def test_readiness_is_told_as_soon_as_it_holds(
    block: addresses.Block, echo: Callable[[str, int], Any]
) -> None:
    address, told, failed = block.at(64, 1), list[bool](), list[str]()

    verdict = asyncio.Event()

    def note(holds: bool) -> None:
        told.append(holds)
        verdict.set()

    # A period that never comes within this test: only eager questions are put.
    spec = {"tcpSocket": {"port": 9000}, "periodSeconds": 3600}
    asking = asyncio.create_task(Prober("readiness", spec, Target(address, {}), note, failed.append).run())
    await asyncio.sleep(0)
    echo(address, 9000)
    await verdict.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert told == [True]
    assert failed == []


@pytest.mark.parametrize(("kind", "verdict"), [("startup", False), ("liveness", False)])
async def test_who_is_given_up_is_not_asked_again(
    block: addresses.Block, kind: probes.Kind, verdict: bool
) -> None:
    told: list[bool] = []
    spec = {"tcpSocket": {"port": 9000}, "periodSeconds": 1, "failureThreshold": 1}
    prober = Prober(kind, spec, Target(block.at(64, 1), {}), told.append, lambda _: None)
    await asyncio.wait_for(prober.run(), PATIENCE)
    assert told == [verdict]


@pytest.mark.parametrize("turns", range(4))
async def test_a_prober_ends_though_it_is_cancelled_in_the_moment_of_an_answer(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[asyncio.Future[None]] = []

    async def ask(*_: object) -> None:
        answers.append(asyncio.get_running_loop().create_future())
        await answers[-1]

    monkeypatch.setattr(probes, "ask", ask)
    target = probes.Target("127.0.0.1", {})
    prober = probes.Prober("readiness", {"periodSeconds": 60}, target, lambda _: None, lambda _: None)
    task = asyncio.create_task(prober.run())
    await eventually(lambda: answers)
    answers[0].set_result(None)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=PATIENCE)
    assert done
    assert task.cancelled()
