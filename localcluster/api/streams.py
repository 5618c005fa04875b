"""`pods/exec`, `pods/attach` and `pods/portforward`: WebSockets whose messages begin with a channel's number.

After `k8s.io/kubernetes/pkg/registry/core/pod/rest/subresources.go` for what the API server refuses, and
`k8s.io/kubelet/pkg/cri/streaming` for what the node refuses and for the channels.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from localcluster.api import options, podlogs
from localcluster.api.calls import Call
from localcluster.errors import BadRequest, NotImplementedHere
from localcluster.node.sessions import ExecError, Session
from localcluster.objects.scope import PAGE
from localcluster.types import Object, dump

if TYPE_CHECKING:
    from localcluster.node.container import Container

log = logging.getLogger(__name__)

Answer = Callable[[Call], Awaitable[web.StreamResponse]]

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
V4, V5 = "v4.channel.k8s.io", "v5.channel.k8s.io"
# The oldest is also what a client means that names none.
_PROTOCOLS = (V5, V4, "channel.k8s.io")
_CHUNK = 64 << 10


class _RefusedError(Exception):
    """What the node refuses; the API server passes its plain text on."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def _stream(handler: Answer) -> Answer:
    @wraps(handler)
    async def answer(call: Call) -> web.StreamResponse:
        try:
            return await handler(call)
        except _RefusedError as error:
            return web.Response(status=error.status, text=str(error))
        except ConnectionError as error:
            log.info("a client of %s was lost: %s", call.request.path, error)
            return web.Response()

    return answer


@_stream
async def execute(call: Call) -> web.StreamResponse:
    """`GET /api/v1/namespaces/lab/pods/demo/exec?command=python&command=-V&stdout=true`, upgraded."""
    container, wanted = _running(call, 'container not found ("{container}")')
    argv, tty = call.request.query.getall("command", []), options.boolean(call.query, "tty")
    socket = await _upgrade(call, wanted)
    try:
        session = await container.execute(argv, stdin=STDIN in wanted, tty=tty)
    except ExecError as error:
        await _finish(socket, _not_executed(str(error)))
        return socket
    try:
        await _serve(socket, session, wanted)
    finally:
        container.leave(session)
    return socket


@_stream
async def attach(call: Call) -> web.StreamResponse:
    """`GET /api/v1/namespaces/lab/pods/demo/attach?stdin=true&stdout=true`, upgraded."""
    container, wanted = _running(call, "container {container} not found in pod {pod}")
    session = container.attach()
    try:
        socket = await _upgrade(call, wanted)
        await _serve(socket, session, wanted)
    finally:
        session.end()
    return socket


@_stream
async def forward(call: Call) -> web.StreamResponse:
    """`GET /api/v1/namespaces/lab/pods/demo/portforward?ports=50051`, upgraded: two channels a port."""
    pod = _pod(call)
    _check_upgrade(call)
    status, meta = pod.get("status") or {}, pod["metadata"]
    # Over SPDY each port comes in a stream of its own.
    ports = [] if _wants_spdy(call) else _ports(call.request.query.getall("ports", []))
    if not status.get("podIP") or status.get("phase") in ("Succeeded", "Failed"):
        raise _RefusedError(500, f'pod not found ("{_whole(meta)}")')
    _check_protocol(call, (V4,), f"connect to the pod's own address, {status['podIP']}")
    socket = web.WebSocketResponse(protocols=(V4,), compress=False)
    await socket.prepare(call.request)
    await _Forwarding(socket, status["podIP"], meta["uid"].replace("-", "")).run(ports)
    if call.request.transport is not None:
        call.request.transport.close()  # without a farewell, as the kubelet does
    return socket


# -- before the upgrade


def _pod(call: Call) -> Object:
    """The pod that is meant, for somebody who may; a WebSocket begins as a `GET` and must not need less.

    Raises:
        Forbidden: The user may not (https://github.com/kubernetes/kubernetes/pull/134577).
        NotFound, BadRequest: There is no such pod, or it has no node.
    """
    if call.request.method != "POST":
        call.check_may("create")
    pod = call.registry.get("Pod", call.target.namespace, call.target.name)
    if not (pod.get("spec") or {}).get("nodeName"):
        raise BadRequest(f"pod {call.target.name} does not have a host assigned")
    return pod


