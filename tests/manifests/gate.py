"""An API server's door that only lets through what a Role allows, and remembers what was asked for.

A reverse proxy before the local cluster, which itself knows no roles. What a real API server checks, it
checks: the verb and resource of each request, and ``create`` where an apply makes something new.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from helpers.lab.rbac import Rule, rule_of
from tests.manifests.reading import MANIFESTS
from tests.patience import PATIENCE

SYSTEM = {"host", "authorization", "connection", "content-length", "transfer-encoding"}
# What every user may do on any cluster (ClusterRole system:public-info-viewer).
PUBLIC = {"/version"}


def role_objects(folder: Path = MANIFESTS / "rbac") -> Iterator[dict[str, Any]]:
    for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        yield from yaml.safe_load_all((folder / name).read_text())


def granted(objects: Iterable[dict[str, Any]], namespace: str) -> set[Rule]:
    """The rights of Roles and ClusterRoles, one by one; a Role that names no namespace has ``namespace``."""
    return {
        Rule(verb, resource, group, _scope(item, namespace))
        for item in objects
        for policy in item.get("rules") or []
        for group in policy["apiGroups"]
        for resource in policy["resources"]
        for verb in policy["verbs"]
    }


def _scope(item: dict[str, Any], namespace: str) -> str:
    return "" if item["kind"] == "ClusterRole" else str(item["metadata"].get("namespace", namespace))


class Gate:
    """Serves ``url`` for as long as the ``with`` block lasts.

    Attributes:
        asked: The rights that requests needed.
        refused: Those of them that were not granted.
    """

    def __init__(self, kubeconfig: Path, rights: set[Rule]) -> None:
        told = yaml.safe_load(kubeconfig.read_text())
        self.upstream = str(told["clusters"][0]["cluster"]["server"])
        self.token = str(told["users"][0]["user"]["token"])
        authority = told["clusters"][0]["cluster"]["certificate-authority-data"]
        self.trust = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
        self.rights, self.asked, self.refused = rights, set[Rule](), set[Rule]()
        self.url = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="gate")

    def __enter__(self) -> Gate:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE)

    def write_kubeconfig(self, path: Path, context: str) -> None:
        names = {"clusters": {"server": self.url}, "users": {"token": "of-an-attendee"}}
        entries = {key: [{"name": context, key[:-1]: value}] for key, value in names.items()}
        place = {"name": context, "context": {"cluster": context, "user": context}}
        path.write_text(json.dumps({"kind": "Config", "apiVersion": "v1", **entries, "contexts": [place]}))

    # --- the server, in its own thread ---------------------------------------------------------------------

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        unlimited = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(ssl=self.trust, limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=unlimited) as self.session:
            self._ready.set()
            await self._end.wait()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        for right in await self._needed(request):
            self.asked.add(right)
            if right not in self.rights:
                self.refused.add(right)
                return _forbidden(right)
        async with self._forward(
            request.method, request.path_qs, request.headers, await request.read()
        ) as got:
            kept = {name: value for name, value in got.headers.items() if name.lower() not in SYSTEM}
            answer = web.StreamResponse(status=got.status, headers=kept)
            await answer.prepare(request)
            with contextlib.suppress(ConnectionError):  # who follows a log hangs up some time
                async for chunk in got.content.iter_any():
                    await answer.write(chunk)
            return answer

    async def _needed(self, request: web.Request) -> list[Rule]:
        right = rule_of(request.method, request.path, request.query)
        if right is None:
            assert request.path in PUBLIC, request.path
            return []
        if right.verb != "patch" or "apply-patch" not in request.headers.get("Content-Type", ""):
            return [right]
        async with self._forward("GET", request.path, {}, b"") as got:
            creates = got.status == 404
        return [right, Rule("create", right.resource, right.group, right.namespace)] if creates else [right]

    def _forward(self, method: str, path: str, headers: Any, body: bytes) -> Any:
        passed = {name: value for name, value in headers.items() if name.lower() not in SYSTEM}
        passed["Authorization"] = f"Bearer {self.token}"
        return self.session.request(method, self.upstream + path, headers=passed, data=body or None)


def _forbidden(right: Rule) -> web.Response:
    """The API server's answer to who has not the right."""
    where = f' in the namespace "{right.namespace}"' if right.namespace else " at the cluster scope"
    words = (
        f'{right.resource.partition("/")[0]} is forbidden: User "attendee" cannot {right.verb} resource '
        f'"{right.resource}" in API group "{right.group}"{where}'
    )
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": words}
    return web.json_response({**status, "reason": "Forbidden", "code": 403}, status=403)
