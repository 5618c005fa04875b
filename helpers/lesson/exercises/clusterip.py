"""The exercise of 01-clusterip."""

from __future__ import annotations

import pandas as pd

from helpers.lesson.exercises.reading import greetings_of
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.stats import with_all_pods


@check("the table that helpers.collect_greetings returns")
def client_moved(before: pd.DataFrame, again: object) -> str:
    """Check 01-clusterip, 1.7: a client on another pod than before, the greeter untouched.

    Args:
        before: The greetings of section 1.4.
        again: Greetings collected after the reader's change.

    Returns:
        The verdict.
    """
    after = greetings_of(again)
    was, now = _pod_of(before), _pod_of(after)
    _same_greeter(before, after)
    moved = {client: pod for client, pod in now.items() if pod not in _left(client, was, now)}
    if moved:
        client, pod = next(iter(moved.items()))
        return f"{client} is on {pod}, where no client before it was: a new connection, picked anew."
    newcomers = now.keys() - was.keys()
    if newcomers:
        name = min(newcomers)
        raise WrongAnswer(
            f"{name} is new and did open a connection, but chance put it on {now[name]} again. Once more."
        )
    raise WrongAnswer(
        f"Both clients are the pods they were, and still on {', '.join(sorted(set(now.values())))}: nothing "
        "made them open a new connection. What does a client pod have to lose for that?"
    )


def _left(client: str, was: dict[str, str], now: dict[str, str]) -> set[str]:
    """The pods that a client, or whose place it took, was on."""
    if client in was:
        return {was[client]}
    gone = {pod for name, pod in was.items() if name not in now}
    return gone or set(was.values())


def _pod_of(greetings: pd.DataFrame) -> dict[str, str]:
    """Each client's pod at its last answered greeting."""
    answered = greetings[greetings["ok"].astype(bool)].sort_values("time", kind="stable")
    if answered.empty:
        raise WrongAnswer("No greeting was answered; are the greeter's pods ready?")
    last = answered.groupby(answered["client"].astype(str))["server"].last()
    return {str(client): str(pod) for client, pod in last.items()}


def _same_greeter(before: pd.DataFrame, after: pd.DataFrame) -> None:
    known = set(with_all_pods(before)["server"].cat.categories)
    if lost := sorted(known - set(with_all_pods(after)["server"].cat.categories)):
        raise WrongAnswer(
            f"{lost[0]} is gone, so the greeter was changed. A client moves then, too, but here it is to be "
            "the client's own doing."
        )
