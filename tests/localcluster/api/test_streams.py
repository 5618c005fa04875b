"""exec, attach and portforward, message by message, with a node behind them that runs programs."""

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, ClientWSTimeout, WSMsgType, web

from localcluster.api.server import application
from localcluster.node.catalogue import KNOWN, Catalogue
from tests.localcluster.node.lab import CATALOGUE, Lab, Object, alive, container, pod
from tests.patience import PATIENCE

RECORDED = Path(__file__).parents[3].parent / "shared" / "conformance" / "streams.json"
NAMESPACE = "held-streams"
TOKEN = "a-token-for-tests"
V4, V5 = "v4.channel.k8s.io", "v5.channel.k8s.io"
SPDY = "SPDY/3.1+portforward.k8s.io"
PYTHON = {"python": (sys.executable, "-I", "-S")}
PROGRAMS = Catalogue([*KNOWN.images, *(replace(image, programs=PYTHON) for image in CATALOGUE.images)])
TALKER = "import sys\nfor line in sys.stdin: print('heard', line, end='')\nprint('end')"
LISTEN = (
    "import os, socket\nlistener = socket.create_server((os.environ['IP'], 7000))\nprint('up')\n"
    "while True:\n    wire, _ = listener.accept()\n    wire.sendall(wire.recv(100).upper())\n    wire.close()"
)

