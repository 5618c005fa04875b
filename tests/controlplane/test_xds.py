"""gRPC's own xDS client, in a process of its own, on the control plane."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable

import grpc.aio
import pytest

from controlplane import xds
from controlplane.errors import ControlPlaneError
from controlplane.resources import ENDPOINT, Locality, resource
from controlplane.slices import Endpoint
from controlplane.v3 import endpoint_pb2
from controlplane.xds import ControlPlane, handler
from greeter.generate import ROOT
from tests.controlplane.conftest import greeter
from tests.patience import PATIENCE


def run(test: Awaitable[None]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE):
            await test

    asyncio.run(whole())


async def client(port: int, listener: str, *options: str) -> asyncio.subprocess.Process:
    bootstrap = {
        "xds_servers": [
            {"server_uri": f"127.0.0.1:{port}", "channel_creds": [{"type": "insecure"}],
             "server_features": ["xds_v3"]}
        ],
        "node": {"id": "client"},
    }  # fmt: skip
    environment = {**os.environ, "GRPC_XDS_BOOTSTRAP_CONFIG": json.dumps(bootstrap), "PYTHONPATH": str(ROOT)}
    command = (
        sys.executable,
        "-m",
        "greeter",
        "client",
        f"xds:///{listener}",
        "--interval",
        "0.02",
        *options,
    )
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)


async def pods(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    assert process.stdout
    async for line in process.stdout:
        found = re.search(rb'Greeting: "(.*)" says', line)
        assert found, line
        yield found[1].decode()


async def served(plane: ControlPlane) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler(plane),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


async def answered(plane: ControlPlane, name: str, count: int) -> list[str]:
    """Who answers so many greetings of one client, in turn."""
    server, port = await served(plane)
    process = await client(port, name, "--count", str(count))
    answers = [pod async for pod in pods(process)]
    await process.wait()
    await server.stop(0)
    return answers


def at(port: int) -> Endpoint:
    return Endpoint("127.0.0.1", port)


def test_a_client_follows_the_endpoints_and_acks_them(capsys: pytest.CaptureFixture[str]) -> None:
    async def test() -> None:
        plane = ControlPlane({"greeter": [Locality("demo")]})
        async with greeter("a") as a, greeter("b") as b:
            plane.take("demo", (at(a),))
            server, port = await served(plane)
            process = await client(port, "greeter")
            seen = pods(process)
            assert await anext(seen) == "a"
            plane.take("demo", (at(b),))
            async for pod in seen:
                if pod == "b":
                    break
            process.terminate()
            await process.wait()
            await server.stop(0)

    run(test())
    said = capsys.readouterr().out
    for kind in ("Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment"):
        assert f"client: ACK {kind} version 1" in said
    assert "client: ACK ClusterLoadAssignment version 2" in said
    assert "NACK" not in said


def test_traffic_goes_by_the_weights_of_localities_not_by_their_pods() -> None:
    async def test() -> None:
        plane = ControlPlane({"zones": [Locality("many", 1), Locality("one", 3)]})
        async with greeter("a") as a, greeter("b") as b, greeter("far") as far:
            plane.take("many", (at(a), at(b)))
            plane.take("one", (at(far),))
            answers = await answered(plane, "zones", 400)
        # While connections are made, one locality may be alone for a moment: the first are left out.
        late = answers[100:]
        # Each greeting draws a locality: 225 of 300 expected, and 45 are six standard deviations.
        assert abs(late.count("far") - 225) < 45
        assert late.count("a") > 0
        assert late.count("b") > 0

    run(test())


def test_a_client_that_leaves_leaves_nothing_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        plane = ControlPlane({"greeter": [Locality("demo")]})
        async with greeter("a") as a:
            plane.take("demo", (at(a),))
            server, port = await served(plane)
            process = await client(port, "greeter")
            assert await anext(pods(process)) == "a"
            process.kill()
            await process.wait()
            while plane._changes:
                await asyncio.sleep(0.01)
            # A task that still waited for a change would be destroyed here.
            gc.collect()
            await server.stop(0)

    run(test())
    assert "Task was destroyed" not in caplog.text


def test_round_robin_passes_the_weights_of_endpoints_over(capsys: pytest.CaptureFixture[str]) -> None:
    async def test() -> None:
        plane = ControlPlane({"greeter": [Locality("demo", 1, first=10)]})
        async with greeter("a") as a, greeter("b") as b:
            plane.take("demo", (at(a), at(b)))
            answers = await answered(plane, "greeter", 200)
        late = answers[100:]
        assert abs(late.count("a") - late.count("b")) <= 1

    run(test())
    # It was told of the weight and had nothing against it.
    assert "client: ACK ClusterLoadAssignment version 1" in capsys.readouterr().out


def test_a_weight_of_the_first_endpoint_is_said_of_it_alone() -> None:
    known = {"demo": (at(1), at(2))}
    found = resource(ENDPOINT, "greeter", {"greeter": [Locality("demo", 3, first=10)]}, known)
    assert isinstance(found, endpoint_pb2.ClusterLoadAssignment)
    (place,) = found.endpoints
    assert [one.load_balancing_weight.value for one in place.lb_endpoints] == [10, 0]
    assert not place.lb_endpoints[1].HasField("load_balancing_weight")
    assert place.load_balancing_weight.value == 3


@pytest.mark.parametrize(
    "told",
    [
        "greeter",
        "=demo",
        "greeter=",
        "greeter=demo:x",
        "greeter=demo:-1",
        "greeter=demo:1/0",
        "greeter=demo/2",
    ],
)
def test_a_listener_that_cannot_be_understood_is_refused(
    told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        xds.main(["--listener", told, "--namespace", "me"])
    assert ended.value.code == 2
    assert "NAME=SERVICE[:WEIGHT[/FIRST]]" in capsys.readouterr().err


def test_outside_a_pod_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ControlPlaneError, match="automountServiceAccountToken"):
        xds.main(["--listener", "greeter=demo", "--namespace", "me"])
