"""When clients first greeted new pods, and when their resolvers got a DNS answer.

The clock starts when the first new pod logs that it listens, and stops when a client logs its first greeting
from a new pod. Both time stamps are written by a kubelet, so the clock of the machine that a notebook runs on
does not matter. What a readiness probe takes is in every number alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT_PREFIX
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, labels_of, name_of
from helpers.observe.greetings import parse_greetings
from helpers.observe.pods import stamped_log

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


def read_records(lab: Lab, variants: Sequence[str]) -> Records:
    """Read the logs of the clients of some variants, from their beginning.

    Raises:
        LabError: There is no client, or its log may not be read.
    """
    selector = f"app in ({', '.join(f'client-{variant}' for variant in variants)})"
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=selector))
    if not pods:
        raise LabError(f"No clients of {', '.join(variants)} run in namespace {lab.namespace}; apply them.")
    logs = {name_of(pod): (_variant(pod), stamped_log(lab, name_of(pod))) for pod in pods}
    parts = [parse_greetings(text, variant, client) for client, (variant, text) in logs.items()]
    names = sorted({str(name) for part in parts for name in part["server"].cat.categories})
    alike = [part.assign(server=part["server"].cat.set_categories(names)) for part in parts]
    joined = pd.concat(alike, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)
    queries = [parse_queries(text, variant, client) for client, (variant, text) in logs.items()]
    return Records(joined, pd.concat(queries, ignore_index=True))


def _variant(pod: Object) -> str:
    return labels_of(pod)["app"].removeprefix(CLIENT_PREFIX)


def parse_queries(text: str, variant: str = "", client: str = "") -> pd.DataFrame:
    """Read gRPC's resolver trace (used in production/01-scaling, section 1.2).

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
    new = records.greetings["server"].astype(object).isin(arrived.pods)
    return seconds_until(records.greetings, new, arrived.started)


def seconds_until(greetings: pd.DataFrame, seen: pd.Series[bool], since: pd.Timestamp) -> pd.DataFrame:
    """Tell when each client's first greeting of some kind came.

    Args:
        greetings: A table of greetings.
        seen: Which of its rows are of that kind.
        since: When the clock starts.

    Returns:
        What ``seconds_to_new_pod`` does.
    """
    clients = greetings[["variant", "client"]].drop_duplicates()
    first = greetings[seen].groupby("client", observed=True)["time"].min()
    # Not by map, which takes an empty Series, nobody having greeted one yet, for one of numbers.
    times = first.reindex(clients["client"]).set_axis(clients.index)
    seconds = (times - since).dt.total_seconds()
    return clients.assign(seconds=seconds).sort_values(["variant", "client"], ignore_index=True)
