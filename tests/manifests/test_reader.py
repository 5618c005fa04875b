"""A reader's own program in a pod, written as for any cluster, beside the greeters of both courses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import helpers
from helpers.lab.lab import Lab
from helpers.observe.pods import python_pod, run_to_end
from tests.own import local_cluster

CLIENT = """
import time

import grpc
from greeter.v1.greeter_pb2 import HelloRequest
from greeter.v1.greeter_pb2_grpc import GreeterStub

policy = '{"loadBalancingConfig": [{"round_robin": {}}]}'
with grpc.insecure_channel("dns:///TARGET:50051", options=[("grpc.service_config", policy)]) as channel:
    for _ in range(60):
        print(GreeterStub(channel).SayHello(HelloRequest(name="you"), timeout=5).message)
        time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab on a local cluster of its own, with the greeters of both courses."""
    with local_cluster("reader", tmp_path_factory.mktemp("home")):
        made = helpers.connect()
        for folder in ("greeter", "headless", "scaling-aging"):
            helpers.apply(made, folder)
        yield made


@pytest.mark.parametrize(
    "target",
    ["demo-headless", "demo-headless.NAMESPACE", "demo-headless.NAMESPACE.svc", "demo-scaling-aging"],
)
def test_ten_lines_reach_every_pod(lab: Lab, target: str) -> None:
    source = CLIENT.replace("TARGET", target.replace("NAMESPACE", lab.namespace))
    log = run_to_end(lab, python_pod(lab, source, {}))
    answers = log.splitlines()
    assert len(answers) == 60, log
    assert all(line.endswith(" says: Hello you") for line in answers)
    app = "demo-aging" if "aging" in target else "demo"
    pods = {pod["metadata"]["name"] for pod in lab.objects.select("Pod", lab.namespace, labels=f"app={app}")}
    assert {line.split('"')[1] for line in answers} == pods
