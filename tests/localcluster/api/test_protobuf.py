import base64
import subprocess
import sys
from typing import Any

import pytest

from localcluster.api import protobuf
from localcluster.errors import BadRequest
from localcluster.objects import schema
from tests.localcluster.api.conftest import APPS, LAB, Client, configmap
from tests.patience import PATIENCE

KIND = {"Content_Type": "application/vnd.kubernetes.protobuf"}
# What kubectl 1.32 sends: kubectl create deployment demo --image=demo/greeter:dev --replicas=0 --port=50051
DEPLOYMENT = (
    b'k8s\x00\n\x15\n\x07apps/v1\x12\nDeployment\x12\xcb\x01\n!\n\x04demo\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00Z'
    b'\x0b\n\x03app\x12\x04demo\x12\x97\x01\x08\x00\x12\r\n\x0b\n\x03app\x12\x04demo\x1a|\n\x1d\n\x00\x12\x00\x1a\x00"'
    b"\x00*\x002\x008\x00B\x00Z\x0b\n\x03app\x12\x04demo\x12[\x12=\n\x07greeter\x12\x10demo/greeter:dev*\x002\x0c\n\x00"
    b'\x10\x00\x18\x83\x87\x03"\x00*\x00B\x00j\x00r\x00\x80\x01\x00\x88\x01\x00\x90\x01\x00\xa2\x01\x00\x1a\x002\x00B'
    b'\x00J\x00R\x00X\x00`\x00h\x00\x82\x01\x00\x8a\x01\x00\x9a\x01\x00\xc2\x01\x00"\x02\n\x00(\x008\x00\x1a\x0c\x08'
    b'\x00\x10\x00\x18\x00 \x00(\x008\x00\x1a\x00"\x00'
)


def message(model: str) -> Any:
    return protobuf._messages()[f"localcluster.{model}"]()


def body(kind: str, version: str, content: Any) -> bytes:
    envelope = message("Unknown")
    envelope.typeMeta.kind, envelope.typeMeta.apiVersion = kind, version
    envelope.raw = content.SerializeToString()
    return b"k8s\x00" + bytes(envelope.SerializeToString())


def named(model: str, name: str = "demo") -> Any:
    made = message(model)
    made.metadata.name = name
    return made


def test_deployment_of_kubectl(client: Client) -> None:
    made = client.ok("POST", f"{APPS}/deployments", DEPLOYMENT, fieldValidation="Strict", **KIND)
    assert made["spec"]["replicas"] == 0
    assert made["spec"]["selector"] == {"matchLabels": {"app": "demo"}}
    container = made["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"] == [{"containerPort": 50051, "protocol": "TCP"}]
    assert (container["image"], container["imagePullPolicy"]) == ("demo/greeter:dev", "IfNotPresent")
    assert "progressDeadlineSeconds" in made["spec"], "what is not in the body has its default"


def test_same_object_as_from_json(client: Client) -> None:
    sent = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "demo"},
        "spec": {"clusterIP": "None", "ports": [{"port": 80}]},
    }
    content = named("V1Service")
    content.spec.clusterIP = "None"
    port = content.spec.ports.add(port=80, nodePort=0, name="")
    port.targetPort.type, port.targetPort.intVal = 0, 0
    content.spec.healthCheckNodePort = 0
    from_json = client.ok("POST", f"{LAB}/services", sent, dryRun="All")
    from_protobuf = client.ok("POST", f"{LAB}/services", body("Service", "v1", content), dryRun="All", **KIND)
    assert from_protobuf["spec"] == from_json["spec"]


def test_embedded_messages_are_fields() -> None:
    content = named("V1Ingress")
    rule = content.spec.rules.add(host="demo.example")
    rule.embedded_IngressRuleValue.http.paths.add(path="/").backend.service.name = "demo"
    spec = protobuf.parse(body("Ingress", "networking.k8s.io/v1", content), "V1Ingress")["spec"]
    path = {"path": "/", "backend": {"service": {"name": "demo"}}}
    assert spec == {"rules": [{"host": "demo.example", "http": {"paths": [path]}}]}


def test_values_that_are_messages() -> None:
    content = named("V1Deployment")
    content.metadata.creationTimestamp.SetInParent()
    container = content.spec.template.spec.containers.add(name="greeter")
    container.resources.limits["memory"].string = "64Mi"
    deployment = protobuf.parse(body("Deployment", "apps/v1", content), "V1Deployment")
    assert deployment["metadata"]["creationTimestamp"] is None
    template = deployment["spec"]["template"]["spec"]
    assert template["containers"][0]["resources"] == {"limits": {"memory": "64Mi"}}


