"""Gateways: which classes a cluster has, whether one has taken up what was applied, and where pods reach it.

What the manifests leave open is the class: every implementation has its own. The rest of the Gateway API is
the same everywhere (https://gateway-api.sigs.k8s.io/reference/spec/, v1).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence

import pandas as pd
from kubernetes.client import ApiException

from helpers.deploy.ingress import parse_address
from helpers.lab import ownership, rbac
from helpers.lab.errors import LabError, MissingError, refusal
from helpers.lab.lab import Lab
from helpers.lab.objects import KINDS, OURS, PART_OF, Object, name_of

ADDRESS = "gateway-address"
TO_BE_CHOSEN = "to-be-chosen"
KEYS = {"HTTP": "plaintext", "HTTPS": "tls"}
OURS_KINDS = ("GRPCRoute", "Gateway")
READY_SECONDS = 120.0
CONDITIONS = ("object", "part", "condition", "status", "reason")
INSTALL = (
    "Install an implementation of the Gateway API, such as Envoy Gateway "
    "(https://gateway.envoyproxy.io/docs/install/), and run this again"
)


def gateway_classes(lab: Lab) -> list[str]:
    """Return the GatewayClasses that a controller accepts (production/06-gateway-api, 6.2).

    ``$LAB_GATEWAY_CLASS`` names the one to take, also for a user without the right to list them.

    Returns:
        Names, those that say they support GRPCRoutes first; none where there is no Gateway API.
    """
    if told := os.environ.get("LAB_GATEWAY_CLASS"):
        return [told]
    try:
        return _accepted(_listed(lab) or [])
    except ApiException as error:
        if error.status != 403:
            raise
        rbac.note("The GatewayClasses cannot be listed (LAB_GATEWAY_CLASS can name one)", error)
        return []


def _listed(lab: Lab) -> list[Object] | None:
    """The cluster's GatewayClasses; None where there is no Gateway API."""
    try:
        return lab.objects.select("GatewayClass", "")
    except ApiException as error:
        if error.status != 404:
            raise
        return None


def _accepted(classes: Iterable[Object]) -> list[str]:
    """The names of the classes that their controllers accept, those that route gRPC first."""
    accepted = [one for one in classes if _holds(one.get("status") or {}, "Accepted")]
    return [name_of(one) for one in sorted(accepted, key=lambda one: (not _routes_grpc(one), name_of(one)))]


def _class_to_take(lab: Lab) -> str:
    """The GatewayClass that a Gateway of the manifests gets.

    Raises:
        MissingError: There is none that works; the message says what is missing.
    """
    if told := os.environ.get("LAB_GATEWAY_CLASS"):
        return told
    try:
        found = _listed(lab)
    except ApiException as error:
        if error.status != 403:
            raise
        raise MissingError(
            f"The GatewayClasses cannot be listed: {refusal(error)}. Set LAB_GATEWAY_CLASS to the name of "
            "the class to take."
        ) from error
    if found is None:
        raise MissingError(f"This cluster does not have the Gateway API. {INSTALL}.")
    if not found:
        raise MissingError(f"This cluster has the Gateway API, but no GatewayClass. {INSTALL}.")
    if accepted := _accepted(found):
        return accepted[0]
    said = "; ".join(f"{name_of(one)}: {_complaints(one.get('status') or {})}" for one in found)
    raise MissingError(
        f"This cluster has no GatewayClass that its controller accepts ({said}). Look at the controller's "
        f"pods. {INSTALL}."
    )


def _routes_grpc(one: Object) -> bool:
    features = (one.get("status") or {}).get("supportedFeatures") or []
    return any(feature["name"] == "GRPCRoute" for feature in features)


def _holds(status: Object, kind: str, generation: int = 0) -> bool:
    return any(
        one["type"] == kind
        and one["status"] == "True"
        and one.get("observedGeneration", generation) >= generation
        for one in status.get("conditions") or []
    )


def settle(lab: Lab, items: Sequence[Object]) -> list[Object]:
    """Return objects to be applied, with the class of their Gateways chosen.

    Raises:
        MissingError: There is a Gateway among them, and the cluster has no class for it.
    """
    gateways = [item for item in items if item["kind"] == "Gateway"]
    chosen = _class_to_take(lab) if gateways else ""
    for item in gateways:
        if item["spec"]["gatewayClassName"] == TO_BE_CHOSEN:
            item["spec"]["gatewayClassName"] = chosen
    return list(items)


# --- where it is --------------------------------------------------------------------------------------------


def publish(lab: Lab, planned: Sequence[Object], deadline: float) -> None:
    """Write into ConfigMap ``gateway-address`` where pods reach the Gateway of a folder, once it is ready.

    Args:
        lab: Where.
        planned: The folder's objects as they were applied.
        deadline: When to give up, as ``time.monotonic()`` counts.

    Raises:
        LabError: The Gateway or its routes are not accepted; the message has the conditions that say why.
    """
    for item in planned:
        if item["kind"] == "Gateway":
            _write(lab, _doors(item, _wait_address(lab, item, deadline)))
    for item in planned:
        if item["kind"] == "GRPCRoute":
            wait_route(lab, name_of(item), deadline)


