"""Who may speak to the API: the bearer of the cluster's one token."""

from __future__ import annotations

import hmac

from aiohttp import web

from localcluster.errors import Unauthorized


def check(request: web.Request, token: str) -> None:
    """Let a request with the token pass.

    Raises:
        Unauthorized: It has no token or another one.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # Compared in constant time, so that the time of the answer tells nothing of the token.
    same = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), token.encode())
    if scheme.lower() != "bearer" or not same:
        raise Unauthorized
