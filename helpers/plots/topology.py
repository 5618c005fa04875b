"""What stands between clients and pods, and with greetings which pod served which client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from helpers.deploy import pod_status
from helpers.deploy.manifests import GREETER
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, is_headless, name_of
from helpers.plots import diagram, style
from helpers.plots.diagram import Box, Point, Served

# In the clients' environment: where their control plane is.
XDS_SERVER = "XDS_SERVER"
SLICE_OF = "kubernetes.io/service-name"
# Inches: what is left of the boxes, how high they are, and what is between two rows of them.
GUTTER, HIGH, GAP, NARROW_GAP = 0.72, 0.5, 0.62, 0.3
# More pods than these have no room for their addresses.
ADDRESSED = 4
GONE = "gone"


@dataclass(frozen=True)
class Topology:
    """The stations of a greeting from the clients to the pods, and what is only asked for addresses."""

    variant: str
    stations: Sequence[tuple[str, Sequence[Box]]]
    directory: Box | None = None
    # By what the directory answers: DNS, or xDS.
    protocol: str = "DNS"


def plot_topology(
    lab: Lab, variant: str, greetings: pd.DataFrame | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the way from a variant's clients to the pods: Service, Ingress, proxies as they are now.

    Args:
        lab: Where.
        variant: Which way.
        greetings: A table of greetings of these clients. Each client then has an arrow to each pod that
            answered it, and a broken one for greetings that failed. Without a table no arrow leads to a pod:
            the dotted lines are the endpoints of the Service.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    return draw(read_topology(lab, variant), greetings, ax=ax)


# --- read ---------------------------------------------------------------------------------------------------


def read_topology(lab: Lab, variant: str) -> Topology:
    """Read clients, Service or Ingress, proxies and endpoints of a variant.

    Raises:
        LabError: The variant has no Service ``demo-<variant>``: it was not applied.
    """
    service = lab.objects.get("Service", lab.namespace, f"demo-{variant}")
    if service is None:
        raise LabError(
            f"There is no Service demo-{variant} in namespace {lab.namespace}; helpers.apply(lab, "
            f'"{variant}") makes it.'
        )
    greeters = {name_of(pod) for pod in lab.objects.select("Pod", lab.namespace, labels=GREETER)}
    behind = endpoints_of(lab, service)
    ingress = lab.objects.get("Ingress", lab.namespace, f"demo-{variant}")
    gateway = lab.objects.get("Gateway", lab.namespace, f"demo-{variant}")
    headless = is_headless(service)
    stations = [("clients", _clients(lab, variant))]
    if gateway is not None:
        stations.append(("Gateway", [_listener(one) for one in gateway["spec"]["listeners"]]))
    elif ingress is not None:
        stations.append(("Ingress", [rule_box(ingress)]))
    elif not headless:
        stations.append(("Service", [service_box(service)]))
    proxies = [box for box in behind if box.title not in greeters]
    if proxies:
        stations.append(("proxy", proxies))
        behind = _behind_proxy(lab, variant, greeters)
    stations.append(("pods", [Box(box.title, box.detail, pod=box.title) for box in behind]))
    if not headless or ingress is not None or gateway is not None:
        return Topology(variant, stations)
    if plane := _control_plane(lab, variant):
        return Topology(variant, stations, Box(plane, "control plane"), "xDS")
    return Topology(variant, stations, Box(name_of(service), "headless"))


def _clients(lab: Lab, variant: str) -> list[Box]:
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=f"app=client-{variant}"))
    return [Box(name_of(pod)) for pod in sorted(pods, key=name_of)]


def _control_plane(lab: Lab, variant: str) -> str:
    """Return the Service of the xDS server that a variant's clients name; empty without one."""
    pods = lab.objects.select("Pod", lab.namespace, labels=f"app=client-{variant}")
    named = [
        str(variable.get("value"))
        for pod in pods
        for container in pod.get("spec", {}).get("containers") or []
        for variable in container.get("env") or []
        if variable["name"] == XDS_SERVER
    ]
    return re.split("[.:]", named[0].removeprefix("dns:///"))[0] if named else ""


