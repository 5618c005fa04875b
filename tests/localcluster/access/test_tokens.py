"""A token is good for what it says, and only as long as that is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from localcluster.access.tokens import Tokens, load_key, new_key
from localcluster.host.addresses import Addresses, Block
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store

Object = dict[str, Any]


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry(Store(None), Addresses(Block(99)))
    made.create("Namespace", {"metadata": {"name": "lab"}})
    made.create("ServiceAccount", {"metadata": {"name": "watcher", "namespace": "lab"}})
    yield made
    made.store.close()


def account(registry: Registry) -> Object:
    return registry.get("ServiceAccount", "lab", "watcher")


def test_a_token_names_its_account(registry: Registry) -> None:
    tokens = Tokens(registry, new_key())
    user = tokens.user(tokens.issue(account(registry), 600).text)
    assert user is not None
    assert user.name == "system:serviceaccount:lab:watcher"
    assert user.uid == account(registry)["metadata"]["uid"]
    assert user.groups == (
        "system:serviceaccounts",
        "system:serviceaccounts:lab",
        "system:authenticated",
    )


def test_a_token_ends_with_its_account(registry: Registry) -> None:
    tokens = Tokens(registry, new_key())
    token = tokens.issue(account(registry), 600).text
    registry.delete("ServiceAccount", "lab", "watcher")
    assert tokens.user(token) is None
    registry.create("ServiceAccount", {"metadata": {"name": "watcher", "namespace": "lab"}})
    assert tokens.user(token) is None  # another one of the same name


def test_a_token_ends_with_its_pod(registry: Registry) -> None:
    tokens = Tokens(registry, new_key())
    spec = {"containers": [{"name": "main", "image": "controlplane"}], "serviceAccountName": "watcher"}
    pod = registry.create("Pod", {"metadata": {"name": "demo", "namespace": "lab"}, "spec": spec})
    token = tokens.issue(account(registry), 600, pod).text
    user = tokens.user(token)
    assert user is not None
    assert user.extra["authentication.kubernetes.io/pod-name"] == ("demo",)
    registry.delete("Pod", "lab", "demo", grace=0)
    assert tokens.user(token) is None


def test_what_is_not_ours_or_over_is_refused(registry: Registry) -> None:
    tokens, key = Tokens(registry, new_key()), new_key()
    good = tokens.issue(account(registry), 600).text
    assert tokens.user(good) is not None
    assert Tokens(registry, key).user(good) is None
    assert tokens.user(tokens.issue(account(registry), -1).text) is None
    assert tokens.user(tokens.issue(account(registry), 600, audiences=["vault"]).text) is None
    unsigned = jwt.encode(jwt.decode(good, options={"verify_signature": False}), "", algorithm="none")
    assert tokens.user(unsigned) is None
    assert tokens.user("") is None


def test_the_key_is_kept_and_private(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "tokens.key"
    token = Tokens(registry, load_key(path)).issue(account(registry), 600).text
    assert Tokens(registry, load_key(path)).user(token) is not None
    assert path.stat().st_mode & 0o777 == 0o600
