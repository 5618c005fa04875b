"""Gateways in memory: which class is taken, what is waited for, what is told when it does not come."""

from __future__ import annotations

import time
from typing import Any

import pytest
from kubernetes.client import ApiException

from helpers.deploy import gateways
from helpers.lab.errors import LabError, MissingError
from helpers.lab.objects import Object
from tests.helpers.fakes import fake_lab, made, refused

NOW = -1.0


def class_of(name: str, *features: str, accepted: str = "True") -> Object:
    conditions = [{"type": "Accepted", "status": accepted, "reason": "Accepted", "message": ""}]
    status = {"conditions": conditions, "supportedFeatures": [{"name": one} for one in features]}
    return {"kind": "GatewayClass", "metadata": {"name": name}, "status": status}


def condition(kind: str, status: str = "True", **more: Any) -> Object:
    return {"type": kind, "status": status, "reason": "Why", "message": "in words", **more}


def gateway(*programmed: str, addresses: tuple[str, ...] = ("127.9.0.30",)) -> Object:
    listeners = [
        {"name": "plaintext", "port": 8000, "protocol": "HTTP", "hostname": "a.example"},
        {
            "name": "tls",
            "port": 8443,
            "protocol": "HTTPS",
            "hostname": "a.example",
            "tls": {"certificateRefs": [{"name": "demo-tls"}]},
        },
    ]
    status = {
        "addresses": [{"value": one} for one in addresses],
        "conditions": [condition("Accepted")],
        "listeners": [
            {"name": one["name"], "conditions": [condition("Programmed", value)]}
            for one, value in zip(listeners, programmed, strict=False)
        ],
    }
    spec = {"gatewayClassName": gateways.TO_BE_CHOSEN, "listeners": listeners}
    return made("Gateway", "demo", spec=spec, status=status)


def route(*conditions: Object) -> Object:
    backend = {"name": "demo-stable", "port": 50051}
    parents = [{"parentRef": {"name": "demo"}, "conditions": list(conditions)}] if conditions else []
    found = made(
        "GRPCRoute", "demo", spec={"rules": [{"backendRefs": [backend]}]}, status={"parents": parents}
    )
    found["metadata"]["generation"] = 2
    return found


def accepted(generation: int = 2) -> Object:
    return condition("Accepted", observedGeneration=generation)


def test_accepted_classes_that_route_grpc_come_first() -> None:
    place = fake_lab(
        class_of("a"), class_of("b", "GRPCRoute"), class_of("c", "GRPCRoute", accepted="Unknown")
    )
    assert gateways.gateway_classes(place) == ["b", "a"]


def test_a_cluster_without_the_api_has_no_classes() -> None:
    place = fake_lab()
    place.objects.refusals["list", "GatewayClass"] = ApiException(status=404)
    assert gateways.gateway_classes(place) == []


def test_who_may_not_list_classes_can_be_told_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = fake_lab()
    place.objects.refusals["list", "GatewayClass"] = refused(403, "forbidden")
    assert gateways.gateway_classes(place) == []
    assert "LAB_GATEWAY_CLASS" in capsys.readouterr().out
    monkeypatch.setenv("LAB_GATEWAY_CLASS", "mine")
    assert gateways.gateway_classes(place) == ["mine"]


def test_the_class_is_chosen_unless_the_manifest_names_one() -> None:
    place, named = fake_lab(class_of("envoy")), gateway()
    named["spec"]["gatewayClassName"] = "named"
    found = gateways.settle(place, [gateway(), named, route()])
    assert [one["spec"].get("gatewayClassName") for one in found] == ["envoy", "named", None]


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (ApiException(status=404), r"does not have the Gateway API\. Install an implementation"),
        ([], "has the Gateway API, but no GatewayClass"),
        (
            [class_of("late", accepted="Unknown"), class_of("bad", accepted="False")],
            r"no GatewayClass that its controller accepts \(late: Accepted is Unknown .*; bad: ",
        ),
        (refused(403, "forbidden"), r"cannot be listed: forbidden\. Set LAB_GATEWAY_CLASS"),
    ],
)
def test_without_a_class_that_works_it_is_said_what_is_missing(
    found: ApiException | list[Object], missing: str
) -> None:
    place = fake_lab(*(found if isinstance(found, list) else []))
    if isinstance(found, ApiException):
        place.objects.refusals["list", "GatewayClass"] = found
    with pytest.raises(MissingError, match=missing):
        gateways.settle(place, [gateway(), route(), made("Service", "demo-stable")])
    assert gateways.settle(place, [made("Service", "demo-stable")])


def test_clients_are_told_address_and_ports_once_every_listener_is_there() -> None:
    ready = gateway("True", "True")
    place = fake_lab(ready, route(accepted()))
    gateways.publish(place, [ready, route()], NOW)
    told = place.objects.get("ConfigMap", place.namespace, gateways.ADDRESS)
    assert told
    assert told["data"] == {"plaintext": "127.9.0.30:8000", "tls": "127.9.0.30:8443"}


def test_somebody_may_know_the_address_better(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = gateway("True", "True", addresses=())
    place = fake_lab(ready, route(accepted()))
    monkeypatch.setenv("LAB_GATEWAY_ADDRESS", "lb.example:80:443")
    gateways.publish(place, [ready, route()], NOW)
    told = place.objects.get("ConfigMap", place.namespace, gateways.ADDRESS)
    assert told
    assert told["data"] == {"plaintext": "lb.example:80", "tls": "lb.example:443"}


@pytest.mark.parametrize(
    "found", [gateway("True", "False"), gateway("True"), gateway("True", "True", addresses=())]
)
def test_a_gateway_that_is_not_ready_says_what_its_controller_says(found: Object) -> None:
    place = fake_lab(found)
    with pytest.raises(LabError, match=r"Gateway demo of class to-be-chosen .* is not ready"):
        gateways.publish(place, [found], time.monotonic())


def test_the_conditions_of_a_listener_are_in_the_sentence() -> None:
    found = gateway("True", "False")
    with pytest.raises(LabError, match=r"Programmed is False \(Why: in words\)"):
        gateways.publish(fake_lab(found), [found], time.monotonic())


@pytest.mark.parametrize(
    "said", [(), (accepted(1),), (condition("Accepted", "False", observedGeneration=2),)]
)
def test_what_was_said_of_an_older_route_does_not_count(said: tuple[Object, ...]) -> None:
    with pytest.raises(LabError, match=r"GRPCRoute demo in namespace .* is accepted by no Gateway"):
        gateways.wait_route(fake_lab(route(*said)), "demo", time.monotonic())


def test_conditions_are_a_table_of_words() -> None:
    found = gateways.gateway_conditions(fake_lab(gateway("True"), route(accepted())), "demo")
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("Gateway", "", "Accepted", "True", "Why"),
        ("Gateway", "listener plaintext", "Programmed", "True", "Why"),
        ("GRPCRoute", "at demo", "Accepted", "True", "Why"),
    ]
    assert gateways.gateway_conditions(fake_lab(), "demo").empty


def test_conditions_of_an_older_generation_are_not_told() -> None:
    place: Any = fake_lab(route(accepted(1)))
    place.objects.meanwhile = [
        lambda: place.objects.put(route(condition("Accepted", "False", observedGeneration=2)))
    ]
    found = gateways.gateway_conditions(place, "demo")
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("GRPCRoute", "at demo", "Accepted", "False", "Why")
    ]
