"""Nodes, namespaces and events in rows."""

from typing import Any

import pytest

from tests.localcluster.api.tables.rows import row


@pytest.mark.parametrize(
    ("ready", "spec", "word"),
    [
        ("True", {}, "Ready"),
        ("False", {}, "NotReady"),
        (None, {}, "Unknown"),
        ("True", {"unschedulable": True}, "Ready,SchedulingDisabled"),
    ],
)
def test_the_status_of_a_node(ready: str | None, spec: dict[str, Any], word: str) -> None:
    conditions = [{"type": "Ready", "status": ready}] if ready else []
    assert row("Node", spec=spec, status={"conditions": conditions})[1] == word


def test_roles_and_addresses_of_a_node() -> None:
    labels = {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "lab"}
    status = {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}], "nodeInfo": {"osImage": "Linux"}}
    cells = row("Node", metadata={"name": "demo", "labels": labels}, status=status)
    assert (cells[2], cells[5:8]) == ("lab,worker", ["127.0.0.1", "<none>", "Linux"])


def test_an_event() -> None:
    event = {
        "involvedObject": {"kind": "Pod", "name": "demo", "fieldPath": "spec.containers{greeter}"},
        "type": "Warning",
        "reason": "BackOff",
        "message": " Back-off \n",
        "count": 4,
        "source": {"component": "kubelet", "host": "local-node"},
        "firstTimestamp": "2000-01-01T00:00:00Z",
    }
    cells = row("Event", **event)
    assert cells[1:7] == [
        "Warning",
        "BackOff",
        "pod/demo",
        "spec.containers{greeter}",
        "kubelet, local-node",
        "Back-off",
    ]
    # Seen once, it was last seen when it was first seen.
    assert cells[0] == cells[7]
    assert cells[8:] == [4, "demo"]
