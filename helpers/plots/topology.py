"""What stands between client and pods, read from the live objects and drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from helpers.deploy import pod_status
from helpers.deploy.manifests import GREETER
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.plots import style

# In the clients' environment: where their control plane is.
XDS_SERVER = "XDS_SERVER"
SLICE_OF = "kubernetes.io/service-name"
BOX_WIDTH, BOX_HEIGHT, STEP = 2.3, 0.74, 3.0
LETTERS = 8.0
# Letters that fit into a box, by the number of columns; the beginning and the end of a longer name tell most.
FITTING = {2: 28, 3: 28, 4: 20}

ARROW = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": 0.9, "shrinkA": 1, "shrinkB": 1}


@dataclass(frozen=True)
class Box:
    """One thing in the way of a greeting."""

    title: str
    detail: str = ""
    pod: str = ""  # name of the greeter's pod it is, which has a colour


@dataclass(frozen=True)
class Topology:
    """The stations of a greeting from left to right, and who is only asked for addresses."""

    variant: str
    stations: Sequence[tuple[str, Sequence[Box]]]
    directory: Box | None = None
    # By what the directory tells: DNS, or xDS.
    protocol: str = "DNS"


def plot_topology(lab: Lab, variant: str, *, ax: Axes | None = None) -> Axes:
    """Draw the way from a variant's clients to the pods, as the API's objects have it now.

    Args:
        lab: Where.
        variant: Which way.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes.
    """
    return draw(read_topology(lab, variant), ax=ax)


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
    headless = service["spec"].get("clusterIP") == "None"
    stations = [("clients", _clients(lab, variant))]
    if gateway is not None:
        title = f"Gateway, class {gateway['spec'].get('gatewayClassName')}"
        stations.append((title, [_listener(one) for one in gateway["spec"]["listeners"]]))
    elif ingress is not None:
        stations.append((f"Ingress, class {class_of(ingress)}", [rule_box(ingress)]))
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
    """Return the Service of the xDS server that a variant's clients are told of; empty without one."""
    pods = lab.objects.select("Pod", lab.namespace, labels=f"app=client-{variant}")
    told = [
        str(variable.get("value"))
        for pod in pods
        for container in pod.get("spec", {}).get("containers") or []
        for variable in container.get("env") or []
        if variable["name"] == XDS_SERVER
    ]
    return re.split("[.:]", told[0].removeprefix("dns:///"))[0] if told else ""


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


def class_of(ingress: Object) -> str:
    """Return the class of an Ingress, which says who serves it."""
    return str(ingress["spec"].get("ingressClassName"))


def rule_box(ingress: Object) -> Box:
    """Return the host of an Ingress, and whether it is served with TLS."""
    rules: list[Object] = ingress["spec"].get("rules") or [{}]
    host = rules[0].get("host") or "any host"
    return Box(str(host), "TLS" if ingress["spec"].get("tls") else "no TLS")


# --- draw ---------------------------------------------------------------------------------------------------


def draw(topology: Topology, *, ax: Axes | None = None) -> Axes:
    """Draw stations as columns of boxes, each joined to all of the next."""
    tallest = max((len(boxes) for _, boxes in topology.stations), default=1)
    rows = max(tallest, 2) + (1.2 if topology.directory else 0)
    ax = style.axes_for(ax, 0.9 + 0.62 * rows)
    ax.set_axis_off()
    columns = len(topology.stations)
    step = STEP * 2 if columns == 2 else STEP
    places = {
        (column, row): (column * step, (len(boxes) - 1) / 2 - row)
        for column, (_, boxes) in enumerate(topology.stations)
        for row in range(len(boxes))
    }
    _draw_lines(ax, places)
    top = (tallest - 1) / 2 + 0.55
    for column, (title, boxes) in enumerate(topology.stations):
        ax.text(column * step, top, title, ha="center", va="bottom", fontsize="medium", color=style.INK)
        for row, (box, name) in enumerate(zip(boxes, _titles(boxes, columns), strict=True)):
            draw_box(ax, places[column, row], box, name)
    bottom = -(tallest - 1) / 2 - 0.5
    if topology.directory:
        lowest = min((y for (column, _), (_, y) in places.items() if column == 0), default=0.0)
        _draw_directory(
            ax, topology.directory, topology.protocol, ((columns - 1) * step / 2, bottom - 0.55), lowest
        )
        bottom -= 1.0
    ax.set_xlim(-BOX_WIDTH / 2 - 0.1, (columns - 1) * step + BOX_WIDTH / 2 + 0.1)
    ax.set_ylim(bottom, top + 0.4)
    return style.describe(ax, describe_topology(topology))


