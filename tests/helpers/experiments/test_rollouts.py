"""A change of a Deployment, waited for until nothing of the old is left."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.experiments.rollouts import roll_out
from helpers.lab.errors import LabError
from tests.helpers.fakes import fake_lab, made, pod

CHANGE = {"terminationGracePeriodSeconds": 7}


def deployment(ready: int) -> Any:
    counts = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": ready, "readyReplicas": ready}
    return made("Deployment", "demo", metadata={"generation": 2}, spec={"replicas": 1}, status=counts)


class Apps:
    """Takes patches."""

    def __init__(self) -> None:
        self.patches: list[Any] = []

    def patch_namespaced_deployment(self, name: str, namespace: str, body: Any) -> None:
        self.patches.append((name, namespace, body))


def test_it_waits_for_the_new_pods_and_for_the_end_of_the_old() -> None:
    apps = Apps()
    lab = fake_lab(deployment(0), pod("demo-old"), apps=apps)
    seen: list[int] = []

    def later(*steps: Any) -> None:
        def happen() -> None:
            seen.append(len(seen))
            for step in steps:
                step()

        lab.objects.meanwhile.append(happen)

    later(lambda: lab.objects.put(pod("demo-new")), lambda: lab.objects.put(deployment(1)))
    later(lambda: lab.objects.known.pop(("Pod", "me", "demo-old")))
    later(lambda: pytest.fail("it waited on"))
    assert roll_out(lab, CHANGE) >= 0
    assert len(seen) == 2
    assert apps.patches == [("demo", "me", {"spec": {"template": {"spec": CHANGE}}})]


def test_a_pod_that_does_not_end_is_told_with_what_it_does() -> None:
    ending = pod("demo-old", metadata={"deletionTimestamp": "2026-11-24T10:00:00Z"})
    lab = fake_lab(deployment(1), ending, apps=Apps())
    with pytest.raises(LabError, match=r"1 old pods of Deployment demo.*demo-old is ending"):
        roll_out(lab, CHANGE)
