"""Create, read, update, patch and delete over HTTP."""

import json
from typing import Any

import pytest

from tests.localcluster.api.conftest import APPS, LAB, Client, configmap, deployment, pod

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


def test_a_new_object_gets_the_namespace_of_its_path(client: Client) -> None:
    created = client.call("POST", LAB + "/configmaps", configmap())
    assert created.status == 201
    assert created.json["metadata"]["namespace"] == "lab"
    assert client.ok("GET", LAB + "/configmaps/demo") == created.json


def test_unknown_fields_are_refused_warned_of_or_ignored(client: Client) -> None:
    body = {**configmap(), "dta": {}}
    refused = client.call("POST", LAB + "/configmaps", body, fieldValidation="Strict")
    assert refused.status == 400
    assert refused.json["message"].endswith('strict decoding error: unknown field "dta"')
    warned = client.call("POST", LAB + "/configmaps", body)
    assert warned.header("Warning") == ['299 - "unknown field \\"dta\\""']
    ignored = client.call("PUT", LAB + "/configmaps/demo", body, fieldValidation="Ignore")
    assert ignored.header("Warning") == []
    assert "dta" not in ignored.json
    odd = client.call("PUT", LAB + "/configmaps/demo", body, fieldValidation="Sometimes")
    assert (odd.status, odd.json["reason"]) == (422, "Invalid")


def test_a_strict_patch_with_an_unknown_field_changes_nothing(client: Client) -> None:
    before = client.ok("POST", LAB + "/configmaps", configmap())
    change = {"data": {"a": "2"}, "dta": {}}
    path = LAB + "/configmaps/demo"
    refused = client.call("PATCH", path, change, Content_Type=MERGE, fieldValidation="Strict")
    assert refused.status == 422
    assert 'unknown field "dta"' in refused.json["message"]
    assert client.ok("GET", path) == before
    warned = client.call("PATCH", path, change, Content_Type=MERGE)
    assert warned.json["data"] == {"a": "2"}
    assert warned.header("Warning") == ['299 - "unknown field \\"dta\\""']


@pytest.mark.parametrize(
    ("agent", "asked", "manager"),
    [("kubectl/v1.36 (linux)", "", "kubectl"), ("", "lab", "lab"), ("curl/8", "lab", "lab")],
)
def test_the_manager_is_named_or_the_first_word_of_the_agent(
    client: Client, agent: str, asked: str, manager: str
) -> None:
    query = {"fieldManager": asked} if asked else {}
    made = client.ok("POST", LAB + "/configmaps", configmap(), User_Agent=agent, **query)
    assert [entry["manager"] for entry in made["metadata"]["managedFields"]] == [manager]


def test_apply_creates_and_needs_a_manager(client: Client) -> None:
    path = LAB + "/configmaps/demo"
    refused = client.call("PATCH", path, configmap(), Content_Type=APPLY)
    assert refused.json["details"]["causes"][0]["field"] == "fieldManager"
    yaml = "{kind: ConfigMap, apiVersion: v1, metadata: {name: demo}, data: {a: '1'}}"
    assert client.call("PATCH", path, yaml, Content_Type=APPLY, fieldManager="lab").status == 201
    assert client.call("PATCH", path, yaml, Content_Type=APPLY, fieldManager="lab").status == 200
    other = client.call("PATCH", path, configmap("other"), Content_Type=APPLY, fieldManager="lab")
    assert other.status == 400
    for body in ("[]", "7", "metadata: 7", "{kind: Secret, apiVersion: v1}"):
        assert client.call("PATCH", path, body, Content_Type=APPLY, fieldManager="lab").status == 400


@pytest.mark.parametrize("media_type", ["text/plain", "application/json", ""])
def test_a_patch_of_another_type_is_not_read(client: Client, media_type: str) -> None:
    answer = client.call("PATCH", LAB + "/configmaps/demo", {}, Content_Type=media_type)
    assert (answer.status, answer.json["reason"]) == (415, "UnsupportedMediaType")


