"""Probes: is a container started, alive, ready?

One probe of a container is a loop of its own, as in ``k8s.io/kubernetes/pkg/kubelet/prober``; the texts of
failures are those of the kubelet.
"""

import asyncio
import contextlib
import errno
import importlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, Literal

from localcluster.types import Object

Kind = Literal["startup", "liveness", "readiness"]

# A container that is not ready yet is also asked between its periods, so that it counts as ready when it is
# and not up to a period later. Only a success counts there; failures count once per period, as specified.
EAGER_SECONDS = 0.1
EAGER_FOR = 10.0
LATE_SECONDS = 1.0

_USER_AGENT = "kube-probe/1.36"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a container can be asked.

    Args:
        address: the pod's.
        ports: the container's named ports.
    """

    address: str
    ports: dict[str, int]

    def port(self, wanted: int | str) -> int:
        """A port by number or name; raises `ProbeError` for a name that is not there."""
        if isinstance(wanted, int):
            return wanted
        if wanted not in self.ports:
            raise ProbeError(f"couldn't find port: {wanted}")
        return self.ports[wanted]


class ProbeError(Exception):
    """A probe failed; the text is the kubelet's."""


@dataclass(slots=True)
class Tally:
    """Results in a row, against the thresholds of a probe."""

    success: int
    failure: int
    streak: int = 0
    """So many successes in a row, or, below zero, so many failures."""

    def take(self, ok: bool) -> bool | None:
        """Count a result; the verdict when a threshold is reached."""
        self.streak = max(self.streak, 0) + 1 if ok else min(self.streak, 0) - 1
        if self.streak >= self.success:
            return True
        return False if -self.streak >= self.failure else None


@dataclass(slots=True)
class Clock:
    """When to ask next: once per period, and in between while the answer is still no."""

    period: float
    now: Callable[[], float]
    begun: float = field(init=False)
    counted: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        """Begin the first period."""
        self.begun = self.now()

    def due(self) -> bool:
        """Whether a question put now is the one of its period; then the next period is awaited."""
        passed = int((self.now() - self.begun) / self.period)
        if passed < self.counted:
            return False
        self.counted = passed + 1
        return True

    def pause(self, eager: bool) -> float:
        """Seconds until the next question."""
        pause = self.begun + self.counted * self.period - self.now()
        if eager:
            pause = min(pause, EAGER_SECONDS if self.now() - self.begun < EAGER_FOR else LATE_SECONDS)
        return max(pause, 0)


@dataclass(frozen=True, slots=True)
class Prober:
    """One probe of one container.

    Args:
        kind: which of the three.
        spec: the ``Probe`` of the container.
        target: where to ask.
        told: called with each verdict, True or False, also when it is the same again.
        failed: called with the text of each failure that counts.
    """

    kind: Kind
    spec: Object
    target: Target
    told: Callable[[bool], None]
    failed: Callable[[str], None]

    async def run(self) -> None:
        """Ask until cancelled; a startup probe is over with its first verdict, a liveness probe with a no."""
        await asyncio.sleep(self.spec.get("initialDelaySeconds") or 0)
        tally = Tally(self.spec.get("successThreshold") or 1, self.spec.get("failureThreshold") or 3)
        clock = Clock(float(self.spec.get("periodSeconds") or 10), asyncio.get_running_loop().time)
        holds = self.kind == "liveness"
        while True:
            waits = not holds and tally.streak <= 0
            await asyncio.sleep(clock.pause(waits))
            verdict = await self._judge(tally, clock)
            if verdict is not None:
                holds = verdict
                self.told(verdict)
            if verdict in self._last:
                return

    @property
    def _last(self) -> tuple[bool, ...]:
        """The verdicts after which nobody asks again: the container runs, or is ended and started anew."""
        return {"startup": (True, False), "liveness": (False,), "readiness": ()}[self.kind]

    async def _judge(self, tally: Tally, clock: Clock) -> bool | None:
        due = clock.due()
        problem = await self._attempt()
        if problem is None:
            return tally.take(True)
        if not due:
            return None
        self.failed(problem)
        return tally.take(False)

    async def _attempt(self) -> str | None:
        """Ask once; None means yes, else what is wrong."""
        timeout = float(self.spec.get("timeoutSeconds") or 1)
        try:
            # Not wait_for: up to Python 3.11 it can swallow a cancellation that comes together with the
            # answer (python/cpython issue 86296), and a prober that goes on would hold its pod for ever.
            async with asyncio.timeout(timeout):
                await ask(self.spec, self.target, timeout)
        except ProbeError as error:
            return str(error)
        except TimeoutError:
            return f"context deadline exceeded (no answer within {timeout:g}s)"
        return None


