"""The exercise of 03-ingress."""

from __future__ import annotations

from typing import Any

from helpers.lab.lab import Lab
from helpers.lab.objects import Object
from helpers.lesson.exercises.reading import collect_until, settled, shortened
from helpers.lesson.exercises.verdict import WrongAnswer, check

INGRESS, VARIANT = "demo-ingress", "ingress"
PROTOCOL = "nginx.ingress.kubernetes.io/backend-protocol"
ENOUGH, CLIENTS = 12, 3
# How often tidy_ingress looks; nginx takes a change within a second or two.
TRIES = 20


def tidy_ingress(lab: Lab) -> None:
    """Break the Ingress of 03-ingress as a colleague might, and wait until each of its clients notices.

    Args:
        lab: Where.
    """
    change: dict[str, Any] = {"metadata": {"annotations": {PROTOCOL: None}}}
    lab.networking.patch_namespaced_ingress(INGRESS, lab.namespace, change)
    collect_until(lab, VARIANT, CLIENTS, lambda greetings: not greetings["ok"].any(), tries=TRIES)


@check("a repaired Ingress")
def ingress_serves(lab: Lab) -> str:
    """Check 03-ingress, 3.6: the Ingress passes gRPC on, and its clients are answered again.

    Args:
        lab: Where.

    Returns:
        The verdict.
    """
    ingress: Object | None = lab.objects.get("Ingress", lab.namespace, INGRESS)
    if ingress is None:
        raise WrongAnswer(f'There is no Ingress {INGRESS}; helpers.apply(lab, "{VARIANT}") makes it.')
    annotations = ingress["metadata"].get("annotations") or {}
    if str(annotations.get(PROTOCOL, "")).upper() not in {"GRPC", "GRPCS"}:
        raise WrongAnswer(
            f"The annotations of Ingress {INGRESS} are {annotations or 'empty'}: which protocol does nginx "
            "speak to the pods? Compare with manifests/ingress/ingress.yaml."
        )
    greetings = settled(lab, VARIANT, ENOUGH)
    failed = greetings[~greetings["ok"].astype(bool)]
    if len(failed):
        raise WrongAnswer(
            f"{len(failed)} of {len(greetings)} calls still fail: "
            f"{shortened(str(failed['message'].iloc[-1]))}"
        )
    return f"nginx speaks gRPC to the pods, and {len(greetings)} of {len(greetings)} calls were answered."
