"""What tells the variants from each other: the subject of the course."""

from __future__ import annotations

import pytest

from tests.manifests.reading import INGRESSES, VARIANTS, arguments, container, environment, of_kind

BY_NAME = [variant for variant in VARIANTS if variant not in INGRESSES]


def test_the_greeter_listens_where_it_does_by_default_and_is_probed_there() -> None:
    deployment = of_kind("greeter", "Deployment")["demo"]
    greeter = container("greeter", "demo")
    assert deployment["spec"]["replicas"] == 3
    assert (greeter["name"], greeter["image"], greeter["args"]) == ("greeter", "greeter", ["server"])
    assert "env" not in greeter
    assert greeter["ports"] == [{"name": "grpc", "containerPort": 50051}]
    assert greeter["readinessProbe"]["grpc"] == greeter["livenessProbe"]["grpc"] == {"port": 50051}


@pytest.mark.parametrize("variant", VARIANTS)
def test_clients_are_alike_but_for_their_command_line(variant: str) -> None:
    client = container(variant, f"client-{variant}")
    assert (client["image"], client["args"][0]) == ("greeter", "client")
    assert client["args"][-2:] == ["--interval", "$(GREETER_INTERVAL)"]
    assert environment(client)["GREETER_INTERVAL"] == "1"


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_one_variant_asks_for_a_policy(variant: str) -> None:
    asked = "round_robin" in arguments(variant) and "--policy" in arguments(variant)
    assert asked == (variant == "headless-round-robin")


@pytest.mark.parametrize("variant", BY_NAME)
def test_clients_dial_their_variants_service(variant: str) -> None:
    assert arguments(variant)[1] == f"dns:///demo-{variant}:50051"
    assert of_kind(variant, "Service")[f"demo-{variant}"]["spec"]["ports"][0]["port"] == 50051


@pytest.mark.parametrize("variant", VARIANTS)
def test_headless_is_what_is_called_headless(variant: str) -> None:
    spec = of_kind(variant, "Service")[f"demo-{variant}"]["spec"]
    assert (spec.get("clusterIP") == "None") == variant.startswith(("headless", "fix"))


def test_round_robin_is_the_only_difference_between_the_two_headless_variants() -> None:
    name = "headless-round-robin"
    without = [word for word in arguments(name) if word not in {"--policy", "round_robin"}]
    assert [word.replace(name, "headless") for word in without] == arguments("headless")


@pytest.mark.parametrize(("variant", "expected"), INGRESSES.items(), ids=list(INGRESSES))
def test_an_ingress_names_its_class_host_and_service(variant: str, expected: tuple[str, bool]) -> None:
    (ingress,) = of_kind(variant, "Ingress").values()
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert ingress["metadata"]["name"] == f"demo-{variant}"
    assert ingress["metadata"]["annotations"] == {"nginx.ingress.kubernetes.io/backend-protocol": "GRPC"}
    assert ingress["spec"]["ingressClassName"] == expected[0]
    assert rule["host"] == f"{variant}.greeter.example"
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert path["backend"]["service"] == {"name": f"demo-{variant}", "port": {"name": "grpc"}}


@pytest.mark.parametrize(("variant", "expected"), INGRESSES.items(), ids=list(INGRESSES))
def test_tls_at_both_ends_or_at_none(variant: str, expected: tuple[str, bool]) -> None:
    (ingress,) = of_kind(variant, "Ingress").values()
    (host,) = (rule["host"] for rule in ingress["spec"]["rules"])
    blocks = [{"hosts": [host], "secretName": f"demo-{variant}-tls"}] if expected[1] else []
    assert ingress["spec"].get("tls", []) == blocks
    told = environment(container(variant, f"client-{variant}"))
    trusted = {"secretKeyRef": {"name": f"demo-{variant}-tls", "key": "ca.crt"}} if expected[1] else None
    assert told.get("GREETER_ROOT_CERTIFICATES") == trusted


@pytest.mark.parametrize(("variant", "expected"), INGRESSES.items(), ids=list(INGRESSES))
def test_clients_of_an_ingress_dial_the_controller_and_say_the_host(
    variant: str, expected: tuple[str, bool]
) -> None:
    told = environment(container(variant, f"client-{variant}"))
    key = f"{expected[0]}-{'https' if expected[1] else 'http'}"
    assert told["INGRESS_ADDRESS"] == {"configMapKeyRef": {"name": "ingress-address", "key": key}}
    host = f"{variant}.greeter.example"
    assert arguments(variant)[1:4] == ["$(INGRESS_ADDRESS)", "--authority", host]


def test_envoy_stands_between_two_services() -> None:
    services = of_kind("envoy", "Service")
    assert services["demo-envoy"]["spec"]["selector"] == {"app": "envoy"}
    assert services["demo-envoy-pods"]["spec"]["selector"] == {"app": "demo"}
    assert services["demo-envoy-pods"]["spec"]["clusterIP"] == "None"