def endpoints_of(lab: Lab, service: Object) -> list[Box]:
    """Return the ready endpoints of a Service, by name of the pod."""
    slices = lab.objects.select("EndpointSlice", lab.namespace, labels=f"{SLICE_OF}={name_of(service)}")
    ready = [
        Box(str((item.get("targetRef") or {}).get("name") or item["addresses"][0]), str(item["addresses"][0]))
        for part in slices
        for item in part.get("endpoints") or []
        if (item.get("conditions") or {}).get("ready") is not False
    ]
    return sorted(ready, key=lambda box: box.title)


def _behind_proxy(lab: Lab, variant: str, greeters: set[str]) -> list[Box]:
    """Return the greeter's pods that a proxy finds: endpoints of the variant's other Service."""
    for service in lab.objects.select("Service", lab.namespace):
        if name_of(service).startswith(f"demo-{variant}-"):
            found = [box for box in endpoints_of(lab, service) if box.title in greeters]
            if found:
                return found
    return []


def service_box(service: Object) -> Box:
    """Return a Service with its own address and port."""
    ports: list[Object] = service["spec"].get("ports") or [{}]
    return Box(name_of(service), f"{service['spec'].get('clusterIP')}:{ports[0].get('port')}")


def _listener(listener: Object) -> Box:
    return Box(
        str(listener.get("hostname") or "any host"), f"{listener['protocol']}, port {listener['port']}"
    )


def rule_box(ingress: Object) -> Box:
    """Return the host of an Ingress, its class, and whether it is served with TLS."""
    rules: list[Object] = ingress["spec"].get("rules") or [{}]
    host = rules[0].get("host") or "any host"
    tls = "TLS" if ingress["spec"].get("tls") else "no TLS"
    return Box(str(host), f"class {ingress['spec'].get('ingressClassName')}, {tls}")


# --- draw ---------------------------------------------------------------------------------------------------


