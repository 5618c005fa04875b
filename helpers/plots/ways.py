"""All ways to the greeter that a namespace has, side by side: who dials what, and where that leads."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from matplotlib.axes import Axes

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT_PREFIX, GREETER
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.plots import style
from helpers.plots.topology import (
    ARROW,
    BOX_WIDTH,
    FITTING,
    LETTERS,
    STEP,
    Box,
    class_of,
    draw_box,
    endpoints_of,
    fit,
    rule_box,
    service_box,
)

COLUMNS = ("clients", "what they dial", "pods")
LETTERS_PER_LINE = 29
NOTE = "dashed: DNS tells the addresses, and the client itself connects to the pods"


@dataclass(frozen=True)
class Way:
    """What some clients dial.

    Args:
        entry: The Service or the Ingress.
        pods: The greeter's pods it leads to.
        asked: It is asked for addresses, and not passed through: a headless Service.
        clients: Their Deployments without ``client-``, and how many of their pods are ready.
    """

    entry: Box
    pods: Sequence[Box]
    asked: bool = False
    clients: dict[str, int] = field(default_factory=dict)


def plot_ways(lab: Lab, *, ax: Axes | None = None) -> Axes:
    """Draw every client of the lab's namespace, what it dials and where that leads, from the live objects.

    Args:
        lab: Where.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes; each row is what one or more kinds of clients dial.
    """
    return draw(read_ways(lab), ax=ax)


# --- read ---------------------------------------------------------------------------------------------------


def read_ways(lab: Lab) -> list[Way]:
    """Read the clients' command lines, and the Services and Ingresses that they name.

    Returns:
        The ways that some client takes: Services first, then headless ones, Ingresses and proxies.
    """
    greeters = {
        name_of(pod) for pod in pod_status.live(lab.objects.select("Pod", lab.namespace, labels=GREETER))
    }
    found = dict(_entries(lab, greeters))
    for deployment in lab.objects.select("Deployment", lab.namespace):
        name = name_of(deployment)
        key = _dialled(deployment, found) if name.startswith(CLIENT_PREFIX) else None
        if key is not None:
            ready = int((deployment.get("status") or {}).get("readyReplicas") or 0)
            clients = found[key].clients | {name.removeprefix(CLIENT_PREFIX): ready}
            found[key] = replace(found[key], clients=clients)
    return [way for way in found.values() if way.clients]


def _entries(lab: Lab, greeters: set[str]) -> Iterator[tuple[str, Way]]:
    """Name what can be dialled: a Service by its name, an Ingress by its host."""
    services = {
        name_of(one): (one, endpoints_of(lab, one)) for one in lab.objects.select("Service", lab.namespace)
    }
    everybody = {box.title: box for _, behind in services.values() for box in behind if box.title in greeters}
    pods = [Box(box.title, box.detail, pod=box.title) for _, box in sorted(everybody.items())]
    proxied = []
    for name, (service, behind) in sorted(services.items(), key=lambda item: _is_headless(item[1][0])):
        proxies = [box for box in behind if box.title not in greeters]
        entry = Box(name, "headless") if _is_headless(service) else service_box(service)
        reached = [pod for pod in pods if pod.title in {box.title for box in behind}]
        if proxies:
            entry = Box(name, f"{entry.detail},\nthen {style.counted(len(proxies), 'proxy pod')}")
            proxied.append((name, Way(entry, pods)))
        elif reached:
            yield name, Way(entry, reached, asked=_is_headless(service))
    for ingress in lab.objects.select("Ingress", lab.namespace):
        host = rule_box(ingress)
        yield host.title, Way(Box(host.title, f"class {class_of(ingress)}, {host.detail}"), pods)
    yield from proxied


def _is_headless(service: Object) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")


def _dialled(deployment: Object, ways: dict[str, Way]) -> str | None:
    """Find what a client's command line names: a host of its own comes before the address."""
    containers: list[Object] = deployment["spec"]["template"]["spec"]["containers"]
    words = [str(word) for container in containers for word in container.get("args") or []]
    named = [re.split("[.:]", word.removeprefix("dns:///"))[0] for word in words]
    return next((word for word in [*words, *named] if word in ways), None)


