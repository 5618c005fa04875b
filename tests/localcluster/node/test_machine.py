"""The Node object."""

from localcluster.node import machine
from localcluster.node.settings import Settings

SETTINGS = Settings(name="n", address="127.70.0.1", api=("127.70.0.1", 6443), dns=lambda _: "127.70.1.1:1053")


def test_a_known_node_keeps_what_others_wrote() -> None:
    old = machine.node(SETTINGS, "T1")
    old["metadata"]["labels"]["mine"] = "1"
    old["spec"]["unschedulable"] = True
    fresh = machine.node(SETTINGS, "T2", old)
    assert fresh["metadata"]["labels"]["mine"] == "1"
    assert fresh["spec"]["unschedulable"]
    ready = next(one for one in fresh["status"]["conditions"] if one["type"] == "Ready")
    assert (ready["lastHeartbeatTime"], ready["lastTransitionTime"]) == ("T2", "T1")
