"""Who may do what, over HTTP: tokens, refusals, reviews, and whom one stands in for."""

from typing import Any

import pytest

from tests.localcluster.api.conftest import LAB, Client, World, configmap, deployment

RIGHTS = "/apis/rbac.authorization.k8s.io/v1/namespaces/lab"
REVIEWS = "/apis/authorization.k8s.io/v1"
WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
ME = "system:serviceaccount:lab:watcher"
RULES = [
    {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]},
    {"verbs": ["get", "patch"], "apiGroups": [""], "resources": ["configmaps"]},
]


@pytest.fixture
def watcher(world: World, client: Client) -> Client:
    """A client with the token of a ServiceAccount that has a Role."""
    client.ok("POST", f"{LAB}/serviceaccounts", {"metadata": {"name": "watcher"}})
    client.ok("POST", f"{RIGHTS}/roles", {"metadata": {"name": "reader"}, "rules": RULES})
    subject = {"kind": "ServiceAccount", "name": "watcher", "namespace": "lab"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    binding = {"metadata": {"name": "reads"}, "subjects": [subject], "roleRef": reference}
    client.ok("POST", f"{RIGHTS}/rolebindings", binding)
    answer = client.ok("POST", f"{LAB}/serviceaccounts/watcher/token", {"spec": {"expirationSeconds": 600}})
    other = Client(world.url)
    other.headers["Authorization"] = f"Bearer {answer['status']['token']}"
    return other


def test_the_role_is_enough_and_no_more(watcher: Client) -> None:
    assert watcher.call("GET", f"{LAB}/pods").status == 200
    answer = watcher.call("GET", f"{LAB}/services")
    assert answer.status == 403
    assert answer.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f'services is forbidden: User "{ME}" cannot list resource "services" in API group "" '
        'in the namespace "lab"',
        "reason": "Forbidden",
        "details": {"kind": "services"},
        "code": 403,
    }


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", f"{LAB}/pods?watch=true", 'pods is forbidden: User "{}" cannot watch resource "pods"'),
        ("GET", f"{LAB}/services/demo", 'services "demo" is forbidden: User "{}" cannot get resource'),
        ("DELETE", f"{LAB}/pods", 'pods is forbidden: User "{}" cannot deletecollection resource "pods"'),
        (
            "GET",
            "/api/v1/nodes",
            'nodes is forbidden: User "{}" cannot list resource "nodes" in API group ""',
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/lab/deployments/demo/scale",
            'deployments.apps "demo" is forbidden: User "{}" cannot patch resource "deployments/scale" in '
            'API group "apps" in the namespace "lab"',
        ),
        # What is not served is forbidden, too: one learns nothing of it.
        ("GET", "/apis/batch/v1/namespaces/lab/jobs", 'jobs.batch is forbidden: User "{}" cannot list'),
        ("GET", "/metrics", 'forbidden: User "{}" cannot get path "/metrics"'),
    ],
)
def test_each_refusal_names_the_right(watcher: Client, method: str, path: str, words: str) -> None:
    answer = watcher.call(method, path)
    assert answer.status == 403
    assert answer.json["message"].startswith(words.format(ME))


def test_discovery_is_open_to_all_who_are_known(watcher: Client) -> None:
    for path in ("/api", "/apis", "/apis/apps/v1", "/version", "/openapi/v3", "/readyz"):
        assert watcher.call("GET", path).status == 200, path


def test_an_apply_that_makes_something_needs_both_verbs(client: Client, watcher: Client) -> None:
    apply = {"Content_Type": "application/apply-patch+yaml", "fieldManager": "me"}
    answer = watcher.call("PATCH", f"{LAB}/configmaps/demo", configmap(), **apply)
    assert answer.status == 403
    assert f'User "{ME}" cannot create resource "configmaps"' in answer.json["message"]
    client.ok("POST", f"{LAB}/configmaps", configmap())
    assert watcher.call("PATCH", f"{LAB}/configmaps/demo", configmap(), **apply, force="true").status == 200


def test_a_token_that_is_over_is_no_token(client: Client, watcher: Client) -> None:
    client.ok("DELETE", f"{LAB}/serviceaccounts/watcher")
    assert watcher.call("GET", f"{LAB}/pods").status == 401


def ask(client: Client, **attributes: str) -> Any:
    spec = {"resourceAttributes": {"namespace": "lab", **attributes}}
    return client.ok("POST", f"{REVIEWS}/selfsubjectaccessreviews", {"spec": spec})["status"]


