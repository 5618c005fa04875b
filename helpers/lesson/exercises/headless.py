"""The exercises of 02-headless."""

from __future__ import annotations

import re

from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import greetings_of, only_failure, pod_addresses, shortened
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.stats import amounts

POLICY = "least_request"


@check("a client's log")
def unknown_policy(log: object) -> str:
    """Check 02-headless, 2.7: what a client says to a policy that its gRPC does not have.

    Args:
        log: The log of a client with ``--policy least_request``.

    Returns:
        The verdict.
    """
    code, details = only_failure(log)
    if POLICY not in details:
        raise WrongAnswer(
            f"This greeting failed, but not over a policy {POLICY}: {code}: {shortened(details)} Give the "
            f'options "--policy", "{POLICY}", and a target that works with round_robin.'
        )
    return f"An error, aloud: {code}, and the details name {POLICY}. No pod was tried."


@check("a target and the log of a client that was given it, both as text")
def no_service(lab: Lab, target: object, log: object) -> str:
    """Check 02-headless, 2.8: exactly two pods, evenly, and no Service in between.

    Args:
        lab: Where.
        target: What the client was told to dial.
        log: The client's log.

    Returns:
        The verdict.
    """
    known = pod_addresses(lab)
    dialled = _addresses(str(target))
    if strange := [address for address in dialled if address not in known]:
        raise WrongAnswer(
            f"{', '.join(strange)} is the address of no pod of the greeter; they are {', '.join(known)}."
        )
    greetings = greetings_of(log)
    if failed := int((~greetings["ok"].astype(bool)).sum()):
        raise WrongAnswer(
            f"{failed} of {len(greetings)} greetings failed: "
            f"{shortened(str(greetings.loc[~greetings['ok'].astype(bool), 'message'].iloc[0]))} Each address "
            "needs the pod's port."
        )
    counts = amounts(greetings)
    served = {str(pod): int(count) for pod, count in counts.items() if count}
    if others := served.keys() - {known[address] for address in dialled}:
        raise WrongAnswer(
            f"{', '.join(sorted(others))} answered and is not in the target; is it that target's log?"
        )
    return _even([str(pod) for pod in greetings["server"]], served, dialled)


def _addresses(target: str) -> list[str]:
    if not target.startswith("ipv4:"):
        raise WrongAnswer(
            f'The target "{target}" begins with no "ipv4:", so a name, and a Service, is in it.'
        )
    dialled = list(dict.fromkeys(re.findall(r"\d+\.\d+\.\d+\.\d+", target)))
    if len(dialled) != 2:
        raise WrongAnswer(f"The target has {len(dialled)} addresses and needs two, with a comma between.")
    return dialled


def _even(pods: list[str], served: dict[str, int], dialled: list[str]) -> str:
    told = ", ".join(f"{pod}: {count}" for pod, count in served.items())
    if len(served) < len(dialled):
        raise WrongAnswer(f"Only one pod answered ({told}). The client knows two; which policy uses both?")
    # round_robin begins with the connection that stands first, alone until the other one does.
    both = pods[max(pods.index(pod) for pod in served) :]
    counts = [both.count(pod) for pod in served]
    if max(counts) - min(counts) > 1 or len(both) < len(pods) / 2:
        raise WrongAnswer(
            f"Both pods answered, but not in turn ({told}). Is it one channel with round_robin?"
        )
    return f"Two pods in turn ({told}), and no Service was asked."
