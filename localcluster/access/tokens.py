"""ServiceAccounts' tokens: signed, dated, bound to an object, and void when that is gone.

JSON Web Tokens with the claims of `k8s.io/kubernetes/pkg/serviceaccount/claims.go`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localcluster.access.users import User, account_groups, account_name
from localcluster.lifecycle import home
from localcluster.storage.registry import Registry
from localcluster.types import Object

AUDIENCE = "https://kubernetes.default.svc.cluster.local"
# What `--service-account-extend-token-expiration`, on by default, makes of the hour of a pod's token.
POD_SECONDS = 365 * 24 * 3600
_ALGORITHM = "ES256"
_PRIVATE = "kubernetes.io"
_BOUND = {"Pod": "pod", "Secret": "secret"}


@dataclass(frozen=True)
class Issued:
    """A new token and the Unix time at which it ends."""

    text: str
    expires: int


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key tokens are signed with, made when there is none; the file has mode 0600."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError):
        key = None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key
    fresh = new_key()
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    home.write_private(path, fresh.private_bytes(serialization.Encoding.PEM, *form).decode())
    return fresh


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key for ES256."""
    return ec.generate_private_key(ec.SECP256R1())


class Tokens:
    """Gives out tokens and knows them again.

    Args:
        registry: Where the ServiceAccounts and what tokens are bound to are looked up.
        key: Signs them.
    """

    def __init__(self, registry: Registry, key: ec.EllipticCurvePrivateKey) -> None:
        self._registry = registry
        self._key = key

    def issue(
        self, account: Object, seconds: int, bound: Object | None = None, audiences: Sequence[str] = ()
    ) -> Issued:
        """A token for a ServiceAccount.

        Args:
            account: The ServiceAccount.
            seconds: How long it is good.
            bound: A Pod or Secret with which it ends.
            audiences: Whom it is for; the API server when none is named.
        """
        meta, now = account["metadata"], int(time.time())
        private: Object = {"namespace": meta["namespace"], "serviceaccount": _named(meta)}
        if bound is not None:
            private[_BOUND[bound["kind"]]] = _named(bound["metadata"])
        claims = {
            "aud": list(audiences) or [AUDIENCE],
            "exp": now + seconds,
            "iat": now,
            "iss": AUDIENCE,
            "jti": str(uuid.uuid4()),
            _PRIVATE: private,
            "nbf": now,
            "sub": account_name(meta["namespace"], meta["name"]),
        }
        return Issued(jwt.encode(claims, self._key, _ALGORITHM), now + seconds)

    def user(self, token: str) -> User | None:
        """Whose token it is; None when it is not good, or what it is bound to is no more."""
        try:
            claims = jwt.decode(
                token, self._key.public_key(), algorithms=[_ALGORITHM], audience=AUDIENCE, issuer=AUDIENCE
            )
        except (jwt.InvalidTokenError, UnicodeError):
            return None
        private = claims[_PRIVATE]
        bound = [("ServiceAccount", private["serviceaccount"])]
        bound += [(kind, private[word]) for kind, word in _BOUND.items() if word in private]
        if not all(self._lives(kind, private["namespace"], named) for kind, named in bound):
            return None
        return _user(claims)

    def _lives(self, kind: str, namespace: str, named: Object) -> bool:
        found = self._registry.store.get(kind, namespace, named["name"])
        return found is not None and found.view["metadata"]["uid"] == named["uid"]


def _named(meta: Object) -> Object:
    return {"name": meta["name"], "uid": meta["uid"]}


def _user(claims: dict[str, Any]) -> User:
    private = claims[_PRIVATE]
    extra = {"authentication.kubernetes.io/credential-id": (f"JTI={claims['jti']}",)}
    if pod := private.get("pod"):
        extra |= {f"authentication.kubernetes.io/pod-{key}": (pod[key],) for key in ("name", "uid")}
    groups = account_groups(private["namespace"])
    return User(claims["sub"], groups, private["serviceaccount"]["uid"], extra)
