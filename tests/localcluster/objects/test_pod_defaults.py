from typing import Any

import pytest

from localcluster.objects import pod_defaults
from localcluster.types import Object
from tests.localcluster.objects import samples


def spec_of(**spec: Any) -> Object:
    pod = samples.pod(**spec)
    pod_defaults.default_pod(pod)
    found: Object = pod["spec"]
    return found


def container_of(**fields: Any) -> Object:
    found: Object = spec_of(containers=[samples.container(**fields)])["containers"][0]
    return found


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("greeter", "Always"),
        ("demo/greeter:latest", "Always"),
        ("registry.example:5000/greeter", "Always"),
        ("registry.example:5000/greeter:1", "IfNotPresent"),
        ("demo/greeter@sha256:0123", "IfNotPresent"),
    ],
)
def test_the_tag_decides_when_an_image_is_pulled(image: str, policy: str) -> None:
    assert container_of(image=image)["imagePullPolicy"] == policy


def test_a_container_says_where_its_last_words_go() -> None:
    found = container_of()
    assert found["terminationMessagePath"] == "/dev/termination-log"
    assert (found["terminationMessagePolicy"], found["resources"]) == ("File", {})
    assert found["ports"] == [{"name": "grpc", "containerPort": 50051, "protocol": "TCP"}]


def test_probes_get_numbers_and_handlers_their_parts() -> None:
    found = container_of(readinessProbe={"grpc": {"port": 50051}}, livenessProbe={"httpGet": {"port": 1}})
    assert found["readinessProbe"] == {
        "grpc": {"port": 50051, "service": ""},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    assert found["livenessProbe"]["httpGet"] == {"port": 1, "path": "/", "scheme": "HTTP"}


def test_a_field_reference_has_a_version() -> None:
    variable = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    reference = container_of(env=[variable])["env"][0]["valueFrom"]["fieldRef"]
    assert reference == {"fieldPath": "metadata.name", "apiVersion": "v1"}


def test_limits_are_requests_where_there_are_none() -> None:
    demand = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m"}}
    assert container_of(resources=demand)["resources"]["requests"] == {"cpu": "100m", "memory": "1Gi"}


def test_both_names_of_the_service_account_are_written() -> None:
    assert spec_of(serviceAccountName="me")["serviceAccount"] == "me"
    assert spec_of(serviceAccount="me")["serviceAccountName"] == "me"
