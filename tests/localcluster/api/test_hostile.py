"""Whatever a client sends, the answer is one that Kubernetes could give, and tells nothing of the inside."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcluster.storage.resources import SERVED
from tests.localcluster.api.conftest import Answer, Client, World, configmap, deployment

# Given by Kubernetes too: a version that is not reached, what is not served here, an applied object that
# does not fit its schema, a version on a new object.
EXPECTED_5XX = (501, 504)
EXPECTED_500 = (
    "failed to create typed patch object",
    "resourceVersion should not be set",
    "resourceVersion: Invalid value",
    "strconv.ParseUint",
    "unknown patch type",
    "map: map[",
)
HOSTILE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PATCHES = ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
OBJECTS = """
    apiVersion kind metadata name namespace labels annotations finalizers ownerReferences managedFields
    spec status data binaryData immutable type replicas selector matchLabels matchExpressions template
    containers env ports image resources limits requests cpu strategy rollingUpdate clusterIP clusterIPs
    rules http paths backend tls endpoints addresses subsets op path value from key uid resourceVersion
    creationTimestamp $patch $retainKeys $setElementOrder/containers $deleteFromPrimitiveList/finalizers
"""
KEYS = st.sampled_from(OBJECTS.split()) | st.text(max_size=6)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(("demo", "v1", "ConfigMap", "delete", "replace", "merge", "/data/a", "10%", "1Gi")),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=15,
)
PLACES = [
    f"/{'api' if not one.group else 'apis/' + one.group}/{one.version}/"
    f"{'namespaces/lab/' if one.namespaced else ''}{one.plural}"
    for one in SERVED
]
QUERIES = """
    labelSelector fieldSelector limit continue resourceVersion resourceVersionMatch dryRun fieldManager
    fieldValidation force pretty propagationPolicy gracePeriodSeconds orphanDependents includeObject
    timeoutSeconds sendInitialEvents tailLines sinceSeconds sinceTime limitBytes container previous timestamps
