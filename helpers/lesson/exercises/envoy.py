"""The exercise of 04-envoy."""

from __future__ import annotations

from helpers.lab.errors import LabError
from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import args_of, settled
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.pods import server_pods
from helpers.observe.stats import failure_codes

PROXY = "envoy"
ENOUGH = 24


def simplify_envoy(lab: Lab) -> None:
    """Change the Envoy of 04-envoy as a colleague might: to a kind of cluster that takes one address only.

    Args:
        lab: Where.

    Raises:
        LabError: There is no Envoy.
    """
    deployment = lab.objects.get("Deployment", lab.namespace, PROXY)
    if deployment is None:
        raise LabError(f'There is no Deployment {PROXY}; helpers.apply(lab, "{PROXY}") makes it.')
    where = "/spec/template/spec/containers/0/args"
    changed = [arg.replace("STRICT_DNS", "LOGICAL_DNS") for arg in args_of(deployment)]
    patch = [{"op": "replace", "path": where, "value": changed}]
    lab.apps.patch_namespaced_deployment(PROXY, lab.namespace, patch)


@check("a repaired Envoy")
def envoy_balances(lab: Lab) -> str:
    """Check 04-envoy, 4.6: each client of Envoy reaches all pods, without a failure.

    Args:
        lab: Where.

    Returns:
        The verdict.
    """
    greetings = settled(lab, PROXY, ENOUGH)
    if codes := failure_codes(greetings):
        failed = sum(codes.values())
        raise WrongAnswer(f"{failed} of {len(greetings)} calls failed ({', '.join(sorted(codes))}).")
    pods = server_pods(lab)
    reached = greetings["server"].nunique()
    if reached < len(pods):
        raise WrongAnswer(
            f"The clients reach {reached} of {len(pods)} pods. How does Envoy learn the addresses of its "
            "cluster, and how many of them does it take?"
        )
    return f"The clients reach all {len(pods)} pods, and no call failed."
