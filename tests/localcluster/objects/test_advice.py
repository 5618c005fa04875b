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


def test_ports_and_their_names_that_are_there_twice() -> None:
    first = "spec.containers[0].ports[0]"
    assert of_pod(**ports({}, {}, {"protocol": "UDP"})) == [
        f"spec.containers[0].ports[1]: duplicate port definition with {first}"
    ]
    [named] = of_pod(
        **ports({"name": "grpc"}, {"name": "web", "protocol": "UDP"}, {"name": "grpc", "containerPort": 2})
    )
    assert named.startswith(
        f'spec.containers[0].ports[2]: duplicate port name "grpc" with {first}, services and probes'
    )


@pytest.mark.parametrize(
    ("spec", "warnings"),
    [
        ({"type": "ClusterIP"}, []),
        ({"type": "ClusterIP", "clusterIP": "None", "externalIPs": ["a"]}, []),
        (
            {"type": "NodePort", "externalIPs": ["a"], "externalName": "b"},
            ["spec.externalIPs is deprecated", "spec.externalName is ignored"],
        ),
    ],
)
def test_a_service_that_is_not_meant_so(spec: Object, warnings: list[str]) -> None:
    found = list(advice.of(samples.service(**spec), new=False))
    assert [one[: len(wanted)] for one, wanted in zip(found, warnings, strict=True)] == warnings


def test_what_is_not_emulated_is_said_with_each_write() -> None:
    volumes = [{"name": "data", "emptyDir": {}}]
    pod, above = samples.pod(volumes=volumes), samples.workload("ReplicaSet")
    above["spec"]["template"]["spec"]["volumes"] = volumes
    for new in (True, False):
        (of_the_pod,), (of_the_template,) = advice.of(pod, new=new), advice.of(above, new=new)
        assert of_the_pod.startswith("spec.volumes[0]: not emulated")
        assert of_the_template.startswith("spec.template.spec.volumes[0]: not emulated")
