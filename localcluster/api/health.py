"""`/healthz`, `/livez` and `/readyz`, as a whole, check by check, or one check alone.

After `k8s.io/apiserver/pkg/server/healthz`. A server that answers has its store at hand: that is to it what
etcd is to Kubernetes, and checked under that name.
"""

from __future__ import annotations

from aiohttp import web

KINDS = ("healthz", "livez", "readyz")
CHECKS = ("ping", "log", "etcd")


def routes() -> list[web.RouteDef]:
    """The paths that are served."""
    found = []
    for kind in KINDS:
        found += [web.get(f"/{kind}", _all), web.get(f"/{kind}/", _all)]
        found += [web.get(f"/{kind}/{check}", _one) for check in CHECKS]
    return found


async def _one(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _all(request: web.Request) -> web.Response:
    if "verbose" not in request.query:
        return web.Response(text="ok")
    lines = [f"[+]{check} ok" for check in CHECKS]
    lines.append(f"{request.path.strip('/')} check passed")
    return web.Response(text="\n".join(lines) + "\n")