def _running(call: Call, missing: str) -> tuple[Container, set[int]]:
    """The container that is meant, and which of its streams; `missing` is said where it does not run."""
    pod = _pod(call)
    name = podlogs.choose_container(pod, call.query.get("container", ""))
    _check_upgrade(call)
    streams = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR}
    wanted = {number for stream, number in streams.items() if options.boolean(call.query, stream)}
    if options.boolean(call.query, "tty"):
        wanted -= {STDERR}  # a terminal has one output
    if not wanted:
        raise _RefusedError(400, "you must specify at least 1 of stdin, stdout, stderr")
    container = call.containers.running(pod, name)
    if container is None:
        raise _RefusedError(500, missing.format(container=name, pod=_whole(pod["metadata"])))
    _check_protocol(call, _PROTOCOLS, "use kubectl 1.31 or newer, without KUBECTL_REMOTE_COMMAND_WEBSOCKETS")
    return container, wanted


def _whole(meta: Object) -> str:
    return f"{meta['name']}_{meta['namespace']}"


def _ports(asked: Sequence[str]) -> list[int]:
    words = [word for text in asked for word in text.split(",")]
    if not words:
        raise _RefusedError(400, 'query parameter "port" is required')
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) < 6 and int(word) < 1 << 16):
            why = f'strconv.ParseUint: parsing "{word}": invalid syntax'
            raise _RefusedError(400, f'unable to parse "{word}" as a port: {why}')
        if int(word) < 1:
            raise _RefusedError(400, f'port "{word}" must be > 0')
    return [int(word) for word in words]


def _is_websocket(call: Call) -> bool:
    return call.request.headers.get("Upgrade", "").lower() == "websocket"


def _check_upgrade(call: Call) -> None:
    if "Upgrade" not in call.request.headers:
        raise BadRequest("Upgrade request required")


def _offered(call: Call) -> list[str]:
    listed = call.request.headers.getall("Sec-WebSocket-Protocol", [])
    return [word.strip() for text in listed for word in text.split(",")]


def _wants_spdy(call: Call) -> bool:
    """Whether the client wants SPDY, bare or (`kubectl port-forward`) inside a WebSocket."""
    return not _is_websocket(call) or any(word.upper().startswith("SPDY/") for word in _offered(call))


def _check_protocol(call: Call, known: Sequence[str], instead: str) -> None:
    """Go on with a client that speaks what we know.

    Raises:
        NotImplementedHere: It speaks SPDY; `instead` is what to do.
        _RefusedError: It speaks something else.
    """
    offered = _offered(call)
    if _wants_spdy(call) and not set(offered) & set(known):
        raise NotImplementedHere(
            f"pods/{call.target.subresource} of the local cluster speaks WebSockets, and this client needs "
            f"SPDY: {instead} ({PAGE})"
        )
    if offered and not set(offered) & set(known):
        text = f"requested protocol(s) are not supported: [{' '.join(offered)}]; supports [{' '.join(known)}]"
        raise _RefusedError(403, text)


# -- exec and attach


async def _upgrade(call: Call, wanted: set[int]) -> web.WebSocketResponse:
    """Open the WebSocket; an empty message on the lowest channel says that it is open."""
    socket = web.WebSocketResponse(protocols=_PROTOCOLS, compress=False)
    await socket.prepare(call.request)
    await socket.send_bytes(bytes([min(wanted - {STDIN}, default=ERROR)]))
    return socket


async def _serve(socket: web.WebSocketResponse, session: Session, wanted: set[int]) -> None:
    """Carry everything to and fro until the program has ended or the client has gone."""
    tell = asyncio.ensure_future(_tell(socket, session, wanted))
    hear = asyncio.ensure_future(_hear(socket, session))
    try:
        await asyncio.wait({tell, hear}, return_when=asyncio.FIRST_COMPLETED)
        if tell.done():
            await _finish(socket, _ended(tell.result()))
    finally:
        tell.cancel()
        hear.cancel()
        await asyncio.gather(tell, hear, return_exceptions=True)


async def _tell(socket: web.WebSocketResponse, session: Session, wanted: set[int]) -> int:
    async def pump(stream: int, output: AsyncIterator[bytes]) -> None:
        async for data in output:
            if stream in wanted:
                await socket.send_bytes(bytes([stream]) + data)

    pumps = [pump(stream, output) for stream, output in session.outputs().items()]
    end = asyncio.ensure_future(session.wait())
    await asyncio.gather(end, *pumps)
    return end.result()