def test_status_is_changed_by_its_own_path_only(client: Client) -> None:
    client.ok("POST", APPS + "/deployments", deployment())
    change = {"spec": {"replicas": 9}, "status": {"replicas": 1}}
    path = APPS + "/deployments/demo"
    assert client.ok("PATCH", path + "/status", change, Content_Type=MERGE)["spec"]["replicas"] == 2
    assert client.ok("GET", path + "/status")["status"]["replicas"] == 1
    assert (
        client.ok("PATCH", path, {"status": {"replicas": 7}}, Content_Type=MERGE)["status"]["replicas"] == 1
    )


def test_deletion_answers_with_a_status_or_with_the_object(client: Client) -> None:
    made = client.ok("POST", LAB + "/configmaps", configmap())
    gone = client.ok("DELETE", LAB + "/configmaps/demo")
    assert gone["details"] == {"name": "demo", "kind": "configmaps", "uid": made["metadata"]["uid"]}
    client.ok("POST", LAB + "/pods", pod())
    assert client.ok("DELETE", LAB + "/pods/demo")["kind"] == "Pod"
    client.ok("POST", LAB + "/configmaps", configmap(finalizers=["example.com/hold"]))
    assert client.ok("DELETE", LAB + "/configmaps/demo")["metadata"]["deletionTimestamp"]


@pytest.mark.parametrize(
    ("body", "query", "finalizers"),
    [
        ({"propagationPolicy": "Orphan"}, {}, ["orphan"]),
        (None, {"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
        ({"propagationPolicy": "Orphan"}, {"propagationPolicy": "Foreground"}, ["orphan"]),
    ],
)
def test_propagation_is_read_from_body_and_query(
    client: Client, body: dict[str, object] | None, query: dict[str, str], finalizers: list[str]
) -> None:
    client.ok("POST", APPS + "/deployments", deployment())
    gone = client.ok("DELETE", APPS + "/deployments/demo", body, **query)
    assert gone["metadata"]["finalizers"] == finalizers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"propagationPolicy": "Sideways"}, 422),
        ({"dryRun": ["Some"]}, 422),
        ({"gracePeriodSeconds": "soon"}, 400),
        ([], 400),
        ("{broken", 400),
        ({"preconditions": {"uid": "other"}}, 409),
        ({"preconditions": {"resourceVersion": "1"}}, 409),
    ],
)
def test_a_deletion_that_is_refused_deletes_nothing(client: Client, body: object, status: int) -> None:
    client.ok("POST", LAB + "/configmaps", configmap())
    answer = client.call("DELETE", LAB + "/configmaps/demo", body)
    assert (answer.status, answer.json["kind"]) == (status, "Status")
    client.ok("GET", LAB + "/configmaps/demo")


def test_a_dry_run_changes_nothing(client: Client) -> None:
    assert client.call("POST", LAB + "/configmaps", configmap(), dryRun="All").status == 201
    assert client.call("GET", LAB + "/configmaps/demo").status == 404
    client.ok("POST", LAB + "/configmaps", configmap())
    client.ok("DELETE", LAB + "/configmaps/demo", {"dryRun": ["All"]})
    client.ok("DELETE", LAB + "/configmaps", dryRun="All")
    client.ok("GET", LAB + "/configmaps/demo")
    assert client.call("POST", LAB + "/configmaps", configmap(), dryRun="None").status == 422


def test_a_collection_is_deleted_by_selector_in_one_namespace(client: Client) -> None:
    client.ok("POST", LAB + "/configmaps", configmap("one", labels={"x": "1"}))
    client.ok("POST", LAB + "/configmaps", configmap("two"))
    client.ok("POST", "/api/v1/namespaces/default/configmaps", configmap("one", labels={"x": "1"}))
    gone = client.ok("DELETE", LAB + "/configmaps", labelSelector="x=1")
    assert (gone["kind"], [item["metadata"]["name"] for item in gone["items"]]) == ("ConfigMapList", ["one"])
    left = client.ok("GET", "/api/v1/configmaps")["items"]
    assert [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in left] == [
        ("default", "one"),
        ("lab", "two"),
    ]


