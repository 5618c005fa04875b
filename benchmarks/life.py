"""From nothing to a cluster, and to the first greeting."""

from collections.abc import Iterator

import helpers
from benchmarks.cluster import Client, memory, until
from benchmarks.figures import Figure, timed
from localcluster.lifecycle import control

STARTS, GREETINGS = 7, 3


def figures() -> Iterator[Figure]:
    """Starts of a new cluster and of one that was there, its memory, and the way to a greeting."""
    yield Figure("start of a new cluster to API, DNS and Services answering", _starts(new=True), "s", "<= 3")
    yield Figure("start of a cluster that was stopped", _starts(new=False), "s")
    control.start()
    yield Figure("memory of the idle cluster, all processes (PSS)", [memory()], "MiB", "<= 200")
    what = "zero to the first greeting through DNS and a Service"
    yield Figure(what, [_one_greeting() for _ in range(GREETINGS)], "s", "<= 6")


def _starts(*, new: bool) -> list[float]:
    found = []
    for _ in range(STARTS):
        control.stop(purge=new)
        found += timed(control.start, 1)
    return found


def _one_greeting() -> float:
    control.stop(purge=True)
    return timed(_greet, 1)[0]


def _greet() -> None:
    lab = helpers.connect()
    helpers.apply(lab, "greeter", wait=False)
    helpers.apply(lab, "clusterip", wait=False)
    client, pods = Client(), f"/api/v1/namespaces/{lab.namespace}/pods"

    def greeted() -> bool:
        for pod in client.get(f"{pods}?labelSelector=app%3Dclient-clusterip")["items"]:
            states = pod.get("status", {}).get("containerStatuses") or [{}]
            name = pod["metadata"]["name"]
            if states[0].get("started") and b"says: Hello" in client.call("GET", f"{pods}/{name}/log"):
                return True
        return False

    until(greeted)
    client.close()