async def ask(spec: Object, target: Target, timeout: float) -> None:
    """Put a probe's question once.

    Raises:
        ProbeError: the answer is no.
    """
    if "grpc" in spec:
        await _ask_grpc(spec["grpc"], target, timeout)
    elif "httpGet" in spec:
        await _ask_http(spec["httpGet"], target)
    else:
        question = spec["tcpSocket"]
        await _connect(question.get("host") or target.address, target.port(question["port"]))


async def _connect(host: str, port: int) -> None:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        # asyncio wraps the system's word in a sentence of its own.
        words = os.strerror(error.errno).lower() if error.errno else str(error)
        raise ProbeError(f"dial tcp {host}:{port}: connect: {words}") from error
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _ask_http(question: Object, target: Target) -> None:
    import aiohttp  # noqa: PLC0415 - only where a pod asks for it
    from yarl import URL  # noqa: PLC0415 - aiohttp's own

    scheme = (question.get("scheme") or "HTTP").lower()
    host, port = question.get("host") or target.address, target.port(question["port"])
    url = URL(f"{scheme}://{host}:{port}/{(question.get('path') or '/').lstrip('/')}")
    headers = {"User-Agent": _USER_AGENT}
    headers |= {one["name"]: one["value"] for one in question.get("httpHeaders") or []}
    try:
        # The kubelet does not check certificates either.
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, ssl=False, allow_redirects=False) as answer,
        ):
            status = answer.status
    except aiohttp.ClientConnectorError as error:
        words = os.strerror(error.errno or errno.ECONNREFUSED).lower()
        raise ProbeError(f'Get "{url}": dial tcp {host}:{port}: connect: {words}') from error
    except (aiohttp.ClientError, ValueError) as error:
        raise ProbeError(f'Get "{url}": {error}') from error
    if not 200 <= status < 400:
        raise ProbeError(f"HTTP probe failed with statuscode: {status}")


async def _ask_grpc(question: Object, target: Target, timeout: float) -> None:
    place = f"{target.address}:{question['port']}"
    grpc, health = await modules()  # first of all: while the server starts, there is time
    try:
        # Cheaper than a channel, which is what most questions to a starting server would be wasted on.
        await _connect(target.address, question["port"])
    except ProbeError as error:
        text = f'timeout: failed to connect service "{place}" within {timeout:g}s: {error}'
        raise ProbeError(text) from error
    with grpc.insecure_channel(place, options=_CHANNEL) as channel:
        request = health.HealthCheckRequest(service=question.get("service") or "")
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health.HealthCheckRequest.SerializeToString,
            response_deserializer=health.HealthCheckResponse.FromString,
        )
        call = check.future(request, timeout=timeout)
        try:
            answer = await _done(call)
        except grpc.RpcError as error:
            raise ProbeError(_grpc_failure(grpc, error, request.service, timeout)) from error
    if answer.status != health.HealthCheckResponse.SERVING:
        name = health.HealthCheckResponse.ServingStatus.Name(answer.status)
        raise ProbeError(f'service unhealthy (responded with "{name}")')


_CHANNEL = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.primary_user_agent", _USER_AGENT),
]


@cache
def _import() -> tuple[ModuleType, Any]:
    return importlib.import_module("grpc"), importlib.import_module("grpc_health.v1.health_pb2")


async def modules() -> tuple[ModuleType, Any]:
    """Import gRPC and the messages of its health protocol.

    Done when the first pod asks, and in a thread: 0.2 s and some 20 MiB that an idle cluster saves.
    """
    return _import() if _import.cache_info().currsize else await asyncio.to_thread(_import)


def _done(call: Any) -> Awaitable[Any]:
    """A gRPC call's result on this loop (``grpc.aio`` would bind the library to one loop for good)."""
    loop = asyncio.get_running_loop()
    waiting = loop.create_future()

    def settle() -> None:
        if not waiting.done():
            error = call.exception()
            waiting.set_exception(error) if error else waiting.set_result(call.result())

    def finished(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed when a late answer comes
            loop.call_soon_threadsafe(settle)

    call.add_done_callback(finished)
    return waiting


def _grpc_failure(grpc: ModuleType, error: Any, service: str, timeout: float) -> str:
    """The kubelet's words (`pkg/probe/grpc`), and the service: servers in Python do not name it."""
    code, details = error.code(), error.details()
    if code == grpc.StatusCode.UNIMPLEMENTED:
        return (
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
            f"{details}"
        )
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"timeout: health rpc did not complete within {timeout:g}s"
    name = "".join(word.capitalize() for word in code.name.split("_"))  # as Go spells codes
    asked = f' (service "{service}")' if service else ""
    return f"error: health rpc probe failed: rpc error: code = {name} desc = {details}{asked}"
