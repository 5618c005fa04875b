from datetime import UTC, datetime, timedelta

from localcluster.controllers.expiry import LIFETIME, EventExpiry
from tests.localcluster.controllers.cluster import NAMESPACE, Cluster, pod


def test_an_event_goes_an_hour_after_it_was_last_seen() -> None:
    cluster = Cluster()
    cluster.registry.event(cluster.registry.create("Pod", pod("a")), "Started", "Started container greeter")
    name = cluster.objects("Event")[0]["metadata"]["name"]
    expiry = EventExpiry(cluster.registry)
    due = expiry.reconcile((NAMESPACE, name))
    assert due is not None
    assert LIFETIME - 60 < due <= LIFETIME
    past = (datetime.now(UTC) - timedelta(seconds=LIFETIME + 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    cluster.change("Event", name, lambda event: event.update(lastTimestamp=past))
    assert expiry.reconcile((NAMESPACE, name)) is None
    assert cluster.objects("Event") == []
    assert expiry.reconcile((NAMESPACE, name)) is None
