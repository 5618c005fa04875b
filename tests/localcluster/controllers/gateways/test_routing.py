"""From objects to answers: the controller, a real Envoy and gRPC through it."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from localcluster.host import addresses
from localcluster.host.addresses import Block
from localcluster.network.gateway import DataPlane
from localcluster.types import Object
from tests.localcluster.controllers.gateways.world import World, conditions
from tests.localcluster.objects.custom.samples import backend, gateway, listener, match, route, tls
from tests.patience import PATIENCE

METHOD = "/greeter.v1.Greeter/SayHello"


class Pods:
    """gRPC servers that answer every method with their own name and the metadata they got."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._servers: list[grpc.aio.Server] = []

    async def start(self, name: str) -> tuple[str, int]:
        async def answer(_: bytes, context: Any) -> bytes:
            await context.send_initial_metadata((("from", name),))
            found = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
            return json.dumps({"name": name, **found}).encode()

        class Every(grpc.GenericRpcHandler):
            def service(self, _: grpc.HandlerCallDetails) -> Any:
                return grpc.unary_unary_rpc_method_handler(answer)

        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((Every(),))
        address = self.block.at(64, 1 + len(self._servers))
        port = server.add_insecure_port(f"{address}:0")
        await server.start()
        self._servers.append(server)
        return address, port

    async def stop(self) -> None:
        for server in self._servers:
            await server.stop(None)


class Lab:
    """A world whose data plane is real."""

    def __init__(self, folder: Path, block: Block) -> None:
        self.world = World(block)
        self.pods = Pods(block)
        self.plane = DataPlane(folder / "gateway", block)

    async def service(self, name: str, pods: int = 1) -> None:
        """A Service whose pods are called like it."""
        self.world.service(name, tuple([await self.pods.start(name) for _ in range(pods)]))

    async def settle(self) -> None:
        await self.world.controller.reconcile(self.plane)

    @property
    def address(self) -> str:
        return str(self.world.status()["addresses"][0]["value"])

    def channel(self, port: int = 8000, host: str = "", trusted: str = "") -> grpc.aio.Channel:
        """A channel to the Gateway, over TLS when there is a certificate to trust."""
        options: list[tuple[str, Any]] = [("grpc.use_local_subchannel_pool", 1)]
        target = f"{self.address}:{port}"
        if not trusted:
            options += [("grpc.default_authority", host)] if host else []
            return grpc.aio.insecure_channel(target, options)
        options += [("grpc.ssl_target_name_override", host)]
        return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(trusted.encode()), options)


async def ask(channel: grpc.aio.Channel, method: str = METHOD, **metadata: str) -> Any:
    """What a pod answers, or the code of the error."""
    call: Any = channel.unary_unary(method)
    try:
        return json.loads(await call(b"", timeout=PATIENCE, metadata=tuple(metadata.items())))
    except grpc.aio.AioRpcError as error:
        return error.code()


async def who(channel: grpc.aio.Channel, method: str = METHOD, **metadata: str) -> Any:
    found = await ask(channel, method, **metadata)
    return found["name"] if isinstance(found, dict) else found


@pytest.fixture
async def lab(tmp_path: Path, block: Block) -> AsyncIterator[Lab]:
    made = Lab(tmp_path, block)
    yield made
    await made.plane.stop()
    await made.pods.stop()


def rule(name: str, *matches: Object, **more: Any) -> Object:
    return {"matches": list(matches), "backendRefs": [backend(name)], **more}