POD_IP: dict[str, Any] = {"env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]}
SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(3600)"


class Api:
    """A client of the API in front of a lab."""

    def __init__(self, lab: Lab, session: ClientSession, server: str) -> None:
        self.lab = lab
        self.session = session
        self.base = f"{server}/api/v1/namespaces/lab"
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    async def start(self, script: str = SLEEP, **more: Any) -> None:
        """Start the pod `demo`, whose program begins to speak."""
        self.lab.create(pod("demo", container(script, **more), terminationGracePeriodSeconds=1))
        await self.lab.says("\n")

    async def open(self, path: str, *protocols: str) -> ClientWebSocketResponse:
        """Open a stream."""
        patience = ClientWSTimeout(ws_close=10)
        return await self.session.ws_connect(
            self.base + path, protocols=protocols, headers=self.headers, timeout=patience
        )

    async def ask(self, path: str, *protocols: str, upgrade: str = "websocket") -> tuple[int, str]:
        """Ask for a stream that will be refused; the status and the body."""
        asked = {
            "Connection": "Upgrade",
            "Upgrade": upgrade,
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version": "13",
        }
        if protocols:
            asked["Sec-WebSocket-Protocol"] = ", ".join(protocols)
        async with self.session.get(self.base + path, headers=self.headers | asked) as answer:
            return answer.status, await answer.text()

    async def run(self, path: str, *protocols: str) -> dict[int, bytes]:
        """Open a stream and take everything until it ends, by channel."""
        async with asyncio.timeout(PATIENCE), await self.open(path, *protocols or (V5,)) as wire:
            said = [message.data async for message in wire]
        return by_channel(said)


def by_channel(messages: list[bytes]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for message in messages:
        found[message[0]] = found.get(message[0], b"") + message[1:]
    return found


@pytest.fixture
def catalogue() -> Catalogue:
    return PROGRAMS


@pytest.fixture
async def api(lab: Lab) -> AsyncIterator[Api]:
    """An API in front of a lab."""
    app = application(lab.registry, lab.kubelet.logs, lab.kubelet, TOKEN, lab.tokens)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as session:
        yield Api(lab, session, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


def execute(*argv: str, **more: str) -> str:
    """The path of an `exec` in the pod `demo`."""
    asked = [("command", word) for word in argv]
    return f"/pods/demo/exec?{urlencode(asked + list(({'stdout': 'true', 'stderr': 'true'} | more).items()))}"


# -- what a real cluster answered


def plain(text: str) -> str:
    """A text without what no two clusters have in common, and without what we say beyond it."""
    text = re.sub(r"[0-9a-f]{32,}", "<id>", text)
    text = re.sub(r'network namespace "[^"]*"', 'network namespace "<netns>"', text)
    return re.sub(r"; the image \S+ has [^()]*\(localcluster/SCOPE\.md\)", "", text)


def payload(frame: Object) -> bytes:
    if "data" in frame:
        return str(frame["data"]).encode()
    text = str(frame["bytes"])
    return bytes.fromhex(text) if re.fullmatch("([0-9a-f]{2})+", text) else text.encode("latin-1")


def expected(frames: list[Object]) -> dict[int, str]:
    sent = [bytes([frame["server"]]) + payload(frame) for frame in frames if "server" in frame]
    return {channel: plain(data.decode("latin-1")) for channel, data in by_channel(sent).items()}


async def replay(api: Api, exchange: Object) -> None:
    """Say what the recorded client said, and compare what comes back: per channel, then the end."""
    frames = exchange["frames"]
    wanted = expected(frames)
    async with (
        asyncio.timeout(PATIENCE),
        await api.open(exchange["request"], *exchange["protocols offered"]) as wire,
    ):
        assert wire.protocol == exchange["protocol chosen"]
        for frame in frames:
            if "client" in frame:
                await wire.send_bytes(bytes([frame["client"]]) + payload(frame))
        said: list[bytes] = []
        ends = any("close" in frame or "ended" in frame for frame in frames)
        while ends or seen(said) != wanted:
            message = await wire.receive()
            if message.type is not WSMsgType.BINARY:
                break
            said.append(message.data)
        assert seen(said) == wanted
        first = next(frame for frame in frames if "server" in frame)
        assert said[0][: len(payload(first)) + 1] == bytes([first["server"]]) + payload(first)
        if ends:
            assert (wire.close_code == 1000) == any(frame.get("close") == 1000 for frame in frames)


def seen(said: list[bytes]) -> dict[int, str]:
    return {channel: plain(data.decode("latin-1")) for channel, data in by_channel(said).items()}


def make_pods(lab: Lab) -> None:
    """The pods of the recording."""
    lab.registry.create("Namespace", {"metadata": {"name": NAMESPACE}})
    greeter = {"name": "greeter", "image": "demo/greeter:dev"}
    made = {
        "server": {**greeter, "args": ["server"]},
        "done": {**greeter, "image": "script:1", "args": ["print('done')"]},
        "talker": container(TALKER, name="greeter", stdin=True, stdinOnce=True),
    }
    for name, one in made.items():
        body = pod(name, one, restartPolicy="Never")
        body["metadata"]["namespace"] = NAMESPACE
        lab.registry.create("Pod", body)


PHASES = {"server": "Running", "done": "Succeeded", "talker": "Running"}


async def listening(lab: Lab, name: str, port: int) -> None:
    """Wait until a pod's program listens, as a readiness probe would."""

    def address() -> str:
        found = lab.registry.find("Pod", NAMESPACE, name) or {}
        return str((found.get("status") or {}).get("podIP", ""))

    def answers() -> bool:
        with socket.socket() as wire:
            return bool(address()) and wire.connect_ex((address(), port)) == 0

    await lab.until(answers)


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers of a real cluster beside this project")
async def test_the_recorded_exchanges(api: Api) -> None:
    def phase(name: str) -> str:
        found = api.lab.registry.find("Pod", NAMESPACE, name) or {}
        return str((found.get("status") or {}).get("phase", ""))

    api.base = api.base.replace("/lab", f"/{NAMESPACE}")
    make_pods(api.lab)
    await api.lab.until(lambda: {name: phase(name) for name in PHASES} == PHASES)
    await listening(api.lab, "server", 50051)
    for exchange in json.loads(RECORDED.read_text())["exchanges"]:
        try:
            await hold(api, exchange)
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(f"{exchange['what']}: {exchange['request']}") from error


async def hold(api: Api, exchange: Object) -> None:
    """Hold the API against one exchange."""
    protocols = exchange["protocols offered"]
    if protocols == [SPDY]:
        status, body = await api.ask(exchange["request"], *protocols)
        assert (status, "speaks WebSockets" in body) == (501, True)
    elif "refused" in exchange:
        status, body = await api.ask(exchange["request"], *protocols)
        assert status == exchange["refused"]
        wanted = exchange["body"]
        if isinstance(wanted, dict):
            answer = json.loads(body)
            assert {key: answer.get(key) for key in wanted} == wanted
        else:
            assert body == wanted
    else:
        await replay(api, exchange)


# -- what no recording shows


async def number_of(wire: ClientWebSocketResponse) -> str:
    """The first line a program writes, its process number."""
    said = b""
    while not said.endswith(b"\n"):
        said += (await wire.receive_bytes())[1:]
    return said.decode()


async def test_a_program_runs_in_the_environment_of_its_pod(api: Api) -> None:
    look = (
        "import os; print(os.environ['IP'], os.environ['HOSTNAME'], os.getcwd(), 'PYTHONPATH' in os.environ)"
    )
    await api.start(**POD_IP)
    said = (await api.run(execute("python", "-c", look)))[1].decode().split()
    assert said[:2] == [api.lab.status()["podIP"], "demo"]
    assert said[2].endswith("/main/work")
    assert said[3] == "False"


async def test_python_that_would_not_learn_of_its_pod_is_refused(api: Api) -> None:
    await api.start()
    said = json.loads((await api.run(execute("python", "-I", "-c", "print(1)")))[3])
    assert "python -I leaves out PYTHONPATH" in said["message"]


async def test_a_program_ends_with_its_client(api: Api) -> None:
    await api.start()
    async with await api.open(execute("python", "-c", SLEEP), V5) as wire:
        number = await number_of(wire)
        assert alive(number)
    await api.lab.until(lambda: not alive(number))
    assert api.lab.first()["state"].get("running")


async def test_a_program_ends_with_its_container(api: Api) -> None:
    await api.start()
    async with asyncio.timeout(PATIENCE), await api.open(execute("python", "-c", SLEEP), V5) as wire:
        number = await number_of(wire)
        api.lab.delete(grace=0)
        (status,) = [message.data[1:] async for message in wire]
        assert "exit code 137" in json.loads(status)["message"]
    await api.lab.until(lambda: not alive(number))


async def test_a_descendant_that_left_the_group_does_not_hold_the_stream(api: Api) -> None:
    script = (
        "import os, time\nleft, leaving = os.pipe()\nchild = os.fork()\n"
        "if not child: os.setsid(); os.write(leaving, b'.'); time.sleep(3600)\n"
        "os.read(left, 1)\nprint(child)"
    )
    await api.start()
    said = await api.run(execute("python", "-c", script))
    assert json.loads(said[3])["status"] == "Success"
    assert alive(said[1].decode())
    os.kill(int(said[1]), 9)


async def test_much_output_is_complete_and_what_is_not_wanted_blocks_nothing(api: Api) -> None:
    script = "import sys; print('x' * 3000000); print('y' * 300000, file=sys.stderr)"
    await api.start()
    said = await api.run(execute("python", "-c", script, stderr="false"))
    assert (len(said[1]), sorted(said)) == (3000001, [1, 3])


async def test_a_key_that_interrupts(api: Api) -> None:
    await api.start()
    path = execute("python", "-c", SLEEP, stdin="true", tty="true")
    async with asyncio.timeout(PATIENCE), await api.open(path, V5) as wire:
        await number_of(wire)
        await wire.send_bytes(b"\x04" + b'{"Width": 70000}')
        await wire.send_bytes(b"\x04nonsense")
        await wire.send_bytes(b"\x00\x03")
        said = by_channel([message.data async for message in wire])
    assert b"KeyboardInterrupt" in said[1]
    assert "exit code 130" in said[3].decode()


async def test_who_attaches_leaves_the_program_running(api: Api) -> None:
    script = "print('up')\nwhile True: print('heard', input())"
    await api.start(script, stdin=True)
    path = "/pods/demo/attach?stdin=true&stdout=true&stderr=true"
    for word in (b"one", b"two"):
        async with asyncio.timeout(PATIENCE), await api.open(path, V5) as wire:
            await wire.send_bytes(b"\x00" + word + b"\n")
            await wire.send_bytes(b"\xff\x00")  # not stdinOnce: the input stays open
            assert await number_of(wire) == f"heard {word.decode()}\n"
    assert api.lab.first()["state"].get("running")
    assert await api.lab.log() == "up\nheard one\nheard two\n"


async def test_a_terminal_of_the_containers_own(api: Api) -> None:
    script = "import os; print('up'); input(); print(os.get_terminal_size().columns, os.environ['TERM'])"
    await api.start(script, stdin=True, tty=True)
    path = "/pods/demo/attach?stdin=true&stdout=true&tty=true"
    async with asyncio.timeout(PATIENCE), await api.open(path, V4) as wire:
        await wire.send_bytes(b'\x04{"Width": 90, "Height": 20}')
        await wire.send_bytes(b"\x00\r")
        said = by_channel([message.data async for message in wire])
    assert said[1] == b"\r\n90 xterm\r\n"
    assert json.loads(said[3])["status"] == "Success"


async def test_a_port_is_forwarded(api: Api) -> None:
    await api.start(LISTEN, **POD_IP)
    path = "/pods/demo/portforward?ports=7000&ports=7001"
    async with asyncio.timeout(PATIENCE), await api.open(path, V4) as wire:
        await wire.send_bytes(b"\x00hello")
        said = by_channel([message.data async for message in wire])
    assert said[0] == (7000).to_bytes(2, "little") + b"HELLO"
    assert b"connection refused" in said[3]
    assert said[1] == (7000).to_bytes(2, "little")


async def test_a_forwarded_port_ends_with_its_pod(api: Api) -> None:
    await api.start(LISTEN, **POD_IP)
    async with asyncio.timeout(PATIENCE), await api.open("/pods/demo/portforward?ports=7000", V4) as wire:
        assert await wire.receive_bytes() == b"\x00" + (7000).to_bytes(2, "little")
        api.lab.delete(grace=0)
        assert [message.data async for message in wire] == [b"\x01" + (7000).to_bytes(2, "little")]


@pytest.mark.parametrize(
    ("path", "protocol", "words"),
    [
        (execute("sh"), V5 + "x", "403 requested protocol(s) are not supported: [v5.channel.k8s.iox]"),
        ("/pods/demo/portforward?ports=a", V4, '400 unable to parse "a" as a port'),
        ("/pods/demo/portforward?ports=7000,0", V4, '400 port "0" must be > 0'),
        ("/pods/demo/portforward?ports=70000", V4, '400 unable to parse "70000"'),
        ("/pods/demo/exec?command=x", V5, "400 you must specify at least 1 of stdin, stdout, stderr"),
        ("/pods/demo/attach?stderr=true&tty=true", V5, "400 you must specify at least 1 of stdin"),
    ],
)
async def test_what_is_refused(api: Api, path: str, protocol: str, words: str) -> None:
    await api.start()
    status, body = await api.ask(path, protocol)
    assert f"{status} {body}".startswith(words)


async def test_a_client_of_spdy_is_told_what_to_do(api: Api) -> None:
    await api.start()
    status, body = await api.ask(execute("python"), upgrade="SPDY/3.1")
    assert (status, "kubectl 1.31 or newer" in body) == (501, True)
    status, body = await api.ask("/pods/demo/portforward", upgrade="SPDY/3.1")
    assert (status, f"own address, {api.lab.status()['podIP']}" in body) == (501, True)
    async with api.session.get(api.base + execute("python"), headers=api.headers) as answer:
        assert (answer.status, (await answer.json())["message"]) == (400, "Upgrade request required")


async def test_a_get_alone_is_not_enough(api: Api) -> None:
    """Since 1.35 who opens a WebSocket needs `create` as well."""

    def role(*verbs: str) -> Object:
        rules = [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": list(verbs)}]
        return {"metadata": {"name": "-".join(verbs), "namespace": "lab"}, "rules": rules}

    def binding(name: str) -> Object:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}
        return {"metadata": {"name": name, "namespace": "lab"}, "roleRef": reference, "subjects": [subject]}

    await api.start()
    for verbs in (["get"], ["get", "create"]):
        api.lab.registry.create("Role", role(*verbs))
        api.lab.registry.create("RoleBinding", binding("-".join(verbs)))
    api.headers |= {"Impersonate-User": "get"}
    status, body = await api.ask(execute("python", "-V"), V5)
    assert (status, 'cannot create resource \\"pods/exec\\"' in body) == (403, True), body
    api.headers |= {"Impersonate-User": "get-create"}
    assert b"Python" in (await api.run(execute("python", "-V")))[1]
