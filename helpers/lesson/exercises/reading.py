"""How checks read an answer, and what they compare it with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pandas as pd

from helpers.deploy import pod_status
from helpers.deploy.manifests import GREETER, containers
from helpers.lab.lab import Lab
from helpers.lab.objects import Object
from helpers.lesson.exercises.verdict import WrongAnswer
from helpers.observe.collection import collect_greetings
from helpers.observe.greetings import parse_greetings

TRIES = 5
REPLY = re.compile(r'"([^"]+)" says: ')


def greetings_of(log: object) -> pd.DataFrame:
    """Return the greetings of a client's log, or of a table of greetings.

    Raises:
        WrongAnswer: It is something else, or holds no greeting.
    """
    if isinstance(log, pd.DataFrame) and {"ok", "code", "message", "server"} <= {*log.columns}:
        greetings = log
    elif isinstance(log, str):
        greetings = parse_greetings(log, variant="answer", client="by-hand")
    else:
        raise WrongAnswer(
            f"This is of type {type(log).__name__}, and the answer has to be a client's log: the text that "
            "helpers.run_once(lab, [...]) returns. (print() returns nothing.)"
        )
    if greetings.empty:
        said = str(log).strip().splitlines() if isinstance(log, str) else []
        last = f' Its last line is "{said[-1]}".' if said else ""
        raise WrongAnswer(
            f"There is no greeting in this log, neither answered nor failed.{last} Does the command begin "
            'with "client" and the target?'
        )
    return greetings


def only_failure(log: object) -> tuple[str, str]:
    """Return code and details of the last failed greeting of a log in which none was answered.

    Raises:
        WrongAnswer: One was answered, or there is none.
    """
    greetings = greetings_of(log)
    answered = greetings[greetings["ok"].astype(bool)]
    if len(answered):
        raise WrongAnswer(
            f"{len(answered)} of {len(greetings)} greetings were answered, by {answered['server'].iloc[0]}, "
            "and here none should be. Look at the target and the options of the command."
        )
    last = greetings.iloc[-1]
    return str(last["code"]), str(last["message"])


def replies_of(log: object) -> Counter[str]:
    """Count how often each pod answered in what a reader's own client printed: one reply per line.

    Raises:
        WrongAnswer: There is no output.
    """
    if not isinstance(log, str) or not log.strip():
        raise WrongAnswer("There is no output of a client yet; begin its cell with %%pod --to log.")
    return Counter(REPLY.findall(log))


def pod_addresses(lab: Lab) -> dict[str, str]:
    """Return the name of each of the greeter's pods by its address, as the cluster has them now."""
    pods = pod_status.live(lab.objects.select("Pod", lab.namespace, labels=GREETER))
    named = {str(pod.get("status", {}).get("podIP", "")): str(pod["metadata"]["name"]) for pod in pods}
    return {address: name for address, name in named.items() if address}


def shortened(text: str, width: int = 160) -> str:
    """Return the end of a long text; gRPC says the reason last."""
    return text if len(text) <= width else f"… {text[-width:]}"


def deployment(lab: Lab, name: str) -> Object:
    """Return a Deployment as it is in the cluster now.

    Raises:
        WrongAnswer: There is none of that name.
    """
    found = lab.objects.get("Deployment", lab.namespace, name)
    if found is None:
        raise WrongAnswer(f"There is no Deployment {name} in namespace {lab.namespace}; it is to stay.")
    return found


def args_of(item: Object) -> list[str]:
    """Return the command line of a Deployment's first container."""
    return [str(arg) for arg in containers(item)[0].get("args") or []]


def settled(lab: Lab, variant: str, enough: int) -> pd.DataFrame:
    """Collect greetings of a variant until none of so many failed; returns the last ones it collected.

    A change takes a moment to reach a proxy, and a client a second to connect again.

    Args:
        lab: Where.
        variant: Whose clients.
        enough: How many greetings at a time.
    """
    return collect_until(lab, variant, enough, lambda greetings: bool(greetings["ok"].all()))


def collect_until(
    lab: Lab, variant: str, enough: int, good: Callable[[pd.DataFrame], bool], *, tries: int = TRIES
) -> pd.DataFrame:
    """Collect greetings again and again until a table of them is good; return the last one.

    Args:
        lab: Where.
        variant: Whose clients.
        enough: How many greetings at a time.
        good: Whether a table is what is waited for.
        tries: How many tables at most.
    """
    for _ in range(tries):
        greetings = collect_greetings(lab, variant, at_least=enough)
        if good(greetings):
            break
    return greetings
