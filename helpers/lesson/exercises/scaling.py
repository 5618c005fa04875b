"""The exercise of production/01-scaling."""

from __future__ import annotations

import time

from helpers.deploy.variants import wait_ready
from helpers.experiments.scaling import scale
from helpers.lab.lab import Lab
from helpers.lesson.exercises.numbers import seconds_of
from helpers.lesson.exercises.reading import args_of, deployment
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.arrivals import Arrival, read_records, seconds_to_new_pod

AGE, INTERVAL = "--max-connection-age", "--resolution-interval"
# How often gRPC asks DNS at most, without the channel option.
FLOOR = 30.0
# How old an answer of the cluster's DNS server may be: kubeadm's clusters up to 1.31 cached for as long
# (kubernetes/kubernetes #128359).
CACHED = 30.0
LOOK_SECONDS = 0.5


@check("a changed server, and a changed client")
def new_pod_used(lab: Lab, server: str, client: str, *, within: float) -> str:
    """Check production/01-scaling, 1.5: after a scale-up by one, each client calls the new pod in time.

    Args:
        lab: Where.
        server: The Deployment that is scaled up.
        client: The variant whose clients call it.
        within: Seconds from the moment at which the new pod listens. Settings that are quick enough have
            the time that a caching DNS server takes on top, because that is not theirs.

    Returns:
        The verdict.
    """
    age = seconds_of(args_of(deployment(lab, server)), AGE)
    if age is None:
        raise WrongAnswer(
            f"The args of Deployment {server} have no {AGE}, so no connection ends and no client asks DNS. "
            "(The check has not scaled anything.)"
        )
    wait_ready(lab, "greeter")
    wait_ready(lab, client)
    replicas = int(deployment(lab, server)["spec"]["replicas"])
    arrived = scale(lab, server, replicas + 1)
    interval = seconds_of(args_of(deployment(lab, f"client-{client}")), INTERVAL)
    quick = age + (FLOOR if interval is None else interval) <= within
    patience = within + CACHED if quick else within
    waited = _watch(lab, client, arrived, patience)
    if missing := [seconds for seconds in waited if not seconds <= patience]:
        raise WrongAnswer(f"{len(missing)} of {len(waited)} clients have not used the new pod "
                          f"{patience:g} s after it listened. {_hint(interval)}")  # fmt: skip
    times = f"{min(waited):.1f} to {max(waited):.1f} s"
    late = f" Your settings allow {within:g} s; the rest is the cache of the cluster's DNS server."
    return (
        f"Deployment {server} got a pod more, and {len(waited)} clients used it after {times}."
        f"{late if max(waited) > within else ''}"
    )


def _watch(lab: Lab, client: str, arrived: Arrival, within: float) -> list[float]:
    """Seconds until each client called a new pod; not a number for one that has not in time."""
    deadline = time.monotonic() + within
    while True:
        found = seconds_to_new_pod(read_records(lab, [client]), arrived)["seconds"]
        if len(found) and not found.isna().any():
            break
        if (left := deadline - time.monotonic()) <= 0:
            break
        time.sleep(min(LOOK_SECONDS, left))
    return [float(seconds) for seconds in found]


def _hint(interval: float | None) -> str:
    if interval is None:
        return f"Their connections end, but their channels may ask DNS only once in {FLOOR:g} s."
    return f"How long do {AGE} and {INTERVAL} let a client wait together?"
