"""A rolling update keeps within its limits at every moment, with real pods."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.localcluster.faults.world import APPS, LAB, STRATEGIC, Object, World, greeter, is_ready
from tests.patience import until

REPLICAS = 4


@pytest.mark.parametrize(
    ("surge", "unavailable"), [(1, 0), (0, 1), ("25%", "50%"), (2, 2)], ids=["1-0", "0-1", "percent", "2-2"]
)
def test_a_rolling_update_keeps_its_limits(world: World, surge: Any, unavailable: Any) -> None:
    app = f"roll-{surge}-{unavailable}".replace("%", "")
    strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    world.ok("POST", f"{APPS}/deployments", greeter(app, REPLICAS, strategy=strategy))
    until(lambda: world.ready(REPLICAS, app))
    before = world.ok("GET", f"{LAB}/pods?labelSelector=app={app}")
    restart = {"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}}
    world.ok("PATCH", f"{APPS}/deployments/{app}", restart, kind=STRATEGIC)
    until(lambda: world.rolled_out(app))
    counts = list(moments(world, before, app))
    world.ok("DELETE", f"{APPS}/deployments/{app}")
    until(lambda: not world.pods(app))
    assert max(active for active, _ in counts) <= REPLICAS + number(surge)
    assert min(ready for _, ready in counts) >= REPLICAS - number(unavailable)
    assert len(counts) > 2 * REPLICAS


def moments(world: World, before: Object, app: str) -> Iterator[tuple[int, int]]:
    """How many pods there were, and how many of them were ready, after each change since a list."""
    pods = {pod["metadata"]["name"]: pod for pod in before["items"]}
    query = {"labelSelector": f"app={app}", "resourceVersion": before["metadata"]["resourceVersion"]}
    for event in world.watch(f"{LAB}/pods", 1, **query):
        pod = event["object"]
        pods[pod["metadata"]["name"]] = pod
        if event["type"] == "DELETED":
            del pods[pod["metadata"]["name"]]
        active = [one for one in pods.values() if "deletionTimestamp" not in one["metadata"]]
        yield len(active), sum(map(is_ready, active))


def number(limit: int | str) -> int:
    return limit if isinstance(limit, int) else int(limit.removesuffix("%")) * REPLICAS // 100