def _write(lab: Lab, doors: dict[str, str]) -> None:
    metadata = {"name": ADDRESS, "namespace": lab.namespace, "labels": {PART_OF: OURS}}
    ownership.apply(lab, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": doors})


def _doors(gateway: Object, address: str) -> dict[str, str]:
    """``host:port`` of the first listener of each protocol; ``$LAB_GATEWAY_ADDRESS`` knows better."""
    if told := os.environ.get("LAB_GATEWAY_ADDRESS"):
        host, http, https = parse_address(told, "LAB_GATEWAY_ADDRESS")
        return {"plaintext": f"{host}:{http}", "tls": f"{host}:{https}"}
    found: dict[str, str] = {}
    for listener in gateway["spec"]["listeners"]:
        found.setdefault(KEYS[listener["protocol"]], f"{address}:{listener['port']}")
    return found


def _wait_address(lab: Lab, item: Object, deadline: float) -> str:
    """The address of a Gateway whose listeners are all programmed."""
    told = os.environ.get("LAB_GATEWAY_ADDRESS", "")
    status: Object = {}
    for found in lab.objects.follow(
        "Gateway", lab.namespace, fields=f"metadata.name={name_of(item)}", deadline=deadline
    ):
        status = (found[0].get("status") or {}) if found else {}
        addresses = [str(one["value"]) for one in status.get("addresses") or []]
        if (addresses or told) and all(_holds(one, "Programmed") for one in _listeners(status, item)):
            return next(iter(addresses), told)
    raise LabError(
        f"Gateway {name_of(item)} of class {item['spec']['gatewayClassName']} in namespace {lab.namespace} "
        f"is not ready: {_complaints(status)}; look at its controller's pods, or set "
        "LAB_GATEWAY_ADDRESS=host:http:https where it has no address that pods can use."
    )


def _listeners(status: Object, item: Object) -> list[Object]:
    known = {one["name"]: one for one in status.get("listeners") or []}
    return [known.get(one["name"], {}) for one in item["spec"]["listeners"]]


def _complaints(status: Object) -> str:
    every = [status, *(status.get("listeners") or []), *(status.get("parents") or [])]
    said = [
        f"{one['type']} is {one['status']} ({one['reason']}: {one['message']})"
        for part in every
        for one in part.get("conditions") or []
        if one["status"] != ("False" if one["type"] in ("Conflicted", "OverlappingTLSConfig") else "True")
    ]
    return "; ".join(dict.fromkeys(said)) or "its controller has not said anything"


def wait_route(lab: Lab, name: str, deadline: float) -> None:
    """Wait until a route as it is now has been accepted by a Gateway.

    Raises:
        LabError: It has not; the message has the conditions that say why.
    """
    status: Object = {}
    for found in lab.objects.follow(
        "GRPCRoute", lab.namespace, fields=f"metadata.name={name}", deadline=deadline
    ):
        status = (found[0].get("status") or {}) if found else {}
        generation = found[0]["metadata"]["generation"] if found else 0
        if any(_holds(one, "Accepted", generation) for one in status.get("parents") or []):
            return
    raise LabError(
        f"GRPCRoute {name} in namespace {lab.namespace} is accepted by no Gateway: {_complaints(status)}."
    )


# --- what notebooks ask and do ------------------------------------------------------------------------------


def gateway_conditions(lab: Lab, name: str) -> pd.DataFrame:
    """Return what controllers say of a Gateway and a route of one name (production/06-gateway-api, 6.2).

    What was said of an older generation says nothing of the object as it is now, so newer words are waited
    for, two minutes at most.

    Args:
        lab: Where.
        name: Of both, such as ``demo-gateway``.

    Returns:
        A row per condition: ``object`` (the kind), ``part`` (listener, Gateway of a route, or empty),
        ``condition``, ``status`` and ``reason``, all str. Empty where there is no Gateway API.
    """
    rows: list[tuple[str, ...]] = []
    for kind in ("Gateway", "GRPCRoute"):
        status = _status_now(lab, kind, name)
        parts = [("", status)]
        parts += [(f"listener {one['name']}", one) for one in status.get("listeners") or []]
        parts += [(f"at {one['parentRef']['name']}", one) for one in status.get("parents") or []]
        rows += [
            (kind, part, one["type"], one["status"], one["reason"])
            for part, found in parts
            for one in found.get("conditions") or []
        ]
    return pd.DataFrame(rows, columns=list(CONDITIONS), dtype="str")


def _status_now(lab: Lab, kind: str, name: str) -> Object:
    """The status of an object, once its controller has seen its newest generation; empty without one."""
    if lab.objects.get(kind, lab.namespace, name) is None:
        return {}
    found: list[Object] = []
    named, deadline = f"metadata.name={name}", time.monotonic() + READY_SECONDS
    for found in lab.objects.follow(kind, lab.namespace, fields=named, deadline=deadline):
        if not any(map(_outdated, found)):
            break
    return (found[0].get("status") or {}) if found else {}


def _outdated(item: Object) -> bool:
    """Whether a condition of an object is about an older generation of it."""
    status, generation = item.get("status") or {}, item["metadata"].get("generation", 0)
    parts = [status, *(status.get("listeners") or []), *(status.get("parents") or [])]
    conditions = [one for part in parts for one in part.get("conditions") or []]
    return any(one.get("observedGeneration", generation) < generation for one in conditions)


def set_rules(lab: Lab, name: str, rules: Iterable[Object]) -> None:
    """Replace the rules of a GRPCRoute and wait until it is accepted (production/06-gateway-api, 6.2).

    Args:
        lab: Where.
        name: The route.
        rules: As ``spec.rules`` has them.

    Raises:
        LabError: The server refuses them, or no Gateway accepts the route.
    """
    path = KINDS["GRPCRoute"].path(lab.namespace, name)
    body = {"spec": {"rules": list(rules)}}
    try:
        lab.objects.request("PATCH", path, body=body, content_type="application/merge-patch+json")
    except ApiException as error:
        raise LabError(f"GRPCRoute {name} was not changed: {refusal(error)}") from error
    wait_route(lab, name, time.monotonic() + READY_SECONDS)
