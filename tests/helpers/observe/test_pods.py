from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.lab.errors import LabError
from helpers.lab.objects import Object
from helpers.observe import pods
from tests.helpers.fakes import fake_lab, made, pod, refused, waiting


def lab_that_runs(change: Callable[[Object], Object]) -> Any:
    """A lab where the pod that is created changes once while it is waited for."""
    log = SimpleNamespace(data=b'2026/11/24 10:00:00 Greeting: "demo-1" says: Hello \xe2\x9c\x93\n')
    core = SimpleNamespace(read_namespaced_pod_log=lambda *_a, **_k: log)
    lab = fake_lab(core=core)

    def meanwhile() -> None:
        [item] = lab.objects.select("Pod", "me")
        lab.objects.put(change(item))

    lab.objects.meanwhile = [meanwhile]
    return lab


def ended(phase: str) -> Callable[[Object], Object]:
    return lambda item: {**item, "status": {"phase": phase}}


def test_server_pods_are_the_ready_ones_by_name() -> None:
    ending = pod("demo-0", metadata={"deletionTimestamp": "2026-11-24T10:00:00Z"})
    lab = fake_lab(
        pod("demo-2"), pod("demo-1"), ending, pod("demo-3", ready=False), pod("x", labels={"app": "x"})
    )
    assert pods.server_pods(lab) == ["demo-1", "demo-2"]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_run_gives_its_log_and_leaves_no_pod(phase: str) -> None:
    lab = lab_that_runs(ended(phase))
    text = pods.run_once(lab, ["client", "ipv4:192.0.2.1:1"])
    assert text == '2026/11/24 10:00:00 Greeting: "demo-1" says: Hello ✓\n'
    assert lab.objects.select("Pod", "me") == []


def test_a_missing_image_is_said_and_leaves_no_pod() -> None:
    lab = lab_that_runs(lambda item: {**item, "status": {"phase": "Pending", **waiting("ErrImageNeverPull")}})
    with pytest.raises(
        LabError, match=r"Pod run-\w+ in namespace me did not end: .*ErrImageNeverPull: image demo"
    ):
        pods.run_once(lab, ["client"])
    assert lab.objects.select("Pod", "me") == []


def test_a_run_that_takes_too_long_says_what_it_does() -> None:
    lab = lab_that_runs(lambda item: {**item, "status": {"phase": "Running"}})
    with pytest.raises(LabError, match=r"did not end: .* runs but is not ready"):
        pods.run_once(lab, ["client"])


def test_a_refused_pod_is_the_servers_words() -> None:
    lab = fake_lab()
    lab.objects.refusals["create", "Pod"] = refused(403, "exceeded quota")
    with pytest.raises(LabError, match="was refused: exceeded quota"):
        pods.run_once(lab, ["client"])


def test_a_run_is_as_restricted_as_the_greeter() -> None:
    lab = fake_lab()
    lab.image_prefix = "me/demo"
    item = pods.run_pod(lab, ["resolve", "name"], {"X": "1"})
    spec, [container] = item["spec"], item["spec"]["containers"]
    assert item["metadata"]["labels"]["app.kubernetes.io/part-of"] == "grpc-lab"
    assert spec["restartPolicy"] == "Never"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["image"] == "me/demo-greeter"
    assert container["args"] == ["resolve", "name"]
    assert {variable["name"] for variable in container["env"]} == {"X"}
    assert not {"ports", "readinessProbe", "livenessProbe"} & container.keys()


def test_two_runs_have_two_names() -> None:
    names = {pods.run_pod(fake_lab(), ["client"], {})["metadata"]["name"] for _ in range(2)}
    assert len(names) == 2


def test_somebody_elses_pod_is_no_server() -> None:
    assert pods.server_pods(fake_lab(made("Pod", "x", status={"phase": "Running"}))) == []
