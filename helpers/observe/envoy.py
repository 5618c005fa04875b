"""What an Envoy knows of the hosts behind it, from its administration's page ``/clusters``.

Lines of an endpoint are CLUSTER::ADDRESS:PORT::STATISTIC::VALUE
(https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--clusters).
"""

from __future__ import annotations

import time
from urllib.error import URLError
from urllib.request import urlopen

import pandas as pd

from helpers.deploy import pod_status
from helpers.deploy.manifests import GREETER
from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lab.port_forward import reach_pod

PORT = 9901
ADMINISTRATION = "administration"
KNOWN_SECONDS = 60.0
AGAIN_SECONDS = 0.1
ANSWER_SECONDS = 30.0
COLUMNS = ("cluster", "server", "weight", "requests", "failed", "ejected")


def proxy_hosts(lab: Lab, proxy: str, *, at_least: int = 1) -> pd.DataFrame:
    """Ask an Envoy for its hosts (used in production/05-envoy-policies, section 5.3).

    Args:
        lab: Where.
        proxy: The pod with the Envoy, whose port 9901 shows ``/clusters``.
        at_least: Wait until each cluster has so many hosts that are pods of now. Envoy asks DNS each second,
            and a DNS server may answer from its cache with pods that are gone, or without the newest.

    Returns:
        A row per cluster and host: ``cluster`` and ``server`` (str; the pod's name), ``weight``,
        ``requests`` and ``failed`` (int64, since Envoy knows the host), ``ejected`` (bool).

    Raises:
        LabError: It does not answer, or does not know so many hosts in time.
    """
    deadline, address = time.monotonic() + KNOWN_SECONDS, reach_pod(lab, proxy, PORT)
    while True:
        names = _names(lab)
        found = parse_hosts(_page(address, proxy, deadline), names)
        counts = found["server"].isin(names.values()).groupby(found["cluster"]).sum()
        if len(counts) and int(counts.min()) >= at_least:
            return found
        if time.monotonic() > deadline:
            raise LabError(
                f"Envoy in pod {proxy} does not know {at_least} hosts in each cluster after "
                f"{KNOWN_SECONDS:.0f} seconds, but {counts.to_dict()}; are the greeter's pods ready?"
            )
        time.sleep(AGAIN_SECONDS)


def parse_hosts(page: str, names: dict[str, str]) -> pd.DataFrame:
    """Make the table that ``proxy_hosts`` describes of the page; ``names`` are pods by their addresses."""
    hosts: dict[tuple[str, str], dict[str, str]] = {}
    for line in page.splitlines():
        parts = line.split("::")
        if len(parts) == 4 and ":" in parts[1] and parts[0] != ADMINISTRATION:
            hosts.setdefault((parts[0], parts[1].rpartition(":")[0]), {})[parts[2]] = parts[3]
    rows = [
        (
            cluster,
            names.get(address, address),
            int(told["weight"]),
            int(told["rq_total"]),
            int(told["rq_error"]),
            "/failed_outlier_check" in told["health_flags"],
        )
        for (cluster, address), told in sorted(hosts.items())
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _page(address: str, proxy: str, deadline: float) -> str:
    """Read the page; a connection that breaks, as a forwarded one may, is tried again until a deadline."""
    while True:
        try:
            with urlopen(f"http://{address}/clusters", timeout=ANSWER_SECONDS) as answer:
                return str(answer.read().decode())
        except (URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise LabError(
                    f"Envoy in pod {proxy} does not answer at {address} ({error}); is it ready?"
                ) from error
        time.sleep(AGAIN_SECONDS)


def _names(lab: Lab) -> dict[str, str]:
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=GREETER))
    return {pod.get("status", {}).get("podIP", ""): pod["metadata"]["name"] for pod in pods}
