"""What each greeting took, and by which connection it went: a client that ran with ``--measure``.

The client then writes a second line after each greeting (01-clusterip, section 1.3):

    2019/11/08 14:24:35 Greeting: "demo-5754bf6f97-dgngm" says: Hello world
    2019/11/08 14:24:35 Measured: 0.912 ms, own work 0.704 ms, channel 1, connection ipv4:10.244.0.9:41234
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd

from helpers.deploy import pod_status
from helpers.deploy.manifests import CLIENT, CLIENT_PREFIX, containers
from helpers.deploy.readiness import READY_SECONDS, wait_deployments
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.observe.collection import collect_greetings
from helpers.observe.greetings import parse_greetings
from helpers.observe.pods import read_log, run_pod, run_to_end, server_pods

MEASURED = re.compile(
    r"^.* Measured: (\d+\.\d+) ms, own work (\d+\.\d+) ms, channel (\d+), connection (\S+)$",
    flags=re.MULTILINE,
)
NO_CONNECTION = "none"
# What kubectl rollout restart changes in a pod template.
RESTARTED = "kubectl.kubernetes.io/restartedAt"


def parse_measured(
    text: str, variant: str = "", client: str = "", *, pods: Sequence[str] = ()
) -> pd.DataFrame:
    """Make a table of the log of a client that ran with ``--measure`` (used in 01-clusterip, section 1.3).

    Args:
        text: The log.
        variant: Goes into the column of that name.
        client: Goes into the column of that name.
        pods: Names of pods that could have answered, beside those that did.

    Returns:
        The columns of ``parse_greetings`` and ``number`` (int64, from 1 in the order of the log),
        ``milliseconds`` (float64, from the request until the answer; missing where the greeting failed, so
        that no failure enters a latency), ``own_milliseconds`` (float64, of these the client's own processor
        time), ``channel`` (int64, from 1) and ``connection`` (str: the client's
        end as the pod saw it; missing where nobody answered). Two connections to different pods may have
        the same end.

    Raises:
        LabError: A greeting of the log has no measurement.
    """
    table = parse_greetings(text, variant, client, pods=pods)
    found = MEASURED.findall(text)
    if len(found) != len(table):
        raise LabError(
            f"The log has {len(table)} greetings and {len(found)} measurements; run the client with "
            "--measure, and parse its whole log."
        )
    connections = pd.Series([connection for *_, connection in found], dtype="str")
    return table.assign(
        number=pd.Series(range(1, len(found) + 1), dtype="int64"),
        milliseconds=pd.Series([took for took, *_ in found], dtype="float64").where(table["ok"]),
        own_milliseconds=pd.Series([work for _, work, *_ in found], dtype="float64").where(table["ok"]),
        channel=pd.Series([number for *_, number, _ in found], dtype="int64"),
        connection=connections.where(connections != NO_CONNECTION),
    )


def read_measured(lab: Lab, variant: str) -> pd.DataFrame:
    """Read what a variant's running clients have measured so far; all of them run with ``--measure``.

    Args:
        lab: Where.
        variant: Whose clients: the pods with the label ``app: client-<variant>``.

    Returns:
        The table that ``parse_measured`` describes, one client after the other, ``server`` as str.

    Raises:
        LabError: There is no client, or a greeting of its log has no measurement.
    """
    selector = f"app={CLIENT_PREFIX}{variant}"
    clients = sorted(map(name_of, pod_status.live(lab.objects.select("Pod", lab.namespace, labels=selector))))
    if not clients:
        raise LabError(
            f"No client pods of variant {variant} run in namespace {lab.namespace}; scale its Deployment up."
        )
    logs = {client: _whole(read_log(lab, client, container=CLIENT)) for client in clients}
    parts = [parse_measured(text, variant, client) for client, text in logs.items()]
    return pd.concat([part.astype({"server": "str"}) for part in parts], ignore_index=True)


def _whole(log: str) -> str:
    """A log without what follows its last measurement: a greeting whose measurement is yet to be written."""
    ends = [found.end() for found in MEASURED.finditer(log)]
    return log[: ends[-1]] if ends else ""


def measure_greetings(lab: Lab, variant: str, *, count: int = 300) -> pd.DataFrame:
    """Greet as a variant's client does, without a pause (used in 05-compare, section 5.4).

    A pod with the command line and the environment of the Deployment ``client-<variant>`` greets ``count``
    times and ends. One greeting is under way at a time, so this measures what a greeting takes and not how
    many a server can answer.

    Args:
        lab: Where.
        variant: Whose client.
        count: How many greetings.

    Returns:
        The table that ``parse_measured`` describes. Greeting 1 opened the connection.

    Raises:
        LabError: The variant has not been applied, or its client did not end.
    """
    deployment = lab.objects.get("Deployment", lab.namespace, f"client-{variant}")
    if deployment is None:
        raise LabError(
            f"There is no Deployment client-{variant} in namespace {lab.namespace}; helpers.apply(lab, "
            f'"{variant}") makes it.'
        )
    pod = _pod(lab, deployment, ["--count", str(count), "--interval", "0", "--measure"])
    return parse_measured(run_to_end(lab, pod), variant, pod["metadata"]["name"], pods=server_pods(lab))


def measure_at_once(lab: Lab, ways: Mapping[str, str], *, rounds: int = 2, calls: int = 150) -> pd.DataFrame:
    """Measure several ways by one client each, side by side (used in production/05-envoy-policies, 5.5).

    In each round every way gets a new client, and all of them greet at the same time and pace. Whatever else
    the machine does then meets all ways alike, which one after the other would not give.

    Args:
        lab: Where.
        ways: By the name of a way, the variant whose Deployment is its client; all run with ``--measure``.
            They are left with one replica.
        rounds: How many; each is an event. The order in which clients start alternates.
        calls: How many greetings of each client at least.

    Returns:
        The table that ``parse_measured`` describes, ``server`` as str, with ``way`` (str) and ``event``
        (int64, from 1).

    Raises:
        LabError: A Deployment is missing, its pod does not get ready or does not greet enough.
    """
    parts = []
    clients = [f"{CLIENT_PREFIX}{variant}" for variant in ways.values()]
    for event in range(1, rounds + 1):
        _restart(lab, clients if event % 2 else clients[::-1])
        collect_greetings(lab, list(ways.values()), at_least=calls)
        parts += [read_measured(lab, variant).assign(way=way, event=event) for way, variant in ways.items()]
    return pd.concat(parts, ignore_index=True)


def _restart(lab: Lab, deployments: Sequence[str]) -> None:
    """Let each Deployment have one pod, a new one, and wait for them."""
    now = datetime.now(UTC).isoformat()
    change = {"replicas": 1, "template": {"metadata": {"annotations": {RESTARTED: now}}}}
    for name in deployments:
        lab.apps.patch_namespaced_deployment(name, lab.namespace, {"spec": change})
    wait_deployments(
        lab, [{"metadata": {"name": name}} for name in deployments], time.monotonic() + READY_SECONDS
    )


def added_ms(measured: pd.DataFrame, direct: str) -> pd.DataFrame:
    """Return what each way adds to a greeting: its median less that of the direct way in the same round.

    Args:
        measured: What ``measure_at_once`` returns.
        direct: The way without a hop.

    Returns:
        A row per other way and round: ``way`` and ``client`` (str), ``event`` (int64), ``milliseconds``
        (float64).
    """
    medians = measured.groupby(["way", "client", "event"], sort=False)["milliseconds"].median().reset_index()
    base = medians[medians["way"] == direct].set_index("event")["milliseconds"]
    others = medians[medians["way"] != direct]
    added = others["milliseconds"] - others["event"].map(base)
    return others.assign(milliseconds=added).reset_index(drop=True)


def _pod(lab: Lab, deployment: Object, options: Sequence[str]) -> Object:
    """The pod of one run of a Deployment's client; of an option given twice the later one holds."""
    client = containers(deployment)[0]
    pod = run_pod(lab, [*(client.get("args") or []), *options], {})
    (container,) = containers(pod)
    container["env"] = client.get("env") or []
    return pod