def draw(topology: Topology, greetings: pd.DataFrame | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the stations as rows of boxes from top to bottom, and the arrows between clients and pods."""
    served = diagram.read_served(greetings)
    stations = _with_gone(topology.stations, served)
    words = diagram.caption(served)
    lines = 0.15 * (words.count("\n") + 1)
    bottom = lines + 0.08 + (0.2 if served else 0.0)
    heights = _heights(len(stations), bottom)
    ax = diagram.canvas(ax, heights[0] + HIGH / 2)
    places = _draw_rows(ax, stations, heights, topology.directory)
    clients, pods = places[0], places[-1]
    tops = {pod: (x, y + HIGH / 2 + 0.02) for pod, (x, y) in pods.items()}
    starts = {name: (x, y - HIGH / 2) for name, (x, y) in clients.items()}
    _draw_between(ax, topology, starts, heights, list(tops.values()) if not served else [])
    for place, (name, one) in enumerate(served.items()):
        below = starts[name][0], heights[1] + HIGH / 2 if len(stations) > 2 else heights[-1] + HIGH
        # Arrows of several clients end beside each other.
        aside = (place - (len(served) - 1) / 2) * min(0.16, 0.3 / len(served))
        diagram.draw_served(
            ax, starts[name], one, {pod: (x + aside, y) for pod, (x, y) in tops.items()}, below
        )
    for pod, share in diagram.pod_shares(greetings).items():
        if pod in pods:
            x, y = pods[pod]
            ax.text(x, y - HIGH / 2 - 0.05, f"{share:.0%}", ha="center", va="top", fontsize=diagram.LETTERS)
    ax.text(0, 0, words, ha="left", va="bottom", fontsize=diagram.SMALL, color=style.INK, linespacing=1.2)
    return style.describe(ax, f"{describe_topology(topology)} {diagram.describe_served(served)}".strip())


def _with_gone(
    stations: Sequence[tuple[str, Sequence[Box]]], served: Mapping[str, Served]
) -> list[tuple[str, Sequence[Box]]]:
    """Add the clients and the pods of a measurement that the cluster no longer has."""
    (first, clients), *between, (last, pods) = stations
    known, ready = {box.title for box in clients}, {box.title for box in pods}
    answered = sorted({pod for one in served.values() for pod in one.pods})
    more = [Box(name, GONE) for name in served if name not in known]
    gone = [Box(pod, GONE, pod=pod) for pod in answered if pod not in ready]
    return [(first, [*clients, *more]), *between, (last, [*pods, *gone])]


def _heights(rows: int, bottom: float) -> list[float]:
    """Return the heights of the rows' centres, from top to bottom."""
    heights = [bottom + HIGH / 2]
    for row in range(1, rows):
        narrow = 1 < row < rows - 1
        heights.append(heights[-1] + HIGH + (NARROW_GAP if narrow else GAP + (0.45 if rows == 2 else 0)))
    return heights[::-1]


def _draw_rows(
    ax: Axes, stations: Sequence[tuple[str, Sequence[Box]]], heights: Sequence[float], directory: Box | None
) -> list[dict[str, Point]]:
    """Draw the boxes of all rows and return where each is, by its title."""
    places = []
    last = len(stations) - 1
    for row, ((title, boxes), y) in enumerate(zip(stations, heights, strict=True)):
        ax.text(0, y, title, ha="left", va="center", fontsize=diagram.LETTERS, color=style.INK)
        # What is only asked stands beside the clients, so that no arrow passes it.
        right = diagram.INSIDE * 0.6 if directory and row == 0 else diagram.INSIDE
        places.append(_draw_row(ax, boxes, y, right, addresses=row < last or len(boxes) <= ADDRESSED))
    if directory:
        width = diagram.INSIDE * 0.34
        box = replace(directory, title=diagram.fit(directory.title, width))
        diagram.draw_box(ax, (diagram.INSIDE - width / 2, heights[0]), (width, HIGH), box, line="--")
    return places


def _draw_row(ax: Axes, boxes: Sequence[Box], y: float, right: float, *, addresses: bool) -> dict[str, Point]:
    names = style.short_names([box.title for box in boxes]) if len(boxes) > 1 else {}
    step = (right - GUTTER) / max(len(boxes), 1)
    width = step - 0.1
    places = {}
    for place, box in enumerate(boxes):
        centre = GUTTER + step * (place + 0.5), y
        detail = box.detail if addresses or box.detail == GONE else ""
        fitted = replace(box, title=diagram.fit(names.get(box.title, box.title), width), detail=detail)
        diagram.draw_box(ax, centre, (width, HIGH), fitted, line="--" if box.detail == GONE else "-")
        places[box.title] = centre
    return places


def _draw_between(
    ax: Axes, topology: Topology, starts: Mapping[str, Point], heights: Sequence[float], tops: Sequence[Point]
) -> None:
    """Draw what is known without a measurement: what the clients dial or ask, and the endpoints."""
    if topology.directory:
        left = diagram.INSIDE * 0.66
        diagram.draw_dial(ax, (diagram.INSIDE * 0.6 - 0.05, heights[0]), (left, heights[0]), line="--")
        diagram.draw_endpoints(ax, (left + diagram.INSIDE * 0.17, heights[0] - HIGH / 2), tops)
        return
    if not tops:
        return
    for x, y in starts.values():
        diagram.draw_dial(ax, (x, y), (x, heights[1] + HIGH / 2))
    middle = (GUTTER + diagram.INSIDE) / 2
    for above, below in pairwise(heights[1:-1]):
        diagram.draw_endpoints(ax, (middle, above - HIGH / 2), [(middle, below + HIGH / 2)])
    diagram.draw_endpoints(ax, (middle, heights[-2] - HIGH / 2), tops)


def describe_topology(topology: Topology) -> str:
    """Return the way as a sentence."""
    parts = []
    for title, boxes in topology.stations:
        names = ", ".join(box.title + (f" ({box.detail})" if box.detail else "") for box in boxes) or "none"
        parts.append(f"{title}: {names}")
    words = f"Diagram of variant {topology.variant}, from top to bottom. " + "; then ".join(parts) + "."
    if topology.directory:
        words += (
            f" Beside the way, {topology.protocol} answers for {topology.directory.title} with the addresses "
            "of the pods."
        )
    return words
