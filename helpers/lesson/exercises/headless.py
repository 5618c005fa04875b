"""The exercise of 02-headless."""

from __future__ import annotations

from helpers.lab.lab import Lab
from helpers.lab.objects import is_headless
from helpers.lesson.exercises.reading import replies_of, shortened
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.pods import server_pods

# With fewer calls, round_robin may not have reached a pod that was connected last.
FEWEST = 20


@check("what the client printed, as text")
def all_pods_reached(lab: Lab, name: str, log: object) -> str:
    """Check 02-headless, 2.6: a headless Service, and a client that reached every pod through it.

    Args:
        lab: Where.
        name: The Service's name.
        log: What the client printed: one reply per line.

    Returns:
        The verdict.
    """
    _headless(lab, name)
    counts = replies_of(log)
    if counts.total() < FEWEST:
        raise WrongAnswer(
            f"The output has {counts.total()} replies, and {FEWEST} or more are needed. It ends with "
            f"{shortened(str(log).strip().splitlines()[-1])!r}."
        )
    pods = server_pods(lab)
    if gone := counts.keys() - set(pods):
        raise WrongAnswer(f"{min(gone)} answered and is not there any more; run the client again.")
    if missing := [pod for pod in pods if pod not in counts]:
        raise WrongAnswer(
            f"{', '.join(missing)} answered nothing. Which of the four switches of section 2.4 is off?"
        )
    return f"Each of the {len(pods)} pods answered: {', '.join(f'{counts[pod]}' for pod in pods)} calls."


def _headless(lab: Lab, name: str) -> None:
    service = lab.objects.get("Service", lab.namespace, name)
    if service is None:
        raise WrongAnswer(f"There is no Service {name} in namespace {lab.namespace}; apply it first.")
    if not is_headless(service):
        raise WrongAnswer(
            f"Service {name} has the address {service['spec'].get('clusterIP')}, so it is not headless. "
            "A Service keeps its address, so delete it (kubectl delete service) before you apply it again."
        )