async def test_methods_and_headers_choose_the_backend(lab: Lab) -> None:
    for name in ("any", "service", "method", "header", "regular"):
        await lab.service(name)
    wanted = {"name": "track", "value": "can.*", "type": "RegularExpression"}
    lab.world.make(
        gateway(),
        route(
            rule("any", match()),
            rule("service", match("greeter.v1.Greeter")),
            rule("method", match("greeter.v1.Greeter", "SayHello")),
            rule("header", {**match("greeter.v1.Greeter", "SayHello"), "headers": [wanted]}),
            rule("regular", match(r"other\..*", "Say(A|B)", kind="RegularExpression")),
        ),
    )
    await lab.settle()
    async with lab.channel() as channel:
        assert await who(channel, "/unknown.Service/Call") == "any"
        assert await who(channel, "/greeter.v1.Greeter/SayHellos") == "service"
        assert await who(channel) == "method"
        assert await who(channel, track="canary") == "header"
        assert await who(channel, track="a canary") == "method"
        assert await who(channel, "/other.v1.Greeter/SayB") == "regular"
        assert await who(channel, "/other.v1.Greeter/SayBC") == "any"


async def test_what_no_route_matches_is_unimplemented_and_what_has_no_pod_unavailable(lab: Lab) -> None:
    await lab.service("demo")
    await lab.service("empty", 0)
    lab.world.make(
        gateway(),
        route(
            rule("demo", match("greeter.v1.Greeter")),
            rule("empty", match("a.Empty")),
            rule("missing", match("a.Missing")),
            {"matches": [match("a.Zero")], "backendRefs": [backend(weight=0)]},
        ),
    )
    await lab.settle()
    async with lab.channel() as channel:
        assert await who(channel) == "demo"
        assert await who(channel, "/unknown.Service/Call") == grpc.StatusCode.UNIMPLEMENTED
        for service in ("a.Empty", "a.Missing", "a.Zero"):
            assert await who(channel, f"/{service}/Call") == grpc.StatusCode.UNAVAILABLE


async def test_weights_share_requests_of_one_channel_and_change_without_closing_it(lab: Lab) -> None:
    for name in ("stable", "canary"):
        await lab.service(name)
    shares = [backend("stable", weight=3), backend("canary", weight=1)]
    lab.world.make(gateway(), route({"backendRefs": shares}))
    await lab.settle()
    async with lab.channel() as channel:
        found = Counter([await who(channel) for _ in range(400)])
        # Of 400 draws with a quarter each, fewer than 50 or more than 150 come once in 10^8 runs.
        assert 50 < found["canary"] < 150
        assert found["canary"] + found["stable"] == 400
        shares[0]["weight"] = 0
        lab.world.registry.modify(
            "GRPCRoute", "lab", "demo", lambda one: one["spec"].update(rules=[{"backendRefs": shares}])
        )
        await lab.settle()
        assert {await who(channel) for _ in range(50)} == {"canary"}
        assert channel.get_state() == grpc.ChannelConnectivity.READY


async def test_one_channel_reaches_every_ready_pod(lab: Lab) -> None:
    first, second = [await lab.pods.start(name) for name in ("a", "b")]
    lab.world.service("demo", (first,))
    lab.world.make(gateway(), route())
    await lab.settle()
    async with lab.channel() as channel:
        assert {await who(channel) for _ in range(4)} == {"a"}
        lab.world.registry.delete("Service", "lab", "demo")
        lab.world.registry.delete("EndpointSlice", "lab", "demo-0")
        lab.world.service("demo", (first, second))
        await lab.settle()
        seen: set[str] = set()
        async with asyncio.timeout(PATIENCE):
            while seen != {"a", "b"}:
                seen.add(await who(channel))


async def test_hosts_choose_listeners_and_routes(lab: Lab) -> None:
    for name in ("exact", "wild"):
        await lab.service(name)
    lab.world.make(
        gateway(listener(hostname="*.example")),
        route(rule("exact"), name="exact", hostnames=["a.example"]),
        route(rule("wild"), name="wild"),
    )
    await lab.settle()
    for host, wanted in (
        ("a.example", "exact"),
        ("a.example:8000", "exact"),
        ("b.example", "wild"),
        ("other.test", grpc.StatusCode.UNIMPLEMENTED),
    ):
        async with lab.channel(host=host) as channel:
            assert await who(channel) == wanted, host


