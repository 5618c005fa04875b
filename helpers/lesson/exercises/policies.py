"""The exercise of production/05-envoy-policies."""

from __future__ import annotations

from helpers.deploy import pod_status
from helpers.lab.lab import Lab
from helpers.lab.objects import Object, name_of
from helpers.lesson.exercises.reading import args_of
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.envoy import proxy_hosts
from helpers.observe.latency import measure_greetings

FAILING, VARIANT = "demo-slow", "envoy-policies-least-request"
PROXY = "app=envoy-policies"
# Enough calls for any of Envoy's default thresholds, and so many more.
CALLS = 150


@check("a repaired Envoy")
def failing_pod_ejected(lab: Lab) -> str:
    """Check production/05-envoy-policies, 5.7: Envoy ejects the pod that fails, which runs as before.

    Args:
        lab: Where.

    Returns:
        The verdict.
    """
    deployment = lab.objects.get("Deployment", lab.namespace, FAILING)
    if deployment is None or not deployment["spec"].get("replicas") or not _fails(deployment):
        raise WrongAnswer(
            f"Deployment {FAILING} no longer runs a pod that fails. Leave it as it is: in this exercise only "
            "Envoy may change."
        )
    _wait_known(lab)
    first, second = (_failed(lab) for _ in range(2))
    if second:
        raise WrongAnswer(
            f"{first} of the first {CALLS} calls failed, and {second} of the next {CALLS}. How does Envoy "
            "learn that a pod fails, and how many may it eject? Compare clusters least-request, ejecting."
        )
    return f"{first} of the first {CALLS} calls failed, and none of the next {CALLS}: Envoy ejected the pod."


def _fails(deployment: Object) -> bool:
    return any(arg.startswith("fail@") for arg in args_of(deployment))


def _wait_known(lab: Lab) -> None:
    """Wait until Envoy knows the pods of now; until then, no call reaches the pod that fails."""
    for pod in pod_status.live(lab.objects.select("Pod", lab.namespace, labels=PROXY)):
        proxy_hosts(lab, name_of(pod), at_least=3)


def _failed(lab: Lab) -> int:
    return int((~measure_greetings(lab, VARIANT, count=CALLS)["ok"].astype(bool)).sum())
