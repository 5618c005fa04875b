"""Which pods get the node, and which fields are refused."""

from typing import Any

import pytest

from localcluster.node import scheduling, scope

Object = dict[str, Any]

NODE: Object = {"metadata": {"labels": {"disk": "fast"}}, "spec": {}}


def pod(meta: Object | None = None, container: Object | None = None, **spec: Any) -> Object:
    return {"metadata": meta or {}, "spec": {"containers": [{"name": "c", **(container or {})}], **spec}}


@pytest.mark.parametrize(
    ("found", "wants"),
    [
        (pod(), True),
        (pod(nodeName="other"), False),
        (pod(schedulerName="mine"), False),
        (pod(schedulingGates=[{"name": "hold"}]), False),
        (pod({"deletionTimestamp": "T"}), False),
    ],
)
def test_who_waits_for_the_scheduler(found: Object, wants: bool) -> None:
    assert scheduling.wants_node(found) is wants


def test_the_node_takes_what_it_can() -> None:
    assert scheduling.objection(pod(), NODE) == ""
    assert scheduling.objection(pod(nodeSelector={"disk": "fast"}), NODE) == ""
    assert scheduling.objection(pod(nodeSelector={"disk": "slow"}), NODE) == (
        "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to "
        "deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    assert "unschedulable" in scheduling.objection(pod(), {**NODE, "spec": {"unschedulable": True}})
    assert "spec.hostNetwork" in scheduling.objection(pod(hostNetwork=True), NODE)


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (pod(volumes=[{}]), "spec.volumes"),
        (pod(initContainers=[{}]), "spec.initContainers"),
        (pod(os={"name": "windows"}), "spec.os"),
        (pod(container={"volumeMounts": [{}]}), "spec.containers[0].volumeMounts"),
        (
            pod(container={"lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}),
            "spec.containers[0].lifecycle.preStop.exec",
        ),
        (
            pod(container={"lifecycle": {"postStart": {"sleep": {"seconds": 1}}}}),
            "spec.containers[0].lifecycle.postStart",
        ),
        (pod(container={"lifecycle": {"stopSignal": "SIGINT"}}), "spec.containers[0].lifecycle.stopSignal"),
        (
            pod(container={"livenessProbe": {"exec": {"command": ["x"]}}}),
            "spec.containers[0].livenessProbe.exec",
        ),
        (pod(container={"ports": [{"hostPort": 80}]}), "spec.containers[0].ports.hostPort"),
        (
            pod(container={"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {}}}]}),
            "spec.containers[0].env.valueFrom.resourceFieldRef",
        ),
        (
            pod(affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}}),
            "spec.affinity.podAntiAffinity",
        ),
    ],
)
def test_what_is_not_emulated_is_named(found: Object, field: str) -> None:
    assert scope.refused(found) == [field]


def test_what_needs_no_emulation_is_accepted() -> None:
    harmless = pod(
        container={
            "resources": {"limits": {"cpu": "1"}},
            "securityContext": {"readOnlyRootFilesystem": True},
            "readinessProbe": {"grpc": {"port": 1}},
            "volumeMounts": [],
        },
        volumes=[],
        securityContext={"runAsNonRoot": True},
        affinity={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{}]}},
        topologySpreadConstraints=[],
    )
    assert scope.refused(harmless) == []
