"""Scaling up a Deployment: when its new pods listened, and a chart that grows while clients find them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.deploy import pod_status
from helpers.deploy.readiness import READY_SECONDS
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lab.progress import bar
from helpers.observe.arrivals import Arrival, Records, read_records, seconds_to_new_pod
from helpers.observe.pods import stamped_log
from helpers.plots.live import Live

LOOK_SECONDS = 2
# How often a chart grows.
TICK_SECONDS = 1.0
# How long it goes on when there is nothing to wait for, so that it shows what has changed.
AFTER_SECONDS = 3.0
LISTENING = " listening on "


def scale(
    lab: Lab, deployment: str, replicas: int, *, after: float = 0.0, timeout: float = READY_SECONDS
) -> Arrival:
    """Scale up a Deployment and wait for its pods (used in production/01-scaling, section 1.2).

    Args:
        lab: Where.
        deployment: Its name, which is the label ``app`` of its pods.
        replicas: How many pods it shall have.
        after: Seconds to wait before. A random number makes each run a draw of its own where clients do
            something in a rhythm, as they ask DNS: else every run scales up at the same beat.
        timeout: Seconds, from then on.

    Raises:
        LabError: They do not get ready in time, or none is new.
    """
    _pause(after)
    before = {name_of(pod) for pod in _pods(lab, deployment)}
    lab.apps.patch_namespaced_deployment_scale(deployment, lab.namespace, {"spec": {"replicas": replicas}})
    ready: list[str] = []
    with bar(replicas, f"{deployment} scaled", "pods") as reached:
        for pods in lab.objects.follow(
            "Pod",
            lab.namespace,
            labels=f"app={deployment}",
            deadline=time.monotonic() + timeout,
            window=LOOK_SECONDS,
        ):
            ready = [name_of(pod) for pod in pod_status.live(pods) if pod_status.is_ready(pod)]
            reached(len(ready))
            if len(ready) >= replicas:
                return _arrived(lab, deployment, sorted(set(ready) - before))
    doing = pod_status.describe(lab.objects, lab.namespace, _pods(lab, deployment), [deployment])
    raise LabError(
        f"{len(ready)} of {replicas} pods of Deployment {deployment} in namespace {lab.namespace} are ready "
        f"after {timeout:.0f} seconds: {doing}."
    )


def _pause(seconds: float) -> None:
    started = time.monotonic()
    if seconds > 0:
        with bar(math.ceil(seconds), "until it is scaled", "s") as reached:
            while (left := started + seconds - time.monotonic()) > 0:
                time.sleep(min(TICK_SECONDS, left))
                reached(math.floor(time.monotonic() - started))


def _arrived(lab: Lab, deployment: str, new: Sequence[str]) -> Arrival:
    if not new:
        raise LabError(f"No pod of Deployment {deployment} is new; scale it to more pods than it has.")
    return Arrival(tuple(new), min(_listened(lab, pod) for pod in new))


def _listened(lab: Lab, pod: str) -> pd.Timestamp:
    for line in stamped_log(lab, pod).splitlines():
        if LISTENING in line:
            return pd.Timestamp(line.partition(" ")[0])
    raise LabError(
        f"Pod {pod} is ready but its log does not say that it listens; read it: kubectl logs {pod}."
    )


def _pods(lab: Lab, app: str) -> list[Object]:
    return pod_status.live(lab.objects.select("Pod", lab.namespace, labels=f"app={app}"))


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
