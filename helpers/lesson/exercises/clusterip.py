"""The exercise of 01-clusterip."""

from __future__ import annotations

from helpers.lab.lab import Lab
from helpers.lesson.exercises.reading import pod_addresses
from helpers.lesson.exercises.verdict import WrongAnswer, check
from helpers.observe.pods import server_pods
from helpers.plots.topology import SLICE_OF, endpoints_of

LISTENS = 50051


@check("the name of a Service")
def service_reaches(lab: Lab, name: str) -> str:
    """Check 01-clusterip, 1.6: a Service whose endpoints are the greeter's pods, at the port they listen on.

    Args:
        lab: Where.
        name: The Service's name.

    Returns:
        The verdict.
    """
    service = lab.objects.get("Service", lab.namespace, name)
    if service is None:
        raise WrongAnswer(f"There is no Service {name} in namespace {lab.namespace}; apply it first.")
    slices = lab.objects.select("EndpointSlice", lab.namespace, labels=f"{SLICE_OF}={name}")
    found = {box.title for box in endpoints_of(lab, service)} & set(pod_addresses(lab).values())
    if missing := sorted(set(server_pods(lab)) - found):
        selector = service["spec"].get("selector")
        raise WrongAnswer(
            f"{len(missing)} ready pods of the greeter are no endpoints of Service {name}, which selects "
            f"{selector}. Compare with kubectl get pods --show-labels."
        )
    ports = sorted({int(port["port"]) for part in slices for port in part.get("ports") or []})
    if ports != [LISTENS]:
        raise WrongAnswer(
            f"The endpoints have port {', '.join(map(str, ports)) or 'none'}, and no greeter listens there. "
            "Which ports do the pods name? (kubectl get pods -l app=demo -o yaml)"
        )
    return f"All {len(found)} pods are endpoints of Service {name}, each at port {LISTENS}."