def test_texts_numbers_and_bytes() -> None:
    service = named("V1Service")
    for number, text in ((0, "http"), (8080, "")):
        port = service.spec.ports.add(port=80)
        port.targetPort.type, port.targetPort.intVal, port.targetPort.strVal = int(bool(text)), number, text
    ports = protobuf.parse(body("Service", "v1", service), "V1Service")["spec"]["ports"]
    assert [port["targetPort"] for port in ports] == ["http", 8080]
    secret = named("V1Secret")
    secret.data["password"] = b"\x00\xff"
    assert protobuf.parse(body("Secret", "v1", secret), "V1Secret")["data"] == {
        "password": base64.b64encode(b"\x00\xff").decode()
    }


def test_kinds_that_kubectl_sends_as_json_only(client: Client) -> None:
    envelope = message("Unknown")
    envelope.typeMeta.kind, envelope.typeMeta.apiVersion = "Pod", "v1"
    envelope.raw = b"\x0a\x06\x0a\x04demo"
    answer = client.call("POST", f"{LAB}/pods", b"k8s\x00" + bytes(envelope.SerializeToString()), **KIND)
    assert answer.status == 415
    assert "field 1 of the protobuf message Pod; send JSON" in answer.json["message"]


def test_access_review(client: Client) -> None:
    review = message("V1SelfSubjectAccessReview")
    review.spec.resourceAttributes.verb = "create"
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = client.ok(
        "POST", path, body("SelfSubjectAccessReview", "authorization.k8s.io/v1", review), **KIND
    )
    assert answer["status"]["allowed"] is True
    assert answer["spec"] == {"resourceAttributes": {"verb": "create"}}


def test_delete_options(client: Client) -> None:
    made = client.ok("POST", f"{LAB}/configmaps", configmap())
    options = message("V1DeleteOptions")
    options.preconditions.uid = "another"
    refused = client.call("DELETE", f"{LAB}/configmaps/demo", body("DeleteOptions", "v1", options), **KIND)
    assert (refused.status, refused.json["reason"]) == (409, "Conflict")
    options.preconditions.uid = made["metadata"]["uid"]
    client.ok("DELETE", f"{LAB}/configmaps/demo", body("DeleteOptions", "v1", options), **KIND)


def test_field_of_a_newer_kubernetes_is_not_lost_in_silence(client: Client) -> None:
    content = named("V1ConfigMap")
    # Field 99 as text; the same field empty says nothing.
    raw = content.SerializeToString()
    envelope = message("Unknown")
    envelope.typeMeta.kind, envelope.typeMeta.apiVersion = "ConfigMap", "v1"
    envelope.raw = raw + b"\x9a\x06\x01x"
    answer = client.call(
        "POST", f"{LAB}/configmaps", b"k8s\x00" + bytes(envelope.SerializeToString()), **KIND
    )
    assert answer.status == 415
    assert "field 99 of the protobuf message ConfigMap" in answer.json["message"]
    envelope.raw = raw + b"\x9a\x06\x00"
    client.ok("POST", f"{LAB}/configmaps", b"k8s\x00" + bytes(envelope.SerializeToString()), **KIND)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{}", r"expected prefix \[107 56 115 0\]"),
        (b"", "expected prefix"),
        (b"k8s\x00\xff", "cannot be read"),
        (b"k8s\x00\x12\x03\x0a\x01\xff", "cannot be read"),
        (b"k8s\x00\x1a\x04gzip", "content encoding 'gzip'"),
    ],
    ids=["JSON", "nothing", "truncated", "not UTF-8", "compressed"],
)
def test_malformed(raw: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        protobuf.parse(raw, "V1ConfigMap")


def test_patches_are_never_protobuf(client: Client) -> None:
    answer = client.call("PATCH", f"{LAB}/configmaps/demo", DEPLOYMENT, **KIND)
    assert (answer.status, answer.json["reason"]) == (415, "UnsupportedMediaType")


def test_numbers_name_fields_of_the_models() -> None:
    for model in protobuf._reachable():
        known = schema.fields(model)
        names = protobuf._names(protobuf._numbers(model))
        # Fields that Kubernetes has in protobuf only, or has dropped from its OpenAPI.
        assert names - set(known) <= {"clusterName", "selfLink", "resize"}, model


def test_imported_only_when_it_is_used() -> None:
    check = "import sys, localcluster.api.server; sys.exit('google.protobuf' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=PATIENCE)  # noqa: S603 - our own text
