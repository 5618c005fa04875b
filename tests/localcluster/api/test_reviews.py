"""The owner may do everything."""

from tests.localcluster.api.conftest import Client

REVIEWS = "/apis/authorization.k8s.io/v1"


def test_everything_is_allowed(client: Client) -> None:
    spec = {"resourceAttributes": {"namespace": "lab", "verb": "create", "resource": "pods"}}
    answer = client.call("POST", REVIEWS + "/selfsubjectaccessreviews", {"spec": spec})
    assert answer.status == 201
    assert (answer.json["kind"], answer.json["status"]["allowed"], answer.json["spec"]) == (
        "SelfSubjectAccessReview",
        True,
        spec,
    )


def test_the_rules_say_the_same(client: Client) -> None:
    rules = client.ok("POST", REVIEWS + "/selfsubjectrulesreviews", {"spec": {"namespace": "lab"}})["status"]
    assert rules["resourceRules"] == [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    assert rules["incomplete"] is False
