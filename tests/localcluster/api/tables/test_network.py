"""Services and what is behind them, in rows."""

from typing import Any

import pytest

from tests.localcluster.api.tables.rows import row


@pytest.mark.parametrize(
    ("spec", "cells"),
    [
        (
            {"clusterIP": "127.0.0.9", "ports": [{"port": 80}], "selector": {"b": "2", "a": "1"}},
            ["ClusterIP", "127.0.0.9", "<none>", "80/TCP", "a=1,b=2"],
        ),
        ({"clusterIP": "None"}, ["ClusterIP", "None", "<none>", "<none>", "<none>"]),
        (
            {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "UDP"}, {"port": 81}]},
            ["NodePort", "<none>", "<none>", "80:30080/UDP,81/TCP", "<none>"],
        ),
        ({"type": "LoadBalancer"}, ["LoadBalancer", "<none>", "<pending>", "<none>", "<none>"]),
        (
            {"type": "ExternalName", "externalName": "x.example"},
            ["ExternalName", "<none>", "x.example", "<none>", "<none>"],
        ),
        ({"externalIPs": ["10.0.0.1"]}, ["ClusterIP", "<none>", "10.0.0.1", "<none>", "<none>"]),
    ],
)
def test_services(spec: dict[str, Any], cells: list[str]) -> None:
    name, *found, age, selector = row("Service", spec=spec)
    assert (name, age, [*found, selector]) == ("demo", "<unknown>", cells)


def test_endpoints_are_shortened() -> None:
    addresses = [{"ip": f"127.0.0.{n}"} for n in range(1, 6)]
    subsets = [{"addresses": addresses, "ports": [{"port": 50051}]}]
    assert row("Endpoints", subsets=subsets)[1] == (
        "127.0.0.1:50051,127.0.0.2:50051,127.0.0.3:50051 + 2 more..."
    )
    assert row("Endpoints")[1] == "<none>"
    assert row("Endpoints", subsets=[{"addresses": [{"ip": "::1"}], "ports": [{"port": 1}]}])[1] == "[::1]:1"


def test_slices() -> None:
    endpoints = [{"addresses": ["127.0.0.1"]}, {"addresses": ["127.0.0.2"]}]
    cells = row("EndpointSlice", addressType="IPv4", ports=[{"port": 50051}], endpoints=endpoints)
    assert cells[1:4] == ["IPv4", "50051", "127.0.0.1,127.0.0.2"]
    assert row("EndpointSlice", addressType="IPv4")[2:4] == ["<unset>", "<unset>"]
    ports = [{"name": "any"}, {"port": 1}, {}]
    assert row("EndpointSlice", addressType="IPv4", ports=ports)[2] == "any,1,*"


def test_ingresses() -> None:
    spec = {"ingressClassName": "nginx", "rules": [{"host": "a"}, {"host": "b"}], "tls": [{}]}
    status = {"loadBalancer": {"ingress": [{"ip": "127.0.0.3"}, {"hostname": "x"}]}}
    assert row("Ingress", spec=spec, status=status)[1:5] == ["nginx", "a,b", "127.0.0.3,x", "80, 443"]
    assert row("Ingress", spec={"rules": [{}]})[1:5] == ["<none>", "*", "", "80"]


def test_ingress_classes() -> None:
    about = {"apiGroup": "example.com", "kind": "Settings", "name": "one"}
    assert row("IngressClass", spec={"controller": "c", "parameters": about})[1:3] == [
        "c",
        "Settings.example.com/one",
    ]
    assert row("IngressClass", spec={"controller": "c"})[2] == "<none>"