# --- draw ---------------------------------------------------------------------------------------------------


def draw(ways: Sequence[Way], *, ax: Axes | None = None) -> Axes:
    """Draw a row for each way: its clients, what they dial, and lines to the pods at the right."""
    pods = list({box.title: box for way in ways for box in way.pods}.values())
    rows = max(len(ways), len(pods), 1)
    ax = style.axes_for(ax, 1.0 + 0.62 * rows)
    ax.set_axis_off()
    heights = {pod.title: (len(pods) - 1) / 2 - row for row, pod in enumerate(pods)}
    short = style.short_names(list(heights)) if len(pods) > 1 else {}
    for pod in pods:
        draw_box(ax, (2 * STEP, heights[pod.title]), pod, short.get(pod.title, pod.title))
    clients = _short(ways)
    for row, way in enumerate(ways):
        y = (len(ways) - 1) / 2 - row
        line = "--" if way.asked else "-"
        names, count = _clients(way, clients)
        lines = textwrap.wrap(names, LETTERS_PER_LINE, break_on_hyphens=False)
        draw_box(ax, (0.0, y), Box("", count), "\n".join(lines))
        draw_box(ax, (STEP, y), way.entry, fit(way.entry.title, FITTING[len(COLUMNS)]), line=line)
        _arrow(ax, (BOX_WIDTH / 2, y), (STEP - BOX_WIDTH / 2, y), line)
        for pod in way.pods:
            start, end = (STEP + BOX_WIDTH / 2, y), (2 * STEP - BOX_WIDTH / 2, heights[pod.title])
            _arrow(ax, start, end, line)
    top, bottom = (rows - 1) / 2 + 0.55, -(rows - 1) / 2 - 0.55
    for column, title in enumerate(COLUMNS):
        ax.text(column * STEP, top, title, ha="center", va="bottom", fontsize="medium", color=style.INK)
    if any(way.asked for way in ways):
        ax.text(STEP, bottom, NOTE, ha="center", va="top", fontsize=LETTERS, color=style.INK)
    ax.set_xlim(-BOX_WIDTH / 2 - 0.1, 2 * STEP + BOX_WIDTH / 2 + 0.1)
    ax.set_ylim(bottom - 0.35, top + 0.4)
    return style.describe(ax, describe_ways(ways))


def _short(ways: Sequence[Way]) -> dict[str, str]:
    return style.short_names([name for way in ways for name in way.clients])


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], line: str) -> None:
    ax.annotate("", end, start, arrowprops={**ARROW, "linestyle": line})


def _clients(way: Way, short: dict[str, str]) -> tuple[str, str]:
    """Return who the clients of a way are, and how many pods each of them has."""
    counts, each = set(way.clients.values()), " each" if len(way.clients) > 1 else ""
    if len(counts) == 1:
        return ", ".join(short[name] for name in way.clients), f"{style.counted(counts.pop(), 'pod')}{each}"
    return ", ".join(f"{short[name]} ({count})" for name, count in way.clients.items()), "pods in brackets"


def describe_ways(ways: Sequence[Way]) -> str:
    """Return the ways as sentences."""
    if not ways:
        return "Diagram of the ways to the greeter: there is no client."
    short, said = _short(ways), []
    for way in ways:
        names, count = _clients(way, short)
        who, name, detail = f"{names}: {count}", way.entry.title, way.entry.detail.replace("\n", " ")
        pods = ", ".join(box.title for box in way.pods) or "no pod"
        if way.asked:
            said.append(f"{who}; they ask DNS for {name} and connect to {pods}.")
        else:
            said.append(f"{who}; they dial {name} ({detail}), which leads to {pods}.")
    return "Diagram of the ways to the greeter. " + " ".join(said)
