"""All ways of a namespace in one picture: what each client's command line names, and where that leads."""

from __future__ import annotations

from typing import Any

from matplotlib.patches import FancyBboxPatch

from helpers.lab.objects import Object
from helpers.plots.diagram import ENDPOINTS
from helpers.plots.ways import plot_ways, read_ways
from tests.helpers.fakes import fake_lab, made, pod
from tests.helpers.plots.test_distribution import words
from tests.helpers.plots.test_topology import arrows, crosses, dotted, endpoints, service, table


def client(name: str, *arguments: str, ready: int = 3) -> Object:
    template = {"spec": {"containers": [{"name": "client", "args": ["client", *arguments]}]}}
    return made("Deployment", f"client-{name}", spec={"template": template}, status={"readyReplicas": ready})


def ingress(host: str) -> Object:
    return made("Ingress", "demo", spec={"ingressClassName": "nginx", "rules": [{"host": host}]})


def dialling(name: str) -> str:
    return f"dns:///{name}:50051"


LAB = [
    pod("demo-1", labels={"app": "demo"}),
    pod("demo-2", labels={"app": "demo"}),
    pod("envoy-1", labels={"app": "envoy"}),
    service("demo"),
    endpoints("demo", "demo-1", "demo-2"),
    service("demo-pods", "None"),
    endpoints("demo-pods", "demo-1", "demo-2"),
    service("demo-envoy"),
    endpoints("demo-envoy", "envoy-1"),
    ingress("greeter.example"),
    made("Deployment", "demo", spec={"template": {"spec": {"containers": [{"name": "greeter"}]}}}),
]
CLIENTS = [
    client("x-envoy", dialling("demo-envoy")),
    client("x-ingress", "$(INGRESS_ADDRESS)", "--authority", "greeter.example"),
    client("x-retry", dialling("demo-pods")),
    client("x-plain", dialling("demo-pods"), "--policy", "round_robin"),
    client("x-clusterip", "demo:50051", ready=2),
]


def ways(lab: Any) -> list[tuple[str, list[str], list[str]]]:
    return [(way.entry.title, sorted(way.clients), [box.title for box in way.pods]) for way in read_ways(lab)]


def test_each_client_is_found_at_what_it_dials() -> None:
    both = ["demo-1", "demo-2"]
    assert ways(fake_lab(*LAB, *CLIENTS)) == [
        ("demo", ["x-clusterip"], both),
        ("demo-pods", ["x-plain", "x-retry"], both),
        ("greeter.example", ["x-ingress"], both),
        ("demo-envoy", ["x-envoy"], both),
    ]


def test_what_nobody_dials_is_not_shown() -> None:
    assert ways(fake_lab(*LAB)) == []
    assert ways(fake_lab(*LAB, client("x", "ipv4:10.0.0.1:50051"))) == []


def test_without_greetings_the_picture_has_endpoints_and_no_arrow() -> None:
    ax = plot_ways(fake_lab(*LAB, *CLIENTS))
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 4 + 4 * 2
    assert [box.get_linestyle() for box in boxes].count("--") == 1
    texts = [text.get_text() for text in ax.texts]
    assert "clusterip: 2 pods\ndial demo\n10.96.0.1:50051" in texts
    assert ENDPOINTS in {text.replace("\n", " ") for text in texts}
    assert arrows(ax) == []
    assert len(dotted(ax)) == 4 * 2


def test_each_client_has_its_own_arrows() -> None:
    measured = table(
        {"client-x-clusterip-1-a": "aa", "client-x-clusterip-1-b": "bb", "client-x-envoy-1-a": "ab!"}
    )
    ax = plot_ways(fake_lab(*LAB, *CLIENTS), measured)
    assert len(arrows(ax)) == 1 + 1 + 2 + 1
    assert len(crosses(ax)) == 1
    assert len(dotted(ax)) == 2 * 2  # of the two ways that were not measured
    assert "client-x-clusterip-1-a: demo-a 100%." in words(ax)
    assert "demo-a 33%, demo-b 33%, failed 33%." in words(ax)


def test_the_words_say_who_asks_and_who_dials() -> None:
    said = words(plot_ways(fake_lab(*LAB, *CLIENTS)))
    assert "retry, plain: 3 pods each; they ask DNS for demo-pods and connect to demo-1, demo-2." in said
    assert "ingress: 3 pods; they dial greeter.example (class nginx, no TLS), which leads to" in said


def test_clients_of_different_numbers_are_counted_each() -> None:
    two = [client("a", dialling("demo"), ready=1), client("b", dialling("demo"), ready=0)]
    assert "a (1), b (0): pods in brackets; they dial demo" in words(plot_ways(fake_lab(*LAB, *two)))


def test_an_empty_namespace_is_an_empty_picture() -> None:
    assert "there is no client" in words(plot_ways(fake_lab()))
