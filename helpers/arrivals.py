"""When clients see new pods: scale a Deployment, read what its clients did, and measure on one clock.

The clock is the nodes' own. It starts when the first new pod logs that it listens, and stops when a client
logs its first greeting from a new pod; both time stamps are written by a kubelet, so the clock of the machine
that a notebook runs on does not matter. What a readiness probe takes is in every number alike.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from kubernetes.client import ApiException
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers import states
from helpers.errors import LabError
from helpers.lab import Lab
from helpers.logs import parse_greetings
from helpers.objects import Object, labels_of, name_of
from helpers.plots.live import Live
from helpers.pods import CLIENT_PREFIX, read_log
from helpers.progress import bar

READY_SECONDS = 60.0
LOOK_SECONDS = 2
# How often a chart grows.
TICK_SECONDS = 1.0
# How long it goes on when there is nothing to wait for, so that it shows what has changed.
AFTER_SECONDS = 3.0
LISTENING = " listening on "
# What gRPC's C-ares resolver logs with GRPC_TRACE=cares_resolver, as of grpcio 1.85: one line when a name was
# answered, then one for each address.
ANSWERED = "OnHostbynameDoneLocked name="
ADDRESS = re.compile(r"^\S+ +addr: ")


@dataclass(frozen=True)
class Arrival:
    """Pods that a scaling brought.

    Attributes:
        pods: Their names.
        started: When the first of them listened, by its node's clock.
    """

    pods: tuple[str, ...]
    started: pd.Timestamp


@dataclass(frozen=True)
class Records:
    """What clients logged so far.

    Attributes:
        greetings: The table that ``parse_greetings`` describes, of all clients.
        queries: One row for each DNS answer that a client's gRPC logged: ``time`` (UTC), ``variant`` and
            ``client`` (str), ``addresses`` (int).
    """

    greetings: pd.DataFrame
    queries: pd.DataFrame


def scale(lab: Lab, deployment: str, replicas: int, *, timeout: float = READY_SECONDS) -> Arrival:
    """Scale up a Deployment and wait for its pods (built by hand in production/01-scaling, section 1.3).

    Args:
        lab: Where.
        deployment: Its name, which is the label ``app`` of its pods.
        replicas: How many pods it shall have.
        timeout: Seconds.

    Raises:
        LabError: They do not get ready in time, or none is new.
    """
    before = {name_of(pod) for pod in _pods(lab, deployment)}
    lab.apps.patch_namespaced_deployment_scale(deployment, lab.namespace, {"spec": {"replicas": replicas}})
    return arrival(lab, deployment, before, replicas, timeout=timeout)


def arrival(
    lab: Lab, deployment: str, before: set[str], replicas: int, *, timeout: float = READY_SECONDS
) -> Arrival:
    """Wait for the pods of a scaling that somebody has asked for already; raises as ``scale`` does.

    Args:
        lab: Where.
        deployment: Its name.
        before: The names of the pods that it had.
        replicas: How many it shall have.
        timeout: Seconds.
    """
    ready: list[str] = []
    with bar(replicas, f"{deployment} scaled", "pods") as reached:
        for pods in lab.objects.follow(
            "Pod",
            lab.namespace,
            labels=f"app={deployment}",
            deadline=time.monotonic() + timeout,
            window=LOOK_SECONDS,
        ):
            ready = [name_of(pod) for pod in states.live(pods) if states.is_ready(pod)]
            reached(len(ready))
            if len(ready) >= replicas:
                return _arrived(lab, deployment, sorted(set(ready) - before))
    doing = states.describe(lab.objects, lab.namespace, _pods(lab, deployment), [deployment])
    raise LabError(
        f"{len(ready)} of {replicas} pods of Deployment {deployment} in namespace {lab.namespace} are ready "
        f"after {timeout:.0f} seconds: {doing}."
    )


def _arrived(lab: Lab, deployment: str, new: Sequence[str]) -> Arrival:
    if not new:
        raise LabError(f"No pod of Deployment {deployment} is new; scale it to more pods than it has.")
    return Arrival(tuple(new), min(_listened(lab, pod) for pod in new))


def _listened(lab: Lab, pod: str) -> pd.Timestamp:
    for line in _stamped(lab, pod).splitlines():
        if LISTENING in line:
            return pd.Timestamp(line.partition(" ")[0])
    raise LabError(
        f"Pod {pod} is ready but its log does not say that it listens; read it: kubectl logs {pod}."
    )


def _pods(lab: Lab, app: str) -> list[Object]:
    return states.live(lab.objects.select("Pod", lab.namespace, labels=f"app={app}"))


# --- what the clients did -----------------------------------------------------------------------------------


def read_records(lab: Lab, variants: Sequence[str]) -> Records:
    """Read the logs of the clients of some variants, from their beginning.

    Raises:
        LabError: There is no client, or its log may not be read.
    """
    selector = f"app in ({', '.join(f'client-{variant}' for variant in variants)})"
    pods = states.live(lab.objects.select("Pod", lab.namespace, labels=selector))
    if not pods:
        raise LabError(f"No clients of {', '.join(variants)} run in namespace {lab.namespace}; apply them.")
    logs = {name_of(pod): (_variant(pod), _stamped(lab, name_of(pod))) for pod in pods}
    parts = [parse_greetings(text, variant, client) for client, (variant, text) in logs.items()]
    names = sorted({str(name) for part in parts for name in part["server"].cat.categories})
    alike = [part.assign(server=part["server"].cat.set_categories(names)) for part in parts]
    joined = pd.concat(alike, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)
    queries = [parse_queries(text, variant, client) for client, (variant, text) in logs.items()]
    return Records(joined, pd.concat(queries, ignore_index=True))


def _variant(pod: Object) -> str:
    return labels_of(pod)["app"].removeprefix(CLIENT_PREFIX)


def _stamped(lab: Lab, pod: str) -> str:
    try:
        return str(lab.core.read_namespaced_pod_log(pod, lab.namespace, timestamps=True) or "")
    except ApiException as error:
        if error.status == 400:
            return ""  # its container has not started
        # Says which right is missing.
        return read_log(lab, pod)


def parse_queries(text: str, variant: str = "", client: str = "") -> pd.DataFrame:
    """Read gRPC's resolver trace (built by hand in production/01-scaling, section 1.2).

    Args:
        text: A client's log with the API's time stamps.
        variant: Goes into the column of that name.
        client: Name of the client's pod.

    Returns:
        The table that ``Records.queries`` describes.
    """
    times: list[str] = []
    counts: list[int] = []
    for line in text.splitlines():
        if ANSWERED in line:
            times.append(line.partition(" ")[0])
            counts.append(0)
        elif times and ADDRESS.match(line):
            counts[-1] += 1
    return pd.DataFrame(
        {
            "time": pd.to_datetime(pd.Series(times, dtype="str"), utc=True),
            "variant": pd.Series([variant] * len(times), dtype="str"),
            "client": pd.Series([client] * len(times), dtype="str"),
            "addresses": pd.Series(counts, dtype="int64"),
        }
    )


def seconds_to_new_pod(records: Records, arrived: Arrival) -> pd.DataFrame:
    """Tell how long each client took to greet a new pod.

    Args:
        records: What the clients logged.
        arrived: The new pods.

    Returns:
        One row for each client: ``variant``, ``client`` (str) and ``seconds`` (float, NaN if it has not yet).
    """
    greetings = records.greetings
    new = greetings[greetings["server"].astype(object).isin(arrived.pods)]
    clients = greetings[["variant", "client"]].drop_duplicates()
    first = new.groupby("client", observed=True)["time"].min()
    # Not by map, which takes an empty Series, nobody having greeted one yet, for one of numbers.
    times = first.reindex(clients["client"]).set_axis(clients.index)
    seconds = (times - arrived.started).dt.total_seconds()
    return clients.assign(seconds=seconds).sort_values(["variant", "client"], ignore_index=True)


def watch_arrival(
    lab: Lab,
    variants: Sequence[str],
    arrived: Arrival,
    draw: Callable[[Records, Arrival], Axes | Figure],
    *,
    seconds: float,
    everybody: bool = True,
) -> Records:
    """Draw a chart that grows while the clients run.

    Args:
        lab: Where.
        variants: Whose clients.
        arrived: The new pods.
        draw: Makes the chart of what was logged so far.
        seconds: How long at most.
        everybody: Whether to end a moment after every client has greeted a new pod.

    Returns:
        What was logged until the last frame.
    """
    deadline = time.monotonic() + seconds
    live = Live()
    while True:
        records = read_records(lab, variants)
        live.show(draw(records, arrived))
        if everybody and not seconds_to_new_pod(records, arrived)["seconds"].isna().any():
            everybody, deadline = False, min(deadline, time.monotonic() + AFTER_SECONDS)
        left = deadline - time.monotonic()
        if left <= 0:
            return records
        time.sleep(min(TICK_SECONDS, left))