"""
PARAMETERS = st.sampled_from(QUERIES.split())
VALUED = "a=b !a metadata.name=x 0 1 -1 99999999 true false All Exact Foreground e30 eyJ2IjoxfQ % a,,b"
WORDS = st.text(max_size=12) | st.sampled_from(["a in (b,c)", "a notin (", "\x00", *VALUED.split()])


def check(answer: Answer) -> None:
    """Nothing of the inside, and no failure that Kubernetes would not have."""
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text
    assert "localcluster/" not in answer.text.replace("localcluster/SCOPE.md", "")
    if answer.status == 500:
        assert any(answer.json["message"].startswith(words) for words in EXPECTED_500), answer.text
    else:
        assert answer.status < 500 or answer.status in EXPECTED_5XX, answer.text
    if answer.status >= 400 and answer.text.startswith("{"):
        assert (answer.json["kind"], answer.json["code"]) == ("Status", answer.status)


@contextmanager
def demos(client: Client) -> Iterator[None]:
    """A ConfigMap and a Deployment, as they are at first."""
    client.call("DELETE", "/apis/apps/v1/namespaces/lab/deployments/demo")
    client.call("DELETE", "/api/v1/namespaces/lab/configmaps/demo")
    client.call("POST", "/apis/apps/v1/namespaces/lab/deployments", deployment())
    client.call("POST", "/api/v1/namespaces/lab/configmaps", configmap())
    yield


@HOSTILE
@given(body=VALUES, subtype=st.sampled_from(PATCHES), strict=st.booleans(), place=st.sampled_from(PLACES))
def test_any_patch(client: Client, body: Any, subtype: str, strict: bool, place: str) -> None:
    with demos(client):
        check(
            client.call(
                "PATCH",
                f"{place}/demo",
                json.dumps(body).encode(),
                Content_Type=f"application/{subtype}",
                fieldManager="test",
                fieldValidation="Strict" if strict else "Warn",
            )
        )


OPERATIONS = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "other"]),
        "path": st.sampled_from(
            ["", "/", "/data", "/data/a", "/data/-", "/metadata/labels/x", "/a~2", "data"]
        ),
    },
    optional={"value": VALUES, "from": st.sampled_from(["/data", "/metadata/name", "", "/none", "x"])},
)


@HOSTILE
@given(operations=st.lists(OPERATIONS, max_size=4))
def test_any_json_patch(client: Client, operations: list[Any]) -> None:
    with demos(client):
        path = "/api/v1/namespaces/lab/configmaps/demo"
        body = json.dumps(operations).encode()
        check(client.call("PATCH", path, body, Content_Type="application/json-patch+json"))


@HOSTILE
@given(
    parts=st.dictionaries(
        st.sampled_from(["metadata", "spec", "data", "status", "kind"]), VALUES, max_size=4
    ),
    place=st.sampled_from(PLACES),
    method=st.sampled_from(["POST", "PUT"]),
)
def test_any_object(client: Client, parts: dict[str, Any], place: str, method: str) -> None:
    path = place if method == "POST" else f"{place}/demo"
    parts.setdefault("metadata", {"name": "demo"})
    check(client.call(method, path, json.dumps(parts).encode(), fieldValidation="Strict", dryRun="All"))
    check(client.call(method, path, json.dumps(parts).encode(), fieldValidation="Ignore"))


@HOSTILE
@given(
    raw=st.binary(max_size=200),
    media_type=st.sampled_from(
        ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/html", "x"]
    ),
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
    magic=st.booleans(),
)
def test_any_bytes(client: Client, raw: bytes, media_type: str, method: str, magic: bool) -> None:
    path = "/api/v1/namespaces/lab/configmaps" + ("" if method == "POST" else "/nobody")
    body = b"k8s\x00" + raw if magic else raw
    check(client.call(method, path, body, Content_Type=media_type))


@HOSTILE
@given(
    query=st.dictionaries(PARAMETERS, WORDS, max_size=4),
    place=st.sampled_from([*PLACES, "/api/v1/namespaces/lab/pods/demo/log", f"{PLACES[0]}/demo"]),
    method=st.sampled_from(["GET", "GET", "DELETE", "HEAD"]),
    accept=st.sampled_from(
        ["", "application/json;as=Table;v=v1;g=meta.k8s.io", "*/*;q=x", ";,=", "text/html"]
    ),
)
def test_any_query(client: Client, query: dict[str, str], place: str, method: str, accept: str) -> None:
    if "follow" not in query and query.get("timeoutSeconds") != "":
        check(client.call(method, f"{place}?{urlencode(query)}", Accept=accept))


@HOSTILE
@given(
    segments=st.lists(
        st.sampled_from(("", "api", "apis", "v1", "apps", "namespaces", "lab", "pods", "..", ".", "status"))
        | st.text(max_size=8),
        max_size=7,
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROB"]),
)
def test_any_path(client: Client, segments: list[str], method: str) -> None:
    check(client.call(method, "/" + "/".join(quote(one, safe="") for one in segments)))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_without_the_token_nobody_learns_anything(world: World, method: str) -> None:
    others = """
        / /api /apis /apis/apps /version /healthz /livez /readyz /openapi/v3 /openapi/v3/api/v1 /nothing
        /api/v1/nothing /apis/no.such.group/v1 /metrics // /%00 /api/v1/namespaces/lab/pods/x/log
        /apis/apps/v1/namespaces/lab/deployments/x/scale
    """
    stranger = Client(world.url)
    for word in (None, "Bearer", "Bearer wrong", "\xff"):
        stranger.headers = {"Connection": "close", **({"Authorization": word} if word else {})}
        found = [stranger.call(method, path, b"{}") for path in [*PLACES, *others.split()]]
        answers = {(answer.status, answer.text) for answer in found}
        ((status, text),) = answers
        assert status == 401
        assert method == "HEAD" or json.loads(text)["message"] == "Unauthorized"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"metadata":' * 500 + "1" + "}" * 500])
def test_a_body_too_deep(client: Client, text: str) -> None:
    for media_type in ("application/json", "application/yaml"):
        answer = client.call("POST", "/api/v1/namespaces/lab/configmaps", text, Content_Type=media_type)
        assert answer.status in (400, 422), "too deep, or what is deep is not known and dropped"
        check(answer)