def test_a_finalized_namespace_goes(client: Client) -> None:
    client.ok("DELETE", "/api/v1/namespaces/lab")
    held = client.ok("GET", "/api/v1/namespaces/lab")
    assert held["status"]["phase"] == "Terminating"
    client.ok("PUT", "/api/v1/namespaces/lab/finalize", {**held, "spec": {"finalizers": []}})
    assert client.call("GET", "/api/v1/namespaces/lab").status == 404


def test_strict_decoding_complains_in_the_order_of_the_text(client: Client) -> None:
    text = json.dumps(deployment()).replace('"replicas": 2', '"unknown": 1, "replicas": 2')
    text = text.replace('"image":', '"imag": "x", "image":')
    refused = client.call("POST", f"{APPS}/deployments", text, fieldValidation="Strict")
    assert refused.json["message"].partition("strict decoding error: ")[2] == (
        'unknown field "spec.unknown", unknown field "spec.template.spec.containers[0].imag"'
    )


@pytest.mark.parametrize("plural", ["services", "endpoints", "events"])
def test_put_makes_some_kinds(client: Client, plural: str) -> None:
    body: dict[str, Any] = {"metadata": {"name": "demo"}}
    if plural == "services":
        body["spec"] = {"ports": [{"port": 80}]}
    if plural == "events":
        body["involvedObject"] = {"namespace": "lab"}
    assert client.call("PUT", f"{LAB}/{plural}/demo", body).status == 201
    assert client.call("PUT", f"{LAB}/{plural}/demo", body).status == 200
    assert client.call("PUT", f"{LAB}/configmaps/demo", configmap()).status == 404


def test_a_body_of_another_kind_deletes_nothing(client: Client) -> None:
    client.ok("POST", f"{LAB}/configmaps", configmap())
    assert client.call("DELETE", f"{LAB}/configmaps/demo", configmap()).status == 400
    client.ok("GET", f"{LAB}/configmaps/demo")


def test_each_way_of_writing_warns_once_of_each_field_that_is_not_emulated(client: Client) -> None:
    path, body = f"{APPS}/deployments/demo", deployment()
    change = {"spec": {"template": {"spec": {"volumes": [{"name": "data", "emptyDir": {}}]}}}}
    body["spec"]["template"]["spec"] |= change["spec"]["template"]["spec"]
    answers = [client.call("POST", f"{APPS}/deployments", body)]
    answers.append(client.call("PUT", path, answers[0].json))
    answers.append(client.call("PATCH", path, change, Content_Type=MERGE))
    answers.append(client.call("PATCH", path, body, Content_Type=APPLY, fieldManager="lab", force="true"))
    for answer in answers:
        (warning,) = answer.header("Warning")
        assert warning.startswith('299 - "spec.template.spec.volumes[0]: not emulated by the local cluster')
    scaled = {"spec": {"replicas": 2}}
    assert client.call("PATCH", f"{path}/scale", scaled, Content_Type=MERGE).header("Warning") == []


def test_warnings_about_what_is_not_meant(client: Client) -> None:
    body = deployment()
    container = body["spec"]["template"]["spec"]["containers"][0]
    container["ports"] = [{"containerPort": 80}, {"containerPort": 80}]
    container["env"] = [
        {"name": "A", "value": "1"},
        {"name": "A", "value": "2"},
        {"name": "A", "value": "$(A)3"},
    ]
    here = "spec.template.spec.containers[0]"
    assert client.call("POST", f"{APPS}/deployments", body).header("Warning") == [
        f'299 - "{here}.env[1]: hides previous definition of \\"A\\", which may be dropped when using apply"',
        f'299 - "{here}.ports[1]: duplicate port definition with {here}.ports[0]"',
    ]
    assert client.call("GET", f"{LAB}/endpoints").header("Warning") == [
        '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"'
    ]
