"""What rules and bindings allow."""

from collections.abc import Iterator

import pytest

from localcluster.access.rules import Attributes, decide, matches
from localcluster.access.users import ADMINISTRATOR, User, account_name
from localcluster.host.addresses import Addresses, Block
from localcluster.storage.registry import Registry
from localcluster.storage.store import Store

PODS = {"verbs": ["list"], "apiGroups": [""], "resources": ["pods", "pods/log"]}
WATCHER = User(account_name("lab", "watcher"), ("system:serviceaccounts",))
LIST = Attributes("list", resource="pods", namespace="lab")


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry(Store(None), Addresses(Block(99)))
    for name in ("lab", "other"):
        made.create("Namespace", {"metadata": {"name": name}})
    yield made
    made.store.close()


ACCOUNT = {"kind": "ServiceAccount", "name": "watcher", "namespace": "lab"}


def bind(
    registry: Registry, kind: str = "RoleBinding", role: str = "Role", subject: dict[str, str] = ACCOUNT
) -> None:
    place = {"namespace": "lab"} if kind == "RoleBinding" else {}
    binding = {"metadata": {"name": "reads", **place}, "subjects": [subject]}
    registry.create(kind, {**binding, "roleRef": {"kind": role, "name": "reader"}})


def role(registry: Registry, kind: str = "Role") -> None:
    place = {"namespace": "lab"} if kind == "Role" else {}
    registry.create(kind, {"metadata": {"name": "reader", **place}, "rules": [PODS]})


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"subresource": "log"}, True),
        ({"verb": "watch"}, False),
        ({"group": "apps"}, False),
        ({"subresource": "status"}, False),
        ({"resource": "services"}, False),
    ],
)
def test_a_rule_allows_what_it_names(changed: dict[str, str], allowed: bool) -> None:
    assert matches(PODS, Attributes(**{"verb": "list", "resource": "pods", **changed})) is allowed


def test_stars_and_names() -> None:
    every = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    assert matches(every, Attributes("delete", "apps", "deployments", "scale"))
    assert matches({**every, "resources": ["*/scale"]}, Attributes("get", "apps", "deployments", "scale"))
    assert not matches({**every, "resources": ["*/scale"]}, Attributes("get", "apps", "deployments"))
    named = {**PODS, "resourceNames": ["demo"]}
    assert matches(named, Attributes("list", resource="pods", name="demo"))
    assert not matches(named, Attributes("list", resource="pods"))


def test_paths() -> None:
    rule = {"verbs": ["get"], "nonResourceURLs": ["/apis/*", "/version"]}
    assert matches(rule, Attributes("get", path="/apis/apps/v1"))
    assert matches(rule, Attributes("get", path="/version"))
    assert not matches(rule, Attributes("get", path="/apis"))
    assert not matches(rule, Attributes("post", path="/version"))


def test_a_role_holds_in_its_namespace(registry: Registry) -> None:
    role(registry)
    bind(registry)
    allowed = decide(registry.store, WATCHER, LIST)
    assert allowed.allowed
    source = 'RoleBinding "reads/lab" of Role "reader" to ServiceAccount "watcher/lab"'
    assert allowed.reason == f"RBAC: allowed by {source}"
    assert not decide(registry.store, WATCHER, Attributes("list", resource="pods", namespace="other")).allowed
    assert not decide(registry.store, WATCHER, Attributes("list", resource="pods")).allowed
    assert not decide(registry.store, User("watcher"), LIST).allowed


def test_a_cluster_role_holds_where_it_is_bound(registry: Registry) -> None:
    role(registry, "ClusterRole")
    bind(registry, role="ClusterRole")
    assert decide(registry.store, WATCHER, LIST).allowed
    assert not decide(registry.store, WATCHER, Attributes("list", resource="pods")).allowed


def test_a_cluster_role_binding_holds_everywhere(registry: Registry) -> None:
    role(registry, "ClusterRole")
    bind(registry, "ClusterRoleBinding", "ClusterRole", {"kind": "Group", "name": "system:serviceaccounts"})
    assert decide(registry.store, WATCHER, LIST).allowed
    assert decide(registry.store, WATCHER, Attributes("list", resource="pods")).allowed


def test_a_binding_without_its_role_says_so(registry: Registry) -> None:
    bind(registry)
    decision = decide(registry.store, WATCHER, LIST)
    assert not decision.allowed
    assert decision.reason == 'RBAC: role.rbac.authorization.k8s.io "reader" not found'


def test_the_administrator_may_do_everything(registry: Registry) -> None:
    assert decide(registry.store, ADMINISTRATOR, Attributes("escalate", "x", "y")).allowed
