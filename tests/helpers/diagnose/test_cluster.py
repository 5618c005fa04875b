from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from kubernetes.client import ApiException

from helpers.diagnose import cluster, judgement
from helpers.diagnose.findings import Diagnosis
from helpers.lab.objects import Object
from helpers.lab.rbac import DeniedError, Rule
from tests.helpers.fakes import FakeObjects, fake_lab, made, pod, refused

GROUPS = {"gateway.networking.k8s.io": "v1", "networking.istio.io": "v1beta1"}


class Server(FakeObjects):
    """Objects in memory with the list of API groups; anything but reading is an error."""

    def request(self, method: str, path: str, **options: Any) -> Object:
        self._refuse(method, path)
        assert (method, path, options) == ("GET", "/apis", {})
        return {
            "groups": [
                {"name": name, "preferredVersion": {"groupVersion": f"{name}/{version}"}}
                for name, version in GROUPS.items()
            ]
        }


def lab_of(*items: Object) -> Any:
    lab = fake_lab()
    lab.objects = Server(*items)
    return lab


def service(name: str = "checkout", **spec: Any) -> Object:
    ports = [{"name": "grpc", "port": 50051, "targetPort": "grpc"}]
    return made(
        "Service",
        name,
        spec={"clusterIP": "10.0.0.7", "selector": {"app": "checkout"}, "ports": ports} | spec,
    )


def deployment(replicas: int = 3) -> Object:
    container = {"name": "checkout", "ports": [{"name": "grpc", "containerPort": 50051}]}
    container["readinessProbe"] = {"grpc": {"port": 50051}}  # type: ignore[assignment]
    template = {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [container]}}
    chosen = {"matchLabels": {"app": "checkout"}}
    return made(
        "Deployment", "checkout", spec={"replicas": replicas, "selector": chosen, "template": template}
    )


def endpoint_slice(*ready: bool, port: int = 50051) -> Object:
    found = [{"addresses": [f"10.1.0.{i}"], "conditions": {"ready": one}} for i, one in enumerate(ready)]
    labels = {"kubernetes.io/service-name": "checkout"}
    ports = [{"name": "grpc", "port": port}]
    return made("EndpointSlice", "checkout-1", labels=labels, endpoints=found, ports=ports)


def diagnosed(lab: Any) -> tuple[Diagnosis, list[str]]:
    seen, unread = cluster.inventory(lab)
    chosen = judgement.choose(seen, "checkout", lab.namespace, "the test")
    return judgement.judge(seen, chosen), unread


def ids(lab: Any) -> list[str]:
    return [one.id for one in diagnosed(lab)[0].findings]


def test_a_service_that_pins_is_found_and_nothing_is_written() -> None:
    lab = lab_of(service(), deployment(), endpoint_slice(True, True, True))
    assert ids(lab) == ["clusterip-pins"]
    assert lab.objects.calls == []


def test_a_pod_of_a_deployment_is_not_counted_beside_it() -> None:
    owner = {"ownerReferences": [{"kind": "ReplicaSet", "name": "checkout-1", "controller": True}]}
    spec: Mapping[str, Any] = deployment()["spec"]["template"]["spec"]
    one = pod("checkout-1-a", labels={"app": "checkout"}, metadata=owner, spec=spec)
    lab = lab_of(service(), deployment(1), one, endpoint_slice(True))
    assert ids(lab) == []


@pytest.mark.parametrize(
    ("slices", "words"),
    [
        ([endpoint_slice(False, False)], "2 pods, none of them ready"),
        ([endpoint_slice()], "which matches no pod"),
        ([], "which matches no pod"),
    ],
)
def test_without_a_ready_endpoint_there_is_nobody_to_send_to(slices: list[Object], words: str) -> None:
    items = [service(), *slices] if "matches" in words else [service(), deployment(1), *slices]
    (found,) = diagnosed(lab_of(*items))[0].findings
    assert (found.id, found.field) == ("no-endpoints", "spec.selector")
    assert words in found.saw


def test_a_headless_service_is_held_to_the_port_of_its_endpoints() -> None:
    bare = service(
        clusterIP="None", selector=None, ports=[{"name": "grpc", "port": 80, "targetPort": "grpc"}]
    )
    assert ids(lab_of(bare, endpoint_slice(True, port=8001))) == ["headless-port", "headless-client"]


