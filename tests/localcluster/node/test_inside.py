"""Names and ports in a pod's Python programs: the reader's own code in real pods, by gRPC and by sockets."""

import json
import os
from typing import Any

import pytest
import trustme

from localcluster.host import addresses, sockets
from localcluster.node.catalogue import KNOWN, Catalogue
from localcluster.node.inside import sitecustomize as inside
from tests.localcluster.node.lab import Lab, pod
from tests.localcluster.samples import endpoint, piece, service

Object = dict[str, Any]

CALL = """
import asyncio, grpc, grpc.aio, json, os, socket, sys, time
from concurrent import futures

def answer(_, context):
    return os.environ["HOSTNAME"].encode()

class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(answer)

def serve(address, credentials=None):
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Handler()])
    if credentials:
        server.add_secure_port(address, credentials)
    else:
        server.add_insecure_port(address)
    server.start()
    return server

def call(target, credentials=None):
    channel = grpc.secure_channel(target, credentials) if credentials else grpc.insecure_channel(target)
    try:
        return channel.unary_unary("/a/b")(b"", timeout=10).decode()
    except grpc.RpcError as error:
        return error.code().name

async def call_async(target):
    async with grpc.aio.insecure_channel(target) as channel:
        try:
            return (await channel.unary_unary("/a/b")(b"", timeout=10)).decode()
        except grpc.RpcError as error:
            return error.code().name

def look_up(name):
    try:
        return sorted({entry[4][0] for entry in socket.getaddrinfo(name, 80)})
    except socket.gaierror as error:
        return str(error)

"""


def python(source: str, **env: str) -> Object:
    """A container of the greeter's image that runs a program."""
    variables = [{"name": name, "value": value} for name, value in {"GRPC_VERBOSITY": "NONE", **env}.items()]
    command = ["python", "-c", CALL + source]
    return {"name": "main", "image": "demo/greeter:dev", "command": command, "env": variables}


async def told(lab: Lab, name: str, source: str, **env: str) -> Any:
    """What a program prints as JSON."""
    lab.create(pod(name, python(source, **env), restartPolicy="Never"))
    await lab.until(lambda: lab.status(name).get("phase") in ("Succeeded", "Failed"))
    said = await lab.log(name)
    assert lab.status(name)["phase"] == "Succeeded", said
    return json.loads(said)


async def serving(lab: Lab, name: str, source: str = 'serve("[::]:50051")', **env: str) -> str:
    """Start a server; returns its pod's address."""
    lab.create(pod(name, python(f"server = {source}\nprint('up', flush=True)\ntime.sleep(600)", **env)))
    await lab.says("up", name)
    return str(lab.status(name)["podIP"])


def know(lab: Lab, name: str, *pods: str, namespace: str = "lab") -> None:
    """Let DNS know a headless Service."""
    lab.directory.apply("Service", service(name, namespace=namespace, ip="None"), deleted=False)
    slices = piece(*map(endpoint, pods), of=name, namespace=namespace)
    lab.directory.apply("EndpointSlice", slices, deleted=False)


@pytest.fixture
def catalogue() -> Catalogue:
    return KNOWN


NAMES = ["demo", "demo.lab", "demo.lab.svc", "demo.lab.svc.cluster.local", "demo.lab.svc.cluster.local."]


async def test_every_form_of_a_name_resolves(lab: Lab) -> None:
    address = await serving(lab, "server")
    know(lab, "demo", address)
    targets = [f"{scheme}{name}:50051" for scheme in ("", "dns:", "dns:///") for name in NAMES]
    found = await told(
        lab,
        "client",
        f"""
async def main():
    return [await call_async(target) for target in {targets}]
print(json.dumps({{
    "sync": [call(target) for target in {targets}], "aio": asyncio.run(main()),
    "names": [look_up(name) for name in {NAMES}],
    "more": [socket.gethostbyname("demo"), socket.gethostbyname_ex("demo.lab")[2]],
    "connected": socket.create_connection(("demo", 50051)).getpeername()[0],
}}))""",
    )
    assert found["sync"] == found["aio"] == ["server"] * len(targets)
    assert found["names"] == [[address]] * len(NAMES)
    assert found["more"] == [address, [address]]
    assert found["connected"] == address


async def test_a_short_name_is_one_of_the_pods_own_namespace(lab: Lab) -> None:
    know(lab, "hidden", "127.0.99.1", namespace="other")
    found = await told(
        lab,
        "client",
        'print(json.dumps([look_up(name) for name in ("hidden", "hidden.other")] + [call("hidden:1")]))',
    )
    assert found == ["[Errno -2] Name or service not known", ["127.0.99.1"], "UNAVAILABLE"]


@pytest.mark.parametrize("bind", ["[::]", "0.0.0.0", "localhost", "127.0.0.1"])  # noqa: S104 - that is tested
async def test_two_servers_on_one_port_are_two_pods_servers(
    lab: Lab, block: addresses.Block, bind: str
) -> None:
    port = 40000 + block.number
    ours = {await serving(lab, name, f'serve("{bind}:{port}")') for name in ("one", "two")}
    listening = {one.address for one in sockets.listeners() if one.port == port}
    assert listening == ours
    assert len(ours) == 2
    targets = [f"{address}:{port}" for address in sorted(ours)]
    found = await told(lab, "client", f"print(json.dumps([[call(one) for one in {targets}] * 5]))")
    assert len({tuple(answers) for answers in found}) == 1
    assert sorted(found[0][:2]) == ["one", "two"]


