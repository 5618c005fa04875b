"""The Node object."""

from localcluster.node import machine
from localcluster.node.settings import Settings

SETTINGS = Settings(name="n", address="127.70.0.1", api=("127.70.0.1", 6443), dns=lambda _: "127.70.1.1:1053")


def test_a_new_node_says_what_it_is() -> None:
    found = machine.node(SETTINGS, "T1")
    assert found["metadata"]["name"] == "n"
    assert {"kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch"} <= set(
        found["metadata"]["labels"]
    )
    info = found["status"]["nodeInfo"]
    assert info["operatingSystem"] == "linux"
    assert info["containerRuntimeVersion"].startswith("localcluster://")
    amounts = found["status"]["allocatable"]
    assert amounts["pods"] == "110"
    assert int(amounts["cpu"]) >= 1
    assert amounts["memory"].endswith("Ki")


def test_a_known_node_keeps_what_others_wrote() -> None:
    old = machine.node(SETTINGS, "T1")
    old["metadata"]["labels"]["mine"] = "1"
    old["spec"]["unschedulable"] = True
    fresh = machine.node(SETTINGS, "T2", old)
    assert fresh["metadata"]["labels"]["mine"] == "1"
    assert fresh["spec"]["unschedulable"]
    ready = next(one for one in fresh["status"]["conditions"] if one["type"] == "Ready")
    assert (ready["lastHeartbeatTime"], ready["lastTransitionTime"]) == ("T2", "T1")
