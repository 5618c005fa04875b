"""The API: single requests one after the other, a watch, and many clients at once."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.cluster import Client
from benchmarks.figures import Figure, milliseconds, timed

OBJECTS = 300
REQUESTS = 300
CLIENTS, SECONDS = 16, 3.0
NAMESPACE = "bench"
PATH = f"/api/v1/namespaces/{NAMESPACE}/configmaps"


def figures() -> Iterator[Figure]:
    """Create, get, list and watch ConfigMaps over one connection each, then ask with 16."""
    client, watcher = Client(), Client()
    client.call("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    numbers = iter(range(OBJECTS))
    creates = timed(lambda: client.call("POST", PATH, _configmap(next(numbers))), OBJECTS)
    yield Figure("create one ConfigMap", milliseconds(creates), "ms", "<= 12.5")
    gets = timed(lambda: client.call("GET", f"{PATH}/text-7"), REQUESTS)
    yield Figure("get one ConfigMap", milliseconds(gets), "ms", "<= 6.6")
    lists = timed(lambda: client.call("GET", PATH), REQUESTS)
    yield Figure(f"list {OBJECTS} ConfigMaps", milliseconds(lists), "ms", "<= 8.9")
    yield Figure("write to its event at a watcher", milliseconds(_watched(client, watcher)), "ms")
    rates = [asyncio.run(_rate(client)) for _ in range(3)]
    yield Figure(f"get with {CLIENTS} clients at once", rates, "requests/s")
    client.call("DELETE", f"/api/v1/namespaces/{NAMESPACE}")
    client.close()
    watcher.close()


def _configmap(number: int) -> Any:
    return {"metadata": {"name": f"text-{number}"}, "data": {"text": "x" * 200}}


def _watched(client: Client, watcher: Client) -> list[float]:
    revision = client.get(f"{PATH}?limit=1")["metadata"]["resourceVersion"]
    stream = watcher.watch(f"{PATH}?watch=1&resourceVersion={revision}")
    found = []
    for number in range(100):
        begun = time.perf_counter()
        client.call("PUT", f"{PATH}/text-7", {"metadata": {"name": "text-7"}, "data": {"n": str(number)}})
        stream.readline()
        found.append(time.perf_counter() - begun)
    return found


async def _rate(client: Client) -> float:
    """Requests that all clients together get answered in a second."""
    head = "".join(f"{name}: {value}\r\n" for name, value in client.headers.items())
    request = f"GET {PATH}/text-7 HTTP/1.1\r\nHost: {client.host}\r\n{head}\r\n".encode()
    end = time.perf_counter() + SECONDS
    counts = await asyncio.gather(*(_ask_until(client, request, end) for _ in range(CLIENTS)))
    return sum(counts) / SECONDS


async def _ask_until(client: Client, request: bytes, end: float) -> int:
    reader, writer = await asyncio.open_connection(client.host, client.port, ssl=client.context)
    count = 0
    while time.perf_counter() < end:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        count += 1
    writer.close()
    await writer.wait_closed()
    return count