def _titles(boxes: Sequence[Box], columns: int) -> list[str]:
    names = style.short_names([box.title for box in boxes]) if len(boxes) > 1 else {}
    return [fit(names.get(box.title, box.title), FITTING[columns]) for box in boxes]


def fit(name: str, letters: int) -> str:
    """Return a name in the width of a box: a host on two lines, any other cut in its middle."""
    if len(name) <= letters:
        return name
    head, dot, rest = name.partition(".")
    if dot and max(len(head), len(rest)) <= letters + 2:
        return f"{head}\n.{rest}"
    return f"{name[: letters // 2 - 1]}…{name[-letters // 2 :]}"


def _draw_lines(ax: Axes, places: dict[tuple[int, int], tuple[float, float]]) -> None:
    for (column, _), (x, y) in places.items():
        for (other, _), (next_x, next_y) in places.items():
            if other == column + 1:
                ax.annotate(
                    "",
                    (next_x - BOX_WIDTH / 2, next_y),
                    (x + BOX_WIDTH / 2, y),
                    arrowprops=ARROW,
                )


def draw_box(ax: Axes, place: tuple[float, float], box: Box, name: str, *, line: str = "-") -> None:
    """Draw a box around the place of its centre, with a name and the box's detail below it."""
    x, y = place
    edge = style.look(box.pod).colour if box.pod else style.INK
    ax.add_patch(
        FancyBboxPatch(
            (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2),
            BOX_WIDTH,
            BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor="white",
            edgecolor=edge,
            linestyle=line,
            linewidth=2.2 if box.pod else 1.1,
        )
    )
    text = f"{name}\n{box.detail}" if box.detail else name
    ax.text(x, y, text, ha="center", va="center", fontsize=LETTERS, color=style.INK, linespacing=1.2)


def _draw_directory(ax: Axes, box: Box, protocol: str, place: tuple[float, float], lowest: float) -> None:
    """Draw the Service that only tells addresses: below the way, asked by a dashed line."""
    x, y = place
    draw_box(ax, place, box, fit(box.title, FITTING[3]))
    ax.plot(
        [0, 0, x - BOX_WIDTH / 2 - 0.15],
        [lowest - BOX_HEIGHT / 2, y, y],
        "--",
        color=style.GREY,
        linewidth=0.9,
    )
    ax.annotate("", (x - BOX_WIDTH / 2, y), (x - BOX_WIDTH / 2 - 0.3, y), arrowprops=ARROW)
    words = f"{protocol} tells the client\nthe addresses of all pods"
    ax.text(x + BOX_WIDTH / 2 + 0.15, y, words, ha="left", va="center", fontsize=LETTERS, color=style.INK)


def describe_topology(topology: Topology) -> str:
    """Return the way as a sentence."""
    parts = []
    for title, boxes in topology.stations:
        names = ", ".join(box.title + (f" ({box.detail})" if box.detail else "") for box in boxes) or "none"
        parts.append(f"{title}: {names}")
    words = f"Diagram of variant {topology.variant}, from left to right. " + "; then ".join(parts) + "."
    if topology.directory:
        words += (
            f" Beside the way, {topology.protocol} answers for {topology.directory.title} with the addresses "
            "of the pods."
        )
    return words
