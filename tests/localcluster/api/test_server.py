"""Who is let in, which paths and methods there are, and what is said when something goes wrong."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes import client as kubernetes

from tests.localcluster.api.conftest import LAB, Client, World
from tests.localcluster.api.standalone import TOKEN


def test_health_is_told_check_by_check(client: Client) -> None:
    told = client.call("GET", "/readyz", verbose="").text
    assert told.splitlines() == ["[+]ping ok", "[+]log ok", "[+]etcd ok", "readyz check passed"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v2", "/apis/no.such.group", "/apis/apps/v9", "/apis/apps/v9/x"]
)
def test_a_path_of_no_group_is_not_found_as_text(client: Client, path: str) -> None:
    answer = client.call("GET", path)
    assert (answer.status, answer.text) == (404, "404 page not found\n")


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothings", "/api/v1/pods/demo", LAB + "/nodes", LAB + "/pods/demo/nothing", LAB + "/pods//log"],
)
def test_a_path_of_no_resource_is_not_found_as_status(client: Client, path: str) -> None:
    answer = client.call("GET", path)
    assert (answer.status, answer.json["reason"]) == (404, "NotFound")
    assert answer.json["message"] == "the server could not find the requested resource"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", LAB + "/pods"),
        ("POST", LAB + "/pods/demo"),
        ("POST", "/api/v1/pods"),
        ("DELETE", "/api/v1/pods"),
        ("DELETE", "/api/v1/namespaces"),
        ("DELETE", LAB + "/pods/demo/status"),
        ("GET", "/api/v1/namespaces/lab/finalize"),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        ("POST", "/api/v1"),
        ("POST", "/apis/apps"),
    ],
)
def test_other_methods_are_not_allowed(client: Client, method: str, path: str) -> None:
    answer = client.call(method, path)
    assert (answer.status, answer.json["reason"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("subresource", ["resize", "ephemeralcontainers", "proxy/some/path"])
def test_what_is_left_out_says_where_to_read_on(client: Client, subresource: str) -> None:
    answer = client.call("POST", f"{LAB}/pods/demo/{subresource}")
    assert answer.status == 501
    assert "SCOPE.md" in answer.json["message"]


def test_a_mistake_of_the_server_is_a_status_without_its_inside(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(world.registry, "record", broken)
    answer = world.client.call("GET", LAB + "/pods/demo")
    assert (answer.status, answer.json["reason"]) == (500, "InternalError")
    assert "secret" not in answer.text
    assert "the secret inside" in caplog.text


def test_the_official_client_agrees(world: World) -> None:
    configuration = kubernetes.Configuration(host=world.url)
    configuration.api_key = {"authorization": f"Bearer {TOKEN}"}
    with kubernetes.ApiClient(configuration) as api:
        core = kubernetes.CoreV1Api(api)
        created = core.create_namespaced_config_map(
            "lab", kubernetes.V1ConfigMap(metadata=kubernetes.V1ObjectMeta(name="demo"), data={"a": "1"})
        )
        listed = core.list_namespaced_config_map("lab")
        # As on a real server, the items of a list carry no kind.
        assert [(item.data, item.kind) for item in listed.items] == [(created.data, None)]
        with pytest.raises(kubernetes.ApiException) as caught:
            core.read_namespaced_pod("none", "lab")
        assert caught.value.status == 404


def test_a_mistake_in_a_log_is_a_status_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(*_: Any) -> AsyncIterator[bytes]:
        raise OSError("no disk")
        yield b""

    world.started_pod()
    monkeypatch.setattr(world.logs, "read", read)
    answer = world.client.call("GET", LAB + "/pods/demo/log")
    assert (answer.status, answer.json["reason"]) == (500, "InternalError"), answer.text
