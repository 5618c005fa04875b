"""The exercise of production/04-streams."""

from __future__ import annotations

from helpers.lab.lab import Lab
from helpers.lab.objects import Object
from helpers.lesson.exercises.numbers import seconds, seconds_of
from helpers.lesson.exercises.reading import args_of, deployment, settled
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.stats import failure_codes

TIMEOUT = "nginx.ingress.kubernetes.io/proxy-read-timeout"
# What ingress-nginx waits without the annotation.
NGINX_SECONDS = 60.0
INTERVAL, OWN_INTERVAL = "--interval", 1.0
# Two messages of each of three clients, so that each has been silent once.
ENOUGH = 6


@check("a changed Ingress, or changed clients")
def silent_stream_lives(lab: Lab, ingress: str, variant: str) -> str:
    """Check production/04-streams, 4.7: nginx no longer cuts the streams of a variant's clients.

    Args:
        lab: Where.
        ingress: The Ingress through which they go.
        variant: Whose clients.

    Returns:
        The verdict.
    """
    patience = _patience(lab.objects.get("Ingress", lab.namespace, ingress), ingress)
    interval = seconds_of(args_of(deployment(lab, f"client-{variant}")), INTERVAL) or OWN_INTERVAL
    if interval >= patience:
        raise WrongAnswer(
            f"nginx cuts a stream after {patience:g} s without a message, and these clients get one each "
            f"{interval:g} s."
        )
    greetings = settled(lab, variant, ENOUGH)
    if failed := sum(failure_codes(greetings).values()):
        raise WrongAnswer(
            f"{failed} of {len(greetings)} log lines of the clients are failures; read kubectl logs of one."
        )
    return (
        f"{len(greetings)} messages came, one each {interval:g} s per stream, and no stream was cut, because "
        f"nginx waits {patience:g} s."
    )


def _patience(item: Object | None, name: str) -> float:
    """Seconds that nginx waits for the next message of a stream."""
    if item is None:
        raise WrongAnswer(f"There is no Ingress {name}, so no client goes through nginx.")
    told = (item["metadata"].get("annotations") or {}).get(TIMEOUT)
    return NGINX_SECONDS if told is None else seconds(told, TIMEOUT)
