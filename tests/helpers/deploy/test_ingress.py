from __future__ import annotations

from typing import Any

import pytest

from helpers.deploy import ingress
from helpers.lab.errors import LabError
from helpers.lab.objects import Object
from helpers.lab.rbac import DeniedError, Rule
from tests.helpers.fakes import fake_lab, made, refused


def ingress_of(name: str, *entries: Object) -> Object:
    status = {"loadBalancer": {"ingress": list(entries)}} if entries else {}
    return made("Ingress", f"demo-{name}", spec={"ingressClassName": name}, status=status)


def class_of(name: str, controller: str = ingress.CONTROLLER) -> Object:
    return {"kind": "IngressClass", "metadata": {"name": name}, "spec": {"controller": controller}}


def controller_service(address: str) -> Object:
    metadata = {"name": ingress.CONTROLLER_SERVICE, "namespace": ingress.CONTROLLER_NAMESPACE}
    return {"kind": "Service", "metadata": metadata, "spec": {"clusterIP": address}}


PORTS = [{"port": 8080, "protocol": "TCP"}, {"port": 8443, "protocol": "TCP"}]


def test_classes_are_sorted_names() -> None:
    assert ingress.ingress_classes(fake_lab(class_of("nginx-legacy"), class_of("nginx"))) == [
        "nginx",
        "nginx-legacy",
    ]


def test_who_may_not_list_classes_is_told_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    place = fake_lab()
    rule = Rule("list", "ingressclasses", "networking.k8s.io")
    place.objects.refusals["list", "IngressClass"] = DeniedError(rule, refused(403, "forbidden"))
    assert ingress.ingress_classes(place) == []
    assert ingress.ingress_classes(place) == []
    told = capsys.readouterr().out
    assert str(rule) in told
    assert len(told.splitlines()) == 1


def test_who_may_not_list_classes_can_be_told_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_INGRESS_CLASSES", "nginx-legacy, nginx")
    assert ingress.ingress_classes(fake_lab()) == ["nginx", "nginx-legacy"]


@pytest.mark.parametrize(
    ("entry", "endpoint"),
    [
        ({"ip": "127.9.0.20", "ports": PORTS}, ("127.9.0.20", 8080, 8443)),
        ({"ip": "203.0.113.7"}, ("203.0.113.7", 80, 443)),
        ({"hostname": "lb.example"}, ("lb.example", 80, 443)),
        ({"hostname": "localhost"}, None),
        ({"ip": "127.0.0.1"}, None),
        ({}, None),
    ],
)
def test_what_a_status_means_to_a_pod(entry: Object, endpoint: object) -> None:
    assert ingress.status_endpoint(ingress_of("nginx", entry)) == endpoint


def test_the_status_of_the_right_class_tells() -> None:
    place = fake_lab(
        ingress_of("nginx", {"ip": "127.9.0.20", "ports": PORTS}), ingress_of("other", {"ip": "203.0.113.7"})
    )
    assert ingress.ingress_endpoint(place, "nginx") == "127.9.0.20:8080"
    assert ingress.ingress_endpoint(place, "nginx", tls=True) == "127.9.0.20:8443"
    assert ingress.ingress_endpoint(place, "nginx-legacy") is None


def test_the_user_knows_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_INGRESS_ADDRESS", "10.0.0.7:30080:30443")
    place = fake_lab(ingress_of("nginx", {"ip": "203.0.113.7"}))
    assert ingress.ingress_endpoint(place, "nginx", tls=True) == "10.0.0.7:30443"


@pytest.mark.parametrize("told", ["10.0.0.7", "10.0.0.7:80", ":80:443", "10.0.0.7:http:https", "a:1:2:3"])
def test_another_form_of_address_is_refused(told: str) -> None:
    with pytest.raises(LabError, match="host:http:https"):
        ingress.parse_address(told)


def test_the_controllers_service_tells_where_the_status_does_not() -> None:
    place = fake_lab(
        ingress_of("nginx", {"hostname": "localhost"}), class_of("nginx"), controller_service("10.96.0.9")
    )
    assert ingress.ingress_endpoint(place, "nginx", tls=True) == "10.96.0.9:443"
    assert ingress.ingress_endpoint(place, "nginx-legacy") is None


def test_another_controllers_class_is_not_sent_to_ingress_nginx() -> None:
    place = fake_lab(class_of("nginx", "example.com/other"), controller_service("10.96.0.9"))
    assert ingress.ingress_endpoint(place, "nginx") is None


def test_an_address_that_comes_later_is_waited_for() -> None:
    place = fake_lab(ingress_of("nginx"), class_of("nginx"))
    late = ingress_of("nginx", {"ip": "127.9.0.20", "ports": PORTS})
    place.objects.meanwhile = [lambda: place.objects.put(late)]
    assert ingress.wait_endpoint(place, "nginx", 0) == ("127.9.0.20", 8080, 8443)


def test_another_ingress_with_an_address_does_not_put_this_one_into_service() -> None:
    entry = {"ip": "127.9.0.20", "ports": PORTS}
    late = ingress_of("nginx")
    late["metadata"]["name"] = "late"
    place = fake_lab(ingress_of("nginx", entry), late, class_of("nginx"))
    seen = []
    served = {**late, "status": {"loadBalancer": {"ingress": [entry]}}}
    place.objects.meanwhile = [lambda: seen.append("waited"), lambda: place.objects.put(served)]
    assert ingress.wait_endpoint(place, "nginx", 0, name="late") == ("127.9.0.20", 8080, 8443)
    assert place.objects.meanwhile == []
    assert seen == ["waited"]


def test_a_controller_that_is_found_by_its_service_need_not_write_statuses() -> None:
    place = fake_lab(ingress_of("nginx"), class_of("nginx"), controller_service("10.96.0.9"))
    place.objects.meanwhile = [lambda: pytest.fail("waited")]
    assert ingress.wait_endpoint(place, "nginx", 0, name="demo-nginx") == ("10.96.0.9", 80, 443)


def test_a_class_that_is_not_there_is_not_waited_for() -> None:
    place = fake_lab(ingress_of("nginx"))
    place.objects.meanwhile = [lambda: pytest.fail("waited")]
    with pytest.raises(LabError, match="no IngressClass nginx"):
        ingress.wait_endpoint(place, "nginx", 0)


def test_a_controller_that_says_nothing_is_named() -> None:
    place: Any = fake_lab(ingress_of("nginx"))
    place.objects.refusals["get", "IngressClass"] = refused(403, "forbidden")
    with pytest.raises(LabError, match=r"No controller has given an address.*LAB_INGRESS_ADDRESS"):
        ingress.wait_endpoint(place, "nginx", 0)


def test_publishing_one_class_keeps_the_others() -> None:
    place = fake_lab()
    ingress.publish(place, "nginx", ("a", 1, 2))
    ingress.publish(place, "nginx-legacy", ("b", 3, 4))
    data = place.objects.get("ConfigMap", "me", "ingress-address")["data"]
    assert data == {
        "nginx-http": "a:1",
        "nginx-https": "a:2",
        "nginx-legacy-http": "b:3",
        "nginx-legacy-https": "b:4",
    }


def test_a_config_map_of_another_owner_is_left_alone() -> None:
    place = fake_lab(made("ConfigMap", "ingress-address", ours=False, data={"a": "b"}))
    with pytest.raises(LabError, match="ConfigMap ingress-address in namespace me belongs to somebody else"):
        ingress.publish(place, "nginx", ("a", 1, 2))
    assert place.objects.calls == []
