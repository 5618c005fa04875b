"""What a container's environment is made of."""

import base64
from typing import Any

import pytest

from localcluster.node import environment
from localcluster.node.environment import ConfigError

Object = dict[str, Any]

POD: Object = {
    "metadata": {
        "name": "demo-1",
        "namespace": "lab",
        "uid": "u-1",
        "labels": {"app": "demo"},
        "annotations": {"a.b/c": "note"},
    },
    "spec": {"nodeName": "local-node", "serviceAccountName": "default"},
    "status": {"podIP": "127.70.64.1", "hostIP": "127.70.0.1"},
}
HELD: dict[tuple[str, str], Object] = {
    ("ConfigMap", "settings"): {"data": {"greeting": "hello", "n=o": "x"}},
    ("Secret", "tls"): {"data": {"ca.crt": base64.b64encode(b"PEM").decode()}},
}


def lookup(kind: str, name: str) -> Object | None:
    return HELD.get((kind, name))


def made(services: dict[str, str] | None = None, **container: Any) -> dict[str, str]:
    return environment.variables({"name": "c", **container}, POD, lookup, services or {})


def ref(kind: str, name: str, key: str, **more: Any) -> Object:
    return {"name": "V", "valueFrom": {f"{kind}KeyRef": {"name": name, "key": key, **more}}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "demo-1"),
        ("metadata.namespace", "lab"),
        ("metadata.uid", "u-1"),
        ("metadata.labels['app']", "demo"),
        ("metadata.annotations['a.b/c']", "note"),
        ("metadata.labels['none']", ""),
        ("spec.nodeName", "local-node"),
        ("spec.serviceAccountName", "default"),
        ("status.podIP", "127.70.64.1"),
        ("status.podIPs", "127.70.64.1"),
        ("status.hostIP", "127.70.0.1"),
    ],
)
def test_fields_of_the_pod(path: str, value: str) -> None:
    assert made(env=[{"name": "V", "valueFrom": {"fieldRef": {"fieldPath": path}}}]) == {"V": value}


def test_keys_of_config_maps_and_secrets() -> None:
    assert made(env=[ref("configMap", "settings", "greeting")]) == {"V": "hello"}
    assert made(env=[ref("secret", "tls", "ca.crt")]) == {"V": "PEM"}


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (ref("configMap", "none", "a"), 'configmap "none" not found'),
        (ref("configMap", "settings", "a"), "couldn't find key a in ConfigMap lab/settings"),
        (ref("secret", "none", "a"), 'secret "none" not found'),
        (ref("secret", "tls", "a"), "couldn't find key a in Secret lab/tls"),
    ],
)
def test_what_is_missing_is_named(entry: Object, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        made(env=[entry])
    assert str(caught.value) == text


def test_what_is_optional_may_be_missing() -> None:
    assert made(env=[ref("configMap", "none", "a", optional=True)]) == {}
    assert made(env=[ref("secret", "tls", "a", optional=True)]) == {}
    assert made(envFrom=[{"secretRef": {"name": "none", "optional": True}}]) == {}


def test_all_keys_with_a_prefix_and_env_wins() -> None:
    found = made(
        envFrom=[
            {"prefix": "P_", "configMapRef": {"name": "settings"}},
            {"configMapRef": {"name": "settings"}},
        ],
        env=[{"name": "greeting", "value": "ciao"}],
    )
    assert found == {"P_greeting": "hello", "greeting": "ciao"}


def test_references_see_what_came_before_and_the_services() -> None:
    found = made(
        {"DEMO_SERVICE_HOST": "127.70.16.1"},
        env=[
            {"name": "A", "value": "$(B) $(DEMO_SERVICE_HOST)"},
            {"name": "B", "value": "2"},
            {"name": "C", "value": "$(A)-$(B)"},
        ],
    )
    assert found["A"] == "$(B) 127.70.16.1"
    assert found["C"] == "$(B) 127.70.16.1-2"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "1"),
        ("$(A)$(A)", "11"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$(NONE)", "$(NONE)"),
        ("$A $", "$A $"),
        ("$(A", "$(A"),
    ],
)
def test_expansion(text: str, expanded: str) -> None:
    assert environment.expand(text, {"A": "1"}) == expanded


def service(name: str, address: str = "127.70.16.9") -> Object:
    ports = [{"name": "grpc", "port": 50051, "protocol": "TCP"}, {"name": "web-ui", "port": 8080}]
    return {"metadata": {"name": name}, "spec": {"clusterIP": address, "ports": ports}}


def test_services_become_variables() -> None:
    found = environment.service_variables(POD, [service("demo-a")], ("127.70.0.1", 6443))
    assert found["KUBERNETES_SERVICE_HOST"] == "127.70.0.1"
    assert found["KUBERNETES_SERVICE_PORT"] == found["KUBERNETES_SERVICE_PORT_HTTPS"] == "6443"
    assert found["DEMO_A_SERVICE_HOST"] == "127.70.16.9"
    assert found["DEMO_A_SERVICE_PORT"] == "50051"
    assert found["DEMO_A_SERVICE_PORT_WEB_UI"] == "8080"
    assert found["DEMO_A_PORT"] == found["DEMO_A_PORT_50051_TCP"] == "tcp://127.70.16.9:50051"
    assert found["DEMO_A_PORT_8080_TCP_ADDR"] == "127.70.16.9"


def test_headless_services_have_none_and_links_can_be_off() -> None:
    api = ("127.70.0.1", 6443)
    only_api = environment.service_variables(POD, [service("demo", "None")], api)
    assert {name.partition("_")[0] for name in only_api} == {"KUBERNETES"}
    unlinked = {**POD, "spec": {"enableServiceLinks": False}}
    assert environment.service_variables(unlinked, [service("demo")], api) == only_api
