from localcluster.objects import events
from tests.localcluster.objects import samples


def test_an_event_names_what_it_is_about() -> None:
    pod = samples.pod()
    event = events.new(pod, "Started", "Started container", kind="Normal", component="kubelet", host="n")
    assert event["metadata"]["namespace"] == "lab"
    assert event["involvedObject"] == {"kind": "Pod", "namespace": "lab", "name": "demo", "apiVersion": "v1"}
    part = "spec.containers{greeter}"
    inside = events.new(pod, "Started", "Started container", kind="Normal", component="kubelet", part=part)
    assert inside["involvedObject"]["fieldPath"] == part
    assert events.same(event) != events.same(inside)
    assert event["source"] == {"component": "kubelet", "host": "n"}
    again = events.new(pod, "Started", "Started container", kind="Normal", component="kubelet")
    assert events.same(event) == events.same(again)
    assert events.same(event) != events.same(
        events.new(pod, "Killing", "x", kind="Normal", component="kubelet")
    )