def test_a_route_of_another_namespace_stands_in_front_if_its_gateway_takes_it() -> None:
    parent = {"name": "edge", "namespace": "infra"}
    backend = {"name": "checkout", "namespace": "me", "port": 50051}
    spec = {"parentRefs": [parent], "rules": [{"backendRefs": [backend]}]}
    route = made("GRPCRoute", "r", metadata={"namespace": "routes"}, spec=spec)
    gateway = made("Gateway", "edge", metadata={"namespace": "infra"}, spec={})
    accepted = [{"type": "Accepted", "status": "True", "reason": "Accepted", "message": ""}]
    served = [service(), deployment(), endpoint_slice(True)]
    assert ids(lab_of(*served, route, gateway)) == ["route-not-accepted"] * 2
    route["status"] = {"parents": [{"parentRef": parent, "conditions": accepted}]}
    gateway["status"] = {"conditions": accepted}
    assert ids(lab_of(*served, route, gateway)) == []


def test_the_class_of_an_ingress_tells_its_controller() -> None:
    backend = {"service": {"name": "checkout", "port": {"name": "grpc"}}}
    rules = [{"host": "a.example", "http": {"paths": [{"path": "/", "backend": backend}]}}]
    spec = {"ingressClassName": "public", "rules": rules, "tls": [{"hosts": ["a.example"]}]}
    items = [service(), deployment(), endpoint_slice(True), made("Ingress", "checkout", spec=spec)]
    assert ids(lab_of(*items)) == []
    nginx = made(
        "IngressClass", "public", metadata={"namespace": ""}, spec={"controller": "k8s.io/ingress-nginx"}
    )
    assert ids(lab_of(*items, nginx)) == ["ingress-not-grpc"]


def test_a_mesh_that_the_namespace_asks_for_stands_in_front() -> None:
    space = made("Namespace", "me", labels={"istio-injection": "enabled"}, metadata={"namespace": ""})
    assert ids(lab_of(service(), deployment(), endpoint_slice(True), space)) == []


# --- rights -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["EndpointSlice", "Pod", "Ingress", "GRPCRoute", "IngressClass", "StatefulSet", "ConfigMap"]
)
def test_a_missing_right_is_named_and_the_rest_is_judged(kind: str) -> None:
    lab = lab_of(service(), deployment(), endpoint_slice(True))
    rule = Rule("list", f"{kind.lower()}s", namespace="me")
    lab.objects.refusals["list", kind] = DeniedError(rule, refused(403, "forbidden"))
    found, unread = diagnosed(lab)
    assert [one.id for one in found.findings] == ["clusterip-pins"]
    assert all(kind in sentence and str(rule) in sentence for sentence in unread)
    assert unread
    assert ("could not be read" in found.findings[0].effect) is (kind in {"Ingress", "GRPCRoute"})


def test_without_the_right_to_see_endpoints_none_are_said_to_be_missing() -> None:
    lab = lab_of(service(), deployment(1))
    denied = DeniedError(Rule("list", "endpointslices", namespace="me"), refused(403, "forbidden"))
    lab.objects.refusals["list", "EndpointSlice"] = denied
    assert ids(lab) == []


def test_of_other_namespaces_nothing_is_seen_without_the_right_and_of_its_own_all() -> None:
    class Narrow(Server):
        def select(self, kind: Any, namespace: str, labels: str = "", fields: str = "") -> list[Object]:
            if namespace == cluster.EVERYWHERE:
                raise DeniedError(Rule("list", "ingresses"), refused(403, "forbidden"))
            return super().select(kind, namespace, labels, fields)

    backend = {"service": {"name": "checkout", "port": {"number": 50051}}}
    spec = {"ingressClassName": "traefik", "rules": [{"http": {"paths": [{"backend": backend}]}}]}
    lab = lab_of()
    lab.objects = Narrow(
        service(), deployment(), endpoint_slice(True), made("Ingress", "checkout", spec=spec)
    )
    found, unread = diagnosed(lab)
    assert found.findings == []
    assert any("in a ClusterRole" in sentence for sentence in unread)


def test_an_error_that_is_no_missing_right_goes_on() -> None:
    lab = lab_of(service())
    lab.objects.refusals["list", "Pod"] = refused(500, "etcd is away")
    with pytest.raises(ApiException, match="500"):
        cluster.inventory(lab)


def test_a_kind_that_is_not_served_has_no_objects_and_is_not_told_of() -> None:
    lab = lab_of(service(), deployment(1), endpoint_slice(True))
    lab.objects.refusals["list", "StatefulSet"] = refused(404, "the server could not find it")
    found, unread = diagnosed(lab)
    assert (list(found.findings), unread) == ([], [])
