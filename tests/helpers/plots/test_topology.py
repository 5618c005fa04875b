from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Annotation

from helpers.lab.errors import LabError
from helpers.lab.objects import Object
from helpers.plots import style
from helpers.plots.topology import plot_topology, read_topology
from tests.helpers.fakes import fake_lab, made, pod
from tests.helpers.observe.test_stats import greetings
from tests.helpers.plots.test_distribution import words


def service(name: str, address: str = "10.96.0.1") -> Object:
    return made("Service", name, spec={"clusterIP": address, "ports": [{"port": 50051}]})


def endpoints(of: str, *names: str) -> Object:
    listed = [
        {"addresses": [f"10.0.0.{number}"], "targetRef": {"name": name}, "conditions": {"ready": True}}
        for number, name in enumerate(names)
    ]
    listed.append({"addresses": ["10.0.0.99"], "targetRef": {"name": "late"}, "conditions": {"ready": False}})
    return made("EndpointSlice", f"{of}-x", labels={"kubernetes.io/service-name": of}, endpoints=listed)


def lab_of(variant: str, *items: Object) -> Any:
    clients = [pod(f"client-{n}", labels={"app": f"client-{variant}"}) for n in (1, 2)]
    return fake_lab(pod("demo-1"), pod("demo-2"), *clients, *items)


def stations(lab: Any, variant: str) -> list[tuple[str, list[str]]]:
    return [(title, [box.title for box in boxes]) for title, boxes in read_topology(lab, variant).stations]


def table(ends: dict[str, str]) -> pd.DataFrame:
    """Greetings of each client: a letter for each, which names the pod; ``!`` failed."""
    parts = [
        greetings(text.replace("!", ""), "v", client, failed=text.count("!")) for client, text in ends.items()
    ]
    return pd.concat(parts, ignore_index=True)


def arrows(ax: Axes) -> list[FancyArrowPatch]:
    """The arrows that are measured: those to a pod, and the broken ones."""
    drawn = [text for text in ax.texts if isinstance(text, Annotation) and text.get_zorder() == 3]
    return [text.arrow_patch for text in drawn if text.arrow_patch is not None]


def dotted(ax: Axes) -> list[Line2D]:
    return [line for line in ax.get_lines() if line.get_linestyle() == ":"]


def crosses(ax: Axes) -> list[Line2D]:
    return [line for line in ax.get_lines() if line.get_marker() == "x"]


def test_a_cluster_ip_stands_between_clients_and_pods() -> None:
    lab = lab_of("clusterip", service("demo-clusterip"), endpoints("demo-clusterip", "demo-1", "demo-2"))
    assert stations(lab, "clusterip") == [
        ("clients", ["client-1", "client-2"]),
        ("Service", ["demo-clusterip"]),
        ("pods", ["demo-1", "demo-2"]),
    ]
    ax = plot_topology(lab, "clusterip")
    assert len([patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]) == 5
    assert "Service: demo-clusterip (10.96.0.1:50051); then pods: demo-1 (10.0.0.0)" in words(ax)
    assert arrows(ax) == []
    assert len(dotted(ax)) == 2


def clusterip() -> Any:
    behind = endpoints("demo-clusterip", "demo-a", "demo-b")
    return lab_of("clusterip", pod("demo-a"), pod("demo-b"), service("demo-clusterip"), behind)


def test_a_pinned_client_has_one_arrow_and_a_balanced_one_an_arrow_to_each_pod() -> None:
    ax = plot_topology(clusterip(), "clusterip", table({"client-1": "aaaa", "client-2": "abab"}))
    pinned, *balanced = arrows(ax)
    assert len(balanced) == 2
    assert pinned.get_linewidth() > balanced[0].get_linewidth() == balanced[1].get_linewidth()
    assert pinned.get_edgecolor() == to_rgba(style.look("demo-a").colour)
    assert dotted(ax) == []
    assert "client-1: demo-a 100%. client-2: demo-a 50%, demo-b 50%." in words(ax)
    assert {"75%", "25%"} <= {text.get_text() for text in ax.texts}


def test_a_client_whose_greetings_all_failed_has_one_broken_arrow() -> None:
    ax = plot_topology(clusterip(), "clusterip", table({"client-1": "!!"}))
    (broken,) = arrows(ax)
    assert broken.get_linestyle() != "-"
    assert len(crosses(ax)) == 1
    assert "client-1: failed 100%." in words(ax)
    assert "100% failed" in {text.get_text() for text in ax.texts}


def test_a_pod_that_answered_and_is_gone_keeps_its_arrow() -> None:
    ax = plot_topology(clusterip(), "clusterip", table({"client-1": "ac", "client-9": "a"}))
    assert len(arrows(ax)) == 3
    gone = [text.get_text() for text in ax.texts if text.get_text().endswith("\ngone")]
    assert gone == ["9\ngone", "c\ngone"]


def test_a_headless_service_is_asked_and_not_passed_through() -> None:
    lab = lab_of("headless", service("demo-headless", "None"), endpoints("demo-headless", "demo-1"))
    assert [title for title, _ in stations(lab, "headless")] == ["clients", "pods"]
    assert "DNS answers for demo-headless" in words(plot_topology(lab, "headless"))


def test_an_xds_control_plane_is_asked_instead_of_dns() -> None:
    told = [{"name": "XDS_SERVER", "value": "dns:///plane:50052"}]
    spec = {"containers": [{"name": "client", "env": told}]}
    client = pod("client-3", labels={"app": "client-xds"}, spec=spec)
    lab = lab_of("xds", service("demo-xds", "None"), endpoints("demo-xds", "demo-1"), client)
    assert [title for title, _ in stations(lab, "xds")] == ["clients", "pods"]
    assert "xDS answers for plane with the addresses" in words(plot_topology(lab, "xds"))


def test_an_ingress_stands_in_the_place_of_the_service() -> None:
    rules = {"ingressClassName": "nginx", "rules": [{"host": "ingress.greeter.example"}], "tls": [{}]}
    lab = lab_of(
        "ingress",
        service("demo-ingress"),
        endpoints("demo-ingress", "demo-1"),
        made("Ingress", "demo-ingress", spec=rules),
    )
    assert stations(lab, "ingress")[1] == ("Ingress", ["ingress.greeter.example"])
    assert "ingress.greeter.example (class nginx, TLS)" in words(plot_topology(lab, "ingress"))


def test_a_proxy_has_the_pods_behind_another_service() -> None:
    lab = lab_of(
        "envoy",
        service("demo-envoy"),
        endpoints("demo-envoy", "envoy-1"),
        service("demo-envoy-pods", "None"),
        endpoints("demo-envoy-pods", "demo-1", "demo-2"),
    )
    assert stations(lab, "envoy")[1:] == [
        ("Service", ["demo-envoy"]),
        ("proxy", ["envoy-1"]),
        ("pods", ["demo-1", "demo-2"]),
    ]


def test_a_service_without_pods_is_drawn_too() -> None:
    lab = lab_of("clusterip", service("demo-clusterip"))
    assert "pods: none" in words(plot_topology(lab, "clusterip"))


def test_what_was_not_applied_is_said() -> None:
    with pytest.raises(LabError, match=r"no Service demo-clusterip .*helpers\.apply"):
        read_topology(fake_lab(), "clusterip")
