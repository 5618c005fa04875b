"""The exercise of production/06-gateway-api."""

from __future__ import annotations

import pandas as pd

from helpers.deploy.gateways import ADDRESS, gateway_conditions
from helpers.deploy.manifests import GREETER
from helpers.lab.lab import Lab
from helpers.lab.objects import labels_of, name_of
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.greetings import parse_greetings
from helpers.observe.pods import run_once

ROUTE, CANARY, TESTER = "demo-gateway", "canary", "user=alice"
# With a tenth for the canary, so many calls all miss the stable pods once in 10^30 runs.
CALLS = 30


@check("a repaired route")
def routed_by_header(lab: Lab) -> str:
    """Check production/06-gateway-api, 6.7: a tester's calls go to the canary, the others to both tracks.

    Args:
        lab: Where.

    Returns:
        The verdict.
    """
    with_header, without = _servers(lab, "--metadata", TESTER), _servers(lab)
    canaries = _canaries(lab)
    if strays := int((~with_header.isin(canaries)).sum()):
        raise WrongAnswer(
            f"{strays} of {CALLS} calls with the header {TESTER} did not reach the canary. Header values "
            "match exactly, and every difference counts."
        )
    conditions = gateway_conditions(lab, ROUTE)
    unresolved = conditions.query("condition == 'ResolvedRefs' and status != 'True'")
    if len(unresolved):
        raise WrongAnswer(
            f"Calls with the header reach the canary. But {unresolved['object'].iloc[0]} {ROUTE} has "
            f"ResolvedRefs {unresolved['status'].iloc[0]}, {unresolved['reason'].iloc[0]}: calls that it "
            "sends there fail."
        )
    if without.isna().any():
        raise WrongAnswer(f"{int(without.isna().sum())} of {CALLS} calls without the header fail.")
    if without.isin(canaries).all():
        raise WrongAnswer("All calls without the header reach the canary, too. Which rule do they match?")
    share = int(without.isin(canaries).sum())
    return f"All {CALLS} calls with the header reached the canary, and {share} of {CALLS} others."


def _canaries(lab: Lab) -> set[str]:
    pods = lab.objects.select("Pod", lab.namespace, labels=GREETER)
    return {name_of(pod) for pod in pods if labels_of(pod).get("track") == CANARY}


def _servers(lab: Lab, *options: str) -> pd.Series[str]:
    """Call through the Gateway; returns the pod that answered each call, missing where it failed."""
    address = lab.objects.get("ConfigMap", lab.namespace, ADDRESS)
    route = lab.objects.get("GRPCRoute", lab.namespace, ROUTE)
    if address is None or route is None:
        raise WrongAnswer(f"There is no GRPCRoute {ROUTE} with an address; apply the variant gateway first.")
    dial = ["client", address["data"]["plaintext"], "--authority", route["spec"]["hostnames"][0]]
    log = run_once(lab, [*dial, "--count", str(CALLS), "--interval", "0", *options])
    greetings = parse_greetings(log, "gateway", "check")
    return greetings["server"].astype("str").where(greetings["ok"])
