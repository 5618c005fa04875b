from typing import Any

import pytest

from localcluster.objects import advice
from localcluster.types import Object
from tests.localcluster.objects import samples


def of_pod(**spec: Any) -> list[str]:
    told = advice.of(samples.pod(**spec), new=True)
    return [one for one in told if "not emulated" not in one]


def ports(*found: Object) -> Object:
    return {"containers": [samples.container(ports=[{"containerPort": 1, **port} for port in found])]}


@pytest.mark.parametrize(
    ("spec", "warning"),
    [
        (ports({}, {}), "containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"),
        (
            ports({"hostPort": 1}, {}),
            "containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]",
        ),
        (
            ports({"hostPort": 1}, {"hostPort": 1, "hostIP": "10.0.0.1"}),
            "containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]",
        ),
        (
            ports({"name": "grpc"}, {"name": "web", "protocol": "UDP"}, {"name": "grpc", "containerPort": 2}),
            'containers[0].ports[2]: duplicate port name "grpc" with spec.containers[0].ports[0], services '
            "and probes that select ports by name will use spec.containers[0].ports[0]",
        ),
        (
            {"terminationGracePeriodSeconds": -1},
            "terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated "
            "as 1",
        ),
        (
            {"containers": [samples.container(resources={"limits": {"memory": "100m"}})]},
            'containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an '
            "integer",
        ),
    ],
)
def test_a_pod_that_is_not_meant_so(spec: Object, warning: str) -> None:
    assert of_pod(**spec) == [f"spec.{warning}"]


def test_ports_of_the_node_that_differ_are_none_of_ours() -> None:
    assert of_pod(**ports({"hostPort": 1}, {"hostPort": 2}, {"protocol": "UDP"})) == []


@pytest.mark.parametrize(
    ("obj", "use"),
    [
        (samples.pod("a.b"), "the Pod's hostname"),
        (samples.workload(name="a.b"), "Pod names and hostnames"),
    ],
)
def test_a_name_becomes_a_host_name(obj: Object, use: str) -> None:
    assert list(advice.of(obj, new=True)) == [
        f"metadata.name: this is used in {use}, which can result in surprising behavior; "
        "a DNS label is recommended: [must not contain dots]"
    ]
    assert list(advice.of(obj, new=False)) == []


@pytest.mark.parametrize(
    ("spec", "warnings"),
    [
        ({"type": "ClusterIP", "sessionAffinity": "None"}, []),
        (
            {"type": "ClusterIP", "clusterIP": "None", "externalIPs": ["a"], "sessionAffinity": "ClientIP"},
            [
                "spec.externalIPs is ignored for headless services",
                "spec.SessionAffinity is ignored for headless services",
            ],
        ),
        (
            {"type": "NodePort", "externalIPs": ["a"], "externalName": "b"},
            [
                "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
                'spec.externalName is ignored when spec.type is not "ExternalName"',
            ],
        ),
        (
            {"type": "ExternalName", "externalIPs": ["a"], "trafficDistribution": "PreferClose"},
            [
                'spec.externalIPs is ignored when spec.type is "ExternalName"',
                'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
            ],
        ),
    ],
)
def test_a_service_that_is_not_meant_so(spec: Object, warnings: list[str]) -> None:
    assert list(advice.of(samples.service(**spec), new=False)) == warnings


def test_what_is_not_emulated_is_said_with_each_write() -> None:
    volumes = [{"name": "data", "emptyDir": {}}]
    pod, above = samples.pod(volumes=volumes), samples.workload("ReplicaSet")
    above["spec"]["template"]["spec"]["volumes"] = volumes
    for new in (True, False):
        (of_the_pod,), (of_the_template,) = advice.of(pod, new=new), advice.of(above, new=new)
        assert of_the_pod.startswith("spec.volumes[0]: not emulated")
        assert of_the_template.startswith("spec.template.spec.volumes[0]: not emulated")