async def test_tls_ends_at_the_gateway_and_the_name_chooses_the_listener(lab: Lab) -> None:
    for name in ("a", "b"):
        await lab.service(name)
    trusted = lab.world.secret()
    hosts = {name: f"{name}.demo.example" for name in ("a", "b")}
    lab.world.make(
        gateway(*(listener(n, 8443, "HTTPS", hostname=host, tls=tls()) for n, host in hosts.items())),
        *(route(rule(n), name=n, parents=[{"name": "demo", "sectionName": n}]) for n in hosts),
    )
    await lab.settle()
    for name, host in hosts.items():
        async with lab.channel(8443, host, trusted) as channel:
            assert await who(channel) == name
    async with lab.channel(8443, "c.demo.example", trusted) as channel:
        assert await who(channel) == grpc.StatusCode.UNAVAILABLE
    async with lab.channel(8443) as channel:
        assert await who(channel) == grpc.StatusCode.UNAVAILABLE


async def test_a_new_certificate_is_shown_to_new_connections_and_old_ones_go_on(lab: Lab) -> None:
    await lab.service("demo")
    old = lab.world.secret()
    lab.world.make(gateway(listener(port=8443, protocol="HTTPS", tls=tls())), route())
    await lab.settle()
    async with lab.channel(8443, "demo.example", old) as first:
        assert await who(first) == "demo"
        lab.world.registry.delete("Secret", "lab", "demo-tls")
        new = lab.world.secret()
        await lab.settle()
        async with asyncio.timeout(PATIENCE):
            while True:
                async with lab.channel(8443, "demo.example", new) as second:
                    if await who(second) == "demo":
                        break
        assert await who(first) == "demo"


async def test_filters_change_headers_on_the_way_there_and_back(lab: Lab) -> None:
    await lab.service("demo")
    there = {
        "set": [{"name": "track", "value": "100%"}],
        "add": [{"name": "more", "value": "b"}],
        "remove": ["secret"],
    }
    back = {"set": [{"name": "from", "value": "gateway"}]}
    filters = [
        {"type": "RequestHeaderModifier", "requestHeaderModifier": there},
        {"type": "ResponseHeaderModifier", "responseHeaderModifier": back},
    ]
    lab.world.make(gateway(), route(rule("demo", filters=filters)))
    await lab.settle()
    async with lab.channel() as channel:
        found = await ask(channel, track="canary", secret="a")
        assert (found["track"], found["more"], "secret" in found) == ("100%", "b", False)
        method: Any = channel.unary_unary(METHOD)
        answered = await method(b"", timeout=PATIENCE).initial_metadata()
        assert dict(answered)["from"] == "gateway"


async def test_plain_http_is_answered_404_on_the_same_port(lab: Lab) -> None:
    await lab.service("demo")
    lab.world.make(gateway(), route())
    await lab.settle()
    reader, writer = await asyncio.open_connection(lab.address, 8000)
    writer.write(b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    writer.close()


async def test_envoy_runs_only_while_there_is_a_listener(lab: Lab, tmp_path: Path, block: Block) -> None:
    await lab.settle()
    assert not (tmp_path / "gateway").exists()
    lab.world.make(gateway())
    await lab.settle()
    assert (lab.address, 8000) in {(one.address, one.port) for one in addresses.listeners(block)}
    lab.world.registry.delete("Gateway", "lab", "demo")
    await lab.settle()
    assert addresses.listeners(block) == []


async def test_a_taken_port_is_told_and_had_once_it_is_free(lab: Lab, block: Block) -> None:
    lab.world.make(gateway())
    with socket.create_server((block.gateways[0], 8000)):
        assert await lab.world.controller.reconcile(lab.plane)
        assert lab.world.listener()["Programmed"] == ("False", "Invalid")
    lab.plane.again()
    assert not await lab.world.controller.reconcile(lab.plane)
    assert conditions(lab.world.status())["Programmed"] == ("True", "Programmed")
