"""What somebody who knows the Gateway API types."""

import json
from pathlib import Path

import pytest
import yaml

from tests.localcluster.clients.kubectl import Kubectl
from tests.localcluster.objects.custom import samples


@pytest.fixture
def kubectl(kubeconfig: Path, namespace: str) -> Kubectl:
    """kubectl in a new namespace."""
    command = Kubectl(kubeconfig)
    command(f"create namespace {namespace}")
    return command


def manifest(namespace: str, *hostnames: str) -> str:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "demo"}}
    service["spec"] = {"ports": [{"port": 50051}]}
    objects = [samples.gateway(), samples.route(hostnames=list(hostnames)), service]
    for one in objects[:2]:
        one["metadata"]["namespace"] = namespace
    return yaml.safe_dump_all(objects)


def test_a_gateway_from_apply_to_delete(kubectl: Kubectl, namespace: str) -> None:
    first = kubectl("apply -f -", stdin=manifest(namespace))
    assert first.splitlines()[:2] == [
        "gateway.gateway.networking.k8s.io/demo created",
        "grpcroute.gateway.networking.k8s.io/demo created",
    ]
    kubectl("wait gateway/demo --for=condition=Programmed --timeout=180s")
    assert kubectl.table("get gateways")[0] == ["NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE"]
    assert kubectl.table("get gtw demo")[1][0][3] == "True"
    path = "jsonpath={.status.parents[0].conditions[?(@.type=='Accepted')].status}"
    kubectl(f"wait grpcroute/demo --for={path}=True --timeout=180s")
    again = kubectl("apply -f -", stdin=manifest(namespace, "a.example"))
    # Lists with defaults in them always differ for kubectl; the server knows that nothing changed.
    assert [line.rpartition(" ")[2] for line in again.splitlines()] == ["configured"] * 2 + ["unchanged"]
    assert [kubectl.json(f"get {kind} demo")["metadata"]["generation"] for kind in ("gtw", "grpcroute")] == [
        1,
        2,
    ]
    assert kubectl.table("get grpcroutes")[1][0][1] == '["a.example"]'
    assert kubectl("apply --server-side -f -", stdin=manifest(namespace), code=1).count("conflict") > 0
    assert kubectl("delete gateway,grpcroute demo").count("deleted") == 2


def test_describe_and_explain(kubectl: Kubectl, namespace: str) -> None:
    kubectl("apply -f -", stdin=manifest(namespace))
    kubectl("wait gateway/demo --for=condition=Programmed --timeout=180s")
    told = kubectl("describe gateway demo")
    for words in ("Gateway Class Name:  envoy", "Attached Routes:  ", "Reason:                Programmed"):
        assert words in told
    assert "Where it can be reached" in kubectl("explain gateway.status.addresses")
    explained = kubectl("explain grpcroute.spec.rules.matches.method")
    assert "Full name of the service" in explained
    assert "enum: Exact, RegularExpression" in explained
    assert "<[]Object>" in kubectl("explain grpcroute --recursive")


def test_what_is_wrong_is_refused_in_the_words_of_kubernetes(kubectl: Kubectl, namespace: str) -> None:
    wrong = manifest(namespace).replace("port: 8000", "port: eighty")
    assert "must be of type integer" in kubectl("apply -f -", stdin=wrong, code=1)
    unknown = manifest(namespace).replace("protocol: HTTP", "protocol: HTTP, host: a", 1)
    unknown = unknown.replace("protocol: HTTP, host: a", "protocol: HTTP\n    host: a")
    assert 'unknown field "spec.listeners[0].host"' in kubectl("apply -f -", stdin=unknown, code=1)


def test_patch_edit_and_label(kubectl: Kubectl, namespace: str) -> None:
    kubectl("apply -f -", stdin=manifest(namespace))
    change = json.dumps({"spec": {"hostnames": ["a.example"]}})
    assert kubectl("patch grpcroute demo --type=merge -p", change).endswith("patched\n")
    refused = kubectl("patch grpcroute demo --type=strategic -p", change, code=1)
    assert "application/strategic-merge-patch+json is not supported" in refused
    assert kubectl("label grpcroute demo a=b").endswith("labeled\n")
    kubectl("annotate grpcroute demo word=one")
    assert kubectl("edit grpcroute demo").endswith("edited\n")
    assert kubectl.json("get grpcroute demo")["metadata"]["annotations"]["word"] == "two"


def test_the_class_of_the_cluster(kubectl: Kubectl) -> None:
    header, rows = kubectl.table("get gatewayclass")
    assert header == ["NAME", "CONTROLLER", "ACCEPTED", "AGE"]
    assert rows[0][:3] == ["envoy", "localcluster.internal/gateway", "True"]
    assert kubectl("api-resources --categories=gateway-api -o name").split() == [
        "gatewayclasses.gateway.networking.k8s.io",
        "gateways.gateway.networking.k8s.io",
        "grpcroutes.gateway.networking.k8s.io",
    ]
