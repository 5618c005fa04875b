"""Who makes a request: the administrator, a ServiceAccount, or whom these stand in for."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from aiohttp import web

from localcluster.access import rules
from localcluster.access.rules import Attributes
from localcluster.access.tokens import Tokens
from localcluster.access.users import ADMINISTRATOR, AUTHENTICATED, User, account_groups, account_of
from localcluster.api import authorization
from localcluster.errors import BadRequest, Unauthorized
from localcluster.storage.store import Store

USER = web.RequestKey("user", User)


def identify(request: web.Request, token: str, tokens: Tokens) -> User:
    """The user a request's token belongs to.

    Args:
        request: The request.
        token: The administrator's.
        tokens: Knows everybody else's.

    Raises:
        Unauthorized: It has no token, or one that is not good.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized
    given = given.strip()
    # Compared in constant time, so that the time of the answer tells nothing of the token.
    if hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
        return ADMINISTRATOR
    user = tokens.user(given)
    if user is None:
        raise Unauthorized
    return user


def impersonated(user: User, headers: Mapping[str, str], groups: list[str], store: Store) -> User:
    """Whom a user stands in for (`kubectl --as`), or himself.

    After `k8s.io/apiserver/pkg/endpoints/filters/impersonation`.

    Args:
        user: Who makes the request.
        headers: Its headers.
        groups: The values of `Impersonate-Group`.
        store: Where the rules are.

    Raises:
        Forbidden: He may not.
        BadRequest: A group is given but no user, or what is not emulated.
    """
    name = headers.get("Impersonate-User", "")
    if any(key.lower().startswith(("impersonate-uid", "impersonate-extra-")) for key in headers):
        raise BadRequest("the local cluster impersonates users and groups, without a uid or extra fields")
    if not name:
        if groups:
            raise BadRequest("requested impersonation without impersonating a user")
        return user
    account = account_of(name)
    wanted = [
        Attributes("impersonate", resource="serviceaccounts", namespace=account[0], name=account[1])
        if account
        else Attributes("impersonate", resource="users", name=name)
    ]
    wanted += [Attributes("impersonate", resource="groups", name=group) for group in groups]
    for one in wanted:
        authorization.check(rules.decide(store, user, one), user, one)
    chosen = tuple(groups) or (account_groups(account[0]) if account else ())
    if AUTHENTICATED not in chosen:
        chosen = (*chosen, AUTHENTICATED)
    return User(name, chosen)