LISTEN = """
async def main():
    kept = [await asyncio.start_server(lambda r, w: w.close(), None, {port})]
    kept += [await asyncio.start_server(lambda r, w: w.close(), "localhost", {port} + 1)]
    six = socket.create_server(("", {port} + 2), family=socket.AF_INET6, dualstack_ipv6=True)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("", {port} + 3))
    server = grpc.aio.server()
    server.add_insecure_port("[::]:{last}")
    await server.start()
    print("up", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_whatever_listens_listens_on_the_pods_address_only(lab: Lab, block: addresses.Block) -> None:
    port = 41000 + 10 * block.number
    ports = range(port, port + 5)
    lab.create(pod("demo", python(LISTEN.format(port=port, last=port + 4))))
    await lab.says("up")
    found = {(one.address, one.port) for one in sockets.listeners() if one.port in ports}
    assert found == {(lab.status()["podIP"], each) for each in ports}


async def test_another_pods_address_cannot_be_bound(lab: Lab, block: addresses.Block) -> None:
    found = await told(
        lab,
        "client",
        f"""
def refusal(bind):
    try:
        bind()
    except (OSError, RuntimeError) as error:
        return str(error)
server = grpc.server(futures.ThreadPoolExecutor(1))
print(json.dumps([
    refusal(lambda: socket.socket().bind(("{block.at(99, 9)}", 5000))),
    refusal(lambda: server.add_insecure_port("{block.at(99, 9)}:5000")),
]))""",
    )
    assert found[0] == "[Errno 99] Cannot assign requested address"
    assert f"Failed to bind to address {block.at(99, 9)}:5000" in found[1]


async def test_localhost_is_the_pod_itself(lab: Lab) -> None:
    targets = ["localhost:50051", "127.0.0.1:50051", "[::1]:50051", "ipv4:127.0.0.1:50051", "one:50051"]
    calls = f"""
server = serve("127.0.0.1:50051") if os.environ["HOSTNAME"] == "one" else None
print(json.dumps([call(target) for target in {targets}] + [
    socket.socket().connect_ex((host, 50051)) for host in ("localhost", "127.0.0.1")]), flush=True)
time.sleep(600 if server else 0)
"""
    lab.create(pod("one", python(calls)))
    assert json.loads(await lab.says("]", "one")) == ["one"] * 5 + [0, 0]
    found = await told(lab, "two", calls)
    assert found == ["UNAVAILABLE"] * 5 + [111, 111]


async def test_a_certificate_is_checked_against_the_name_that_was_dialled(lab: Lab) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("demo", "localhost")
    env = {
        "ROOT": authority.cert_pem.bytes().decode(),
        "KEY": issued.private_key_pem.bytes().decode(),
        "CERT": b"".join(one.bytes() for one in issued.cert_chain_pems).decode(),
    }
    secure = """serve("[::]:50051",
        grpc.ssl_server_credentials([(os.environ["KEY"].encode(), os.environ["CERT"].encode())]))"""
    address = await serving(lab, "server", secure, **env)
    know(lab, "demo", address)
    know(lab, "alias", address)
    found = await told(
        lab,
        "client",
        f"""
roots = grpc.ssl_channel_credentials(os.environ["ROOT"].encode())
server = {secure.replace("50051", "50052")}
def override(target, name):
    return grpc.secure_channel(target, roots, [("grpc.ssl_target_name_override", name)])
print(json.dumps([call(target, roots) for target in ("demo:50051", "alias:50051", "localhost:50052")] + [
    override(target, name).unary_unary("/a/b")(b"", timeout=10).decode()
    for target, name in (("alias:50051", "demo"), ("127.0.0.1:50052", "localhost"))]))""",
        **env,
    )
    assert found == ["server", "UNAVAILABLE", "client", "server", "client"]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "ADDRESS", "127.70.64.1")
    monkeypatch.setattr(inside, "RESOLVER", "127.70.1.1:1053")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("target", "used"),
    [
        ("demo:50051", "dns://127.70.1.1:1053/demo:50051"),
        ("dns:///demo.lab:50051", "dns://127.70.1.1:1053/demo.lab:50051"),
        ("dns:demo", "dns://127.70.1.1:1053/demo"),
        ("dns://10.0.0.1/demo:50051", "dns://10.0.0.1/demo:50051"),
        ("127.70.64.9:50051", "127.70.64.9:50051"),
        ("ipv4:127.70.64.9:1,127.0.0.1:2", "ipv4:127.70.64.9:1,127.70.64.1:2"),
        ("unix:/run/x", "unix:/run/x"),
        ("xds:///demo", "xds:///demo"),
        ("localhost:50051", "127.70.64.1:50051"),
        ("[::1]:50051", "127.70.64.1:50051"),
    ],
)
def test_where_targets_lead(target: str, used: str) -> None:
    assert inside.pointed(target)[0] == used


@pytest.mark.usefixtures("here")
def test_an_own_authority_is_kept() -> None:
    assert inside.pointed("localhost:1")[1] == [("grpc.default_authority", "localhost:1")]
    assert inside.pointed("localhost:1", [("grpc.default_authority", "own")])[1] == []


@pytest.mark.usefixtures("here")
def test_the_control_planes_of_xds_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"xds_servers": [{"server_uri": "dns:///xds:50052", "channel_creds": []}], "node": {"id": "me"}}
    monkeypatch.setenv(inside.XDS_BOOTSTRAP, json.dumps(told))
    inside.point_bootstrap()
    (plane,) = json.loads(os.environ[inside.XDS_BOOTSTRAP])["xds_servers"]
    assert plane == {"server_uri": "dns://127.70.1.1:1053/xds:50052", "channel_creds": []}