async def _hear(socket: web.WebSocketResponse, session: Session) -> None:
    async for message in socket:
        if message.type not in (WSMsgType.BINARY, WSMsgType.TEXT):
            return
        data = message.data if message.type is WSMsgType.BINARY else message.data.encode()
        channel, content = data[:1], data[1:]
        if channel == bytes([STDIN]):
            await session.stdio.write(content)
        elif channel == bytes([RESIZE]):
            _resize(session, content)
        elif data == bytes([CLOSE, STDIN]):
            session.close_input()


def _resize(session: Session, content: bytes) -> None:
    """Take `{"Width": 100, "Height": 30}`; anything else is nothing, as it is to the kubelet."""
    with suppress(ValueError, KeyError, TypeError):
        size = json.loads(content)
        width, height = int(size["Width"]), int(size["Height"])
        if max(width, height) < 1 << 16 and min(width, height) >= 0:
            session.stdio.resize(width, height)


async def _finish(socket: web.WebSocketResponse, status: Object) -> None:
    """Say on the error channel how it ended, and close."""
    if socket.ws_protocol in (V4, V5):
        await socket.send_bytes(bytes([ERROR]) + dump(status).encode())
    elif status["status"] == "Failure":
        await socket.send_bytes(bytes([ERROR]) + status["message"].encode())
    await socket.close()


def _ended(code: int) -> Object:
    if not code:
        return {"metadata": {}, "status": "Success"}
    text = f"command terminated with exit code {code}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: {text}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _not_executed(why: str) -> Object:
    text = (
        "Internal error occurred: error executing command in container: failed to exec in container: "
        f'failed to start exec "{secrets.token_hex(32)}": OCI runtime exec failed: exec failed: {why}'
    )
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"Internal error occurred: {text}",
        "reason": "InternalError",
        "details": {"causes": [{"message": text}]},
        "code": 500,
    }


# -- portforward


class _Forwarding:
    """The connections of one request, each with a channel for data and one for its error."""

    def __init__(self, socket: web.WebSocketResponse, address: str, sandbox: str) -> None:
        self._socket = socket
        self._address = address
        self._sandbox = sandbox
        self._writers: dict[int, asyncio.StreamWriter] = {}

    async def run(self, ports: Sequence[int]) -> None:
        """Connect to each port, then carry everything until all connections or the client have ended."""
        for channel, port in enumerate(ports):
            for number in (2 * channel, 2 * channel + 1):
                await self._socket.send_bytes(bytes([number]) + port.to_bytes(2, "little"))
        readers = [await self._connect(2 * channel, port) for channel, port in enumerate(ports)]
        pumps = asyncio.gather(
            *(self._tell(2 * channel, reader) for channel, reader in enumerate(readers) if reader)
        )
        hear: asyncio.Future[None] = asyncio.ensure_future(self._hear())
        first: set[asyncio.Future[Any]] = {hear, pumps}
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hear.cancel()
            pumps.cancel()
            await asyncio.gather(hear, pumps, return_exceptions=True)
            for writer in self._writers.values():
                writer.close()

    async def _connect(self, channel: int, port: int) -> asyncio.StreamReader | None:
        try:
            reader, self._writers[channel] = await asyncio.open_connection(self._address, port)
        except OSError as error:
            why = os.strerror(error.errno).lower() if error.errno else str(error)
            # containerd's words; the pod's address is what its localhost is here.
            text = (
                f"error forwarding port {port} to pod {self._sandbox}, uid : failed to execute portforward "
                f'in network namespace "host": failed to connect to localhost:{port} inside namespace '
                f'"{self._sandbox}", IPv4: dial tcp4 127.0.0.1:{port}: connect: {why} '
                "IPv6 dial tcp6: address localhost: no suitable address found "
            )
            await self._socket.send_bytes(bytes([channel + 1]) + text.encode())
            return None
        return reader

    async def _tell(self, channel: int, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                await self._socket.send_bytes(bytes([channel]) + data)

    async def _hear(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY:
                return
            if message.data and (writer := self._writers.get(message.data[0])):
                writer.write(message.data[1:])
                with suppress(ConnectionError):
                    await writer.drain()
