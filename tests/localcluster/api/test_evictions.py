"""Evictions delete pods, as a drain asks for them."""

from tests.localcluster.api.conftest import LAB, Client, pod

EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "demo", "namespace": "lab"}}


def test_an_evicted_pod_is_deleted(client: Client) -> None:
    client.ok("POST", f"{LAB}/pods", pod())
    dry = client.call("POST", f"{LAB}/pods/demo/eviction", EVICTION, dryRun="All")
    assert (dry.status, client.call("GET", f"{LAB}/pods/demo").status) == (201, 200)
    answer = client.call("POST", f"{LAB}/pods/demo/eviction", EVICTION)
    assert answer.status == 201
    assert answer.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "code": 201,
    }
    assert client.call("GET", f"{LAB}/pods/demo").status == 404
    assert client.call("POST", f"{LAB}/pods/demo/eviction", EVICTION).status == 404


def test_what_is_wrong_with_an_eviction(client: Client) -> None:
    client.ok("POST", f"{LAB}/pods", pod())
    other = {**EVICTION, "metadata": {"name": "other"}}
    assert client.call("POST", f"{LAB}/pods/demo/eviction", other).status == 400
    late = {**EVICTION, "deleteOptions": {"preconditions": {"uid": "another"}}}
    assert client.call("POST", f"{LAB}/pods/demo/eviction", late).status == 409
    assert client.call("GET", f"{LAB}/pods/demo/eviction").status == 405
