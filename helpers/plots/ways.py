"""All ways to the greeter in a namespace: what each client dials, and which pods serve it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from matplotlib.axes import Axes

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT_PREFIX, GREETER
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, is_headless, name_of
from helpers.plots import diagram, style
from helpers.plots.diagram import Box, Point, Served
from helpers.plots.topology import endpoints_of, rule_box, service_box

# Inches: the box of a way, where its clients are, and the boxes of the pods.
BOX, CLIENTS_AT, PODS_AT, POD = 2.36, 2.52, 3.5, (0.66, 0.2)
LINE, POD_STEP, GAP, LEAST = 0.15, 0.24, 0.14, 0.5


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


def plot_ways(lab: Lab, greetings: pd.DataFrame | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw what every client of the lab's namespace dials and which pods are behind it.

    Args:
        lab: Where.
        greetings: A table of greetings of these clients. Each client then has an arrow to each pod that
            answered it, and a broken one for greetings that failed. Without a table no arrow leads to a pod:
            the dotted lines are the endpoints.
        ax: Where to draw; a new figure when None.

    Returns:
        The Axes; each row is what one or more kinds of clients dial.
    """
    return draw(read_ways(lab), greetings, ax=ax)


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
    for name, (service, behind) in sorted(services.items(), key=lambda item: is_headless(item[1][0])):
        proxies = [box for box in behind if box.title not in greeters]
        entry = Box(name, "headless") if is_headless(service) else service_box(service)
        reached = [pod for pod in pods if pod.title in {box.title for box in behind}]
        if proxies:
            entry = Box(name, f"{entry.detail}, then {style.counted(len(proxies), 'proxy pod')}")
            proxied.append((name, Way(entry, pods)))
        elif reached:
            yield name, Way(entry, reached, asked=is_headless(service))
    for ingress in lab.objects.select("Ingress", lab.namespace):
        host = rule_box(ingress)
        yield host.title, Way(host, pods)
    yield from proxied


def _dialled(deployment: Object, ways: dict[str, Way]) -> str | None:
    """Find what a client's command line names: a host of its own comes before the address."""
    containers: list[Object] = deployment["spec"]["template"]["spec"]["containers"]
    words = [str(word) for container in containers for word in container.get("args") or []]
    named = [re.split("[.:]", word.removeprefix("dns:///"))[0] for word in words]
    return next((word for word in [*words, *named] if word in ways), None)


# --- draw ---------------------------------------------------------------------------------------------------


def draw(ways: Sequence[Way], greetings: pd.DataFrame | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw a row for each way: its clients and what they dial, and beside it the pods that serve them."""
    served = [_served(way, diagram.read_served(greetings)) for way in ways]
    pods = [_pods(way, one) for way, one in zip(ways, served, strict=True)]
    named = {box.title for each in pods for box in each}
    short = style.short_names(named) if len(named) > 1 else {}
    texts = [_lines(way, _short(ways)) for way in ways]
    highs = [
        max(LINE * len(text) + 0.1, POD_STEP * len(each), LEAST)
        for text, each in zip(texts, pods, strict=True)
    ]
    words = diagram.caption({name: one for each in served for name, one in each.items()})
    bottom = LINE * (words.count("\n") + 1) + 0.1
    ax = diagram.canvas(ax, bottom + sum(highs) + GAP * len(highs))
    y = bottom + sum(highs) + GAP * len(highs)
    for way, text, each, one, high in zip(ways, texts, pods, served, highs, strict=True):
        y -= high / 2
        size, box = (BOX, high), Box("\n".join(text))
        diagram.draw_box(ax, (BOX / 2, y), size, box, line="--" if way.asked else "-")
        _draw_fan(ax, y, [replace(pod, title=short.get(pod.title, pod.title)) for pod in each], one)
        y -= high / 2 + GAP
    ax.text(0, 0, words, ha="left", va="bottom", fontsize=diagram.SMALL, color=style.INK, linespacing=1.2)
    said = [describe_ways(ways), *(diagram.describe_served(each) for each in served)]
    return style.describe(ax, " ".join(part for part in said if part))


def _served(way: Way, served: dict[str, Served]) -> dict[str, Served]:
    """Return what was measured of a way's clients: their pods are named after their Deployment."""
    deployments = {f"{CLIENT_PREFIX}{name}" for name in way.clients}
    return {pod: one for pod, one in served.items() if pod.rsplit("-", 2)[0] in deployments}


def _pods(way: Way, served: dict[str, Served]) -> list[Box]:
    """Return the pods of a way, also those that answered and are no longer there."""
    ready = {box.title for box in way.pods}
    answered = sorted({pod for one in served.values() for pod in one.pods} - ready)
    return [*way.pods, *(Box(pod, pod=pod) for pod in answered)]


def _lines(way: Way, short: dict[str, str]) -> list[str]:
    """Return what the box of a way says: its clients, what they dial or ask for, and what that is."""
    names, count = _clients(way, short)
    letters = int(BOX / diagram.LETTER_WIDTH)
    dialled = f"{'ask DNS for' if way.asked else 'dial'} {way.entry.title}"
    parts = [f"{names}: {count}", dialled, *([way.entry.detail] if way.entry.detail else [])]
    return [line for part in parts for line in diagram.wrap(part, letters)]


def _draw_fan(ax: Axes, y: float, pods: Sequence[Box], served: dict[str, Served]) -> None:
    """Draw the pods of a way in a column, and the arrows or the dotted lines that lead to them."""
    ends: dict[str, Point] = {}
    for place, box in enumerate(pods):
        at = y + ((len(pods) - 1) / 2 - place) * POD_STEP
        fitted = replace(box, title=diagram.fit(box.title, POD[0] + 0.1), detail="")
        diagram.draw_box(ax, (PODS_AT + POD[0] / 2, at), POD, fitted)
        ends[box.pod] = PODS_AT - 0.02, at
    if not served:
        diagram.draw_endpoints(ax, (BOX + 0.02, y), list(ends.values()))
    for place, one in enumerate(served.values()):
        start = CLIENTS_AT, y + ((len(served) - 1) / 2 - place) * POD_STEP
        ax.plot(*start, "o", color=style.INK, markersize=4)
        diagram.draw_served(ax, start, one, ends, (PODS_AT - 0.2, start[1]))


def _short(ways: Sequence[Way]) -> dict[str, str]:
    return style.short_names([name for way in ways for name in way.clients])


def _clients(way: Way, short: dict[str, str]) -> tuple[str, str]:
    """Return which the clients of a way are, and how many pods each of them has."""
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
        who, name, detail = f"{names}: {count}", way.entry.title, way.entry.detail
        pods = ", ".join(box.title for box in way.pods) or "no pod"
        if way.asked:
            said.append(f"{who}; they ask DNS for {name} and connect to {pods}.")
        else:
            said.append(f"{who}; they dial {name} ({detail}), which leads to {pods}.")
    return "Diagram of the ways to the greeter. " + " ".join(said)