def test_one_may_ask_what_one_may(client: Client, watcher: Client) -> None:
    assert ask(watcher, verb="list", resource="pods")["allowed"] is True
    assert ask(watcher, verb="get", resource="pods", subresource="log")["allowed"] is True
    assert ask(watcher, verb="list", resource="pods", namespace="default")["allowed"] is False
    assert ask(watcher, verb="delete", resource="pods")["allowed"] is False
    assert ask(client, verb="delete", resource="pods")["allowed"] is True
    rules = watcher.ok("POST", f"{REVIEWS}/selfsubjectrulesreviews", {"spec": {"namespace": "lab"}})
    assert all(rule in rules["status"]["resourceRules"] for rule in RULES)


def test_one_may_ask_who_one_is(client: Client, watcher: Client) -> None:
    assert watcher.ok("POST", WHOAMI, {})["status"]["userInfo"]["username"] == ME
    assert client.ok("POST", WHOAMI, {})["status"]["userInfo"]["groups"][0] == "system:masters"


def test_the_administrator_asks_for_others(client: Client, watcher: Client) -> None:
    spec = {"user": ME, "resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "lab"}}
    status = client.ok("POST", f"{REVIEWS}/subjectaccessreviews", {"spec": spec})["status"]
    source = 'RoleBinding "reads/lab" of Role "reader" to ServiceAccount "watcher/lab"'
    assert status == {"allowed": True, "reason": f"RBAC: allowed by {source}"}
    assert watcher.call("POST", f"{REVIEWS}/subjectaccessreviews", {"spec": spec}).status == 403


def test_a_review_without_a_question_is_invalid(client: Client) -> None:
    answer = client.call("POST", f"{REVIEWS}/selfsubjectaccessreviews", {"spec": {}})
    assert answer.status == 422
    assert "exactly one of nonResourceAttributes or resourceAttributes" in answer.json["message"]


def test_the_administrator_stands_in_for_others(client: Client, watcher: Client) -> None:
    as_watcher = {"Impersonate_User": ME}
    assert client.call("GET", f"{LAB}/pods", **as_watcher).status == 200
    assert client.call("GET", f"{LAB}/services", **as_watcher).status == 403
    assert client.ok("POST", WHOAMI, {}, **as_watcher)["status"]["userInfo"]["username"] == ME
    answer = watcher.call("GET", f"{LAB}/pods", Impersonate_User="joe")
    assert answer.status == 403
    assert f'User "{ME}" cannot impersonate resource "users"' in answer.json["message"]
    for header in ("Group", "Uid", "Extra-scopes"):
        assert client.call("GET", f"{LAB}/pods", **{f"Impersonate_{header}": "x"}).status == 400


@pytest.mark.parametrize(
    ("spec", "status", "words"),
    [
        ({"expirationSeconds": 5}, 422, "may not specify a duration less than 10 minutes"),
        ({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "demo"}}, 400, "binds tokens"),
    ],
)
def test_a_token_that_cannot_be_had(
    client: Client, watcher: Client, spec: dict[str, Any], status: int, words: str
) -> None:
    answer = client.call("POST", f"{LAB}/serviceaccounts/watcher/token", {"spec": spec})
    assert answer.status == status
    assert words in answer.json["message"]
    assert watcher.call("POST", f"{LAB}/serviceaccounts/watcher/token", {"spec": {}}).status == 403


def test_a_binding_stays_with_its_role(client: Client, watcher: Client) -> None:
    assert watcher.call("GET", f"{RIGHTS}/rolebindings").status == 403
    patch = {"roleRef": {"name": "other"}}
    merge = {"Content_Type": "application/merge-patch+json"}
    answer = client.call("PATCH", f"{RIGHTS}/rolebindings/reads", patch, **merge)
    assert answer.status == 422
    assert "cannot change roleRef" in answer.json["message"]


def test_rules_must_say_something(client: Client) -> None:
    rules = [{"verbs": [], "resources": ["pods"]}, {"verbs": ["get"], "nonResourceURLs": ["/version"]}]
    answer = client.call("POST", f"{RIGHTS}/roles", {"metadata": {"name": "empty"}, "rules": rules})
    assert answer.status == 422
    assert [cause["field"] for cause in answer.json["details"]["causes"]] == [
        "rules[0].verbs",
        "rules[0].apiGroups",
        "rules[1].nonResourceURLs",
    ]
    deployed = client.call("POST", "/apis/apps/v1/namespaces/lab/deployments", deployment())
    assert deployed.status == 201  # the administrator's rights need no rule


def test_a_pod_of_nobody_is_refused(client: Client) -> None:
    spec = {"containers": [{"name": "main", "image": "greeter"}], "serviceAccountName": "nobody"}
    answer = client.call("POST", f"{LAB}/pods", {"metadata": {"name": "demo"}, "spec": spec})
    assert answer.status == 403
    why = 'error looking up service account lab/nobody: serviceaccount "nobody" not found'
    assert answer.json["message"] == f'pods "demo" is forbidden: {why}'
