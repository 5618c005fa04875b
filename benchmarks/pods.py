"""Pods: how soon they are ready, and what they weigh."""

from collections.abc import Iterator

import helpers
from benchmarks.cluster import Client, memory, until
from benchmarks.figures import Figure, timed

FEW, MANY = 3, 30
RUNS = {FEW: 7, MANY: 3}
GOALS = {FEW: "<= 3"}


def figures() -> Iterator[Figure]:
    """The greeter of the course, scaled from none to 3 and to 30."""
    lab = helpers.connect()
    helpers.apply(lab, "greeter")
    client = Client()
    try:
        for count, runs in RUNS.items():
            samples = [_scaled(client, lab.namespace, count) for _ in range(runs)]
            yield Figure(f"{count} greeter replicas ready", samples, "s", GOALS.get(count, ""))
        yield Figure(f"memory with {MANY} pods, all processes (PSS)", [memory()], "MiB")
    finally:
        helpers.delete(lab)
        client.close()


def _scaled(client: Client, namespace: str, count: int) -> float:
    deployment = f"/apis/apps/v1/namespaces/{namespace}/deployments/demo"
    pods = f"/api/v1/namespaces/{namespace}/pods?labelSelector=app%3Ddemo"
    _scale(client, deployment, 0)
    until(lambda: not client.get(pods)["items"])

    def ready() -> bool:
        return bool(client.get(deployment)["status"].get("readyReplicas", 0) == count)

    def scale_up() -> None:
        _scale(client, deployment, count)
        until(ready)

    return timed(scale_up, 1)[0]


def _scale(client: Client, deployment: str, count: int) -> None:
    scale = client.get(f"{deployment}/scale")
    scale["spec"]["replicas"] = count
    client.call("PUT", f"{deployment}/scale", scale)
