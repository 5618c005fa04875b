"""Ingress controllers: which classes a cluster has, and where pods reach them."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Sequence
from typing import cast

from kubernetes.client import ApiException, V1ObjectMeta, V1Pod

from helpers.deploy.manifests import containers
from helpers.lab import ownership, rbac
from helpers.lab.errors import LabError, MissingError
from helpers.lab.lab import Lab
from helpers.lab.objects import OURS, PART_OF, Object, name_of
from helpers.lab.port_forward import answers, forward

ADDRESS = "ingress-address"
# The project's manifests and chart use these for the controller (https://kubernetes.github.io/ingress-nginx/deploy/).
CONTROLLER = "k8s.io/ingress-nginx"
# Labels that they give to its pods.
CONTROLLER_LABELS = "app.kubernetes.io/name=ingress-nginx,app.kubernetes.io/component=controller"
CONTROLLER_NAMESPACE, CONTROLLER_SERVICE = "ingress-nginx", "ingress-nginx-controller"
HTTP, HTTPS = 80, 443

Endpoint = tuple[str, int, int]  # host, plaintext port, TLS port


def ingress_classes(lab: Lab) -> list[str]:
    """Return the names of the cluster's IngressClasses (used in 05-compare, section 5.1).

    Where they may not be listed, says so and returns none; ``$LAB_INGRESS_CLASSES``, names separated by
    commas, then tells what somebody else knows.
    """
    if told := os.environ.get("LAB_INGRESS_CLASSES"):
        return sorted(name.strip() for name in told.split(",") if name.strip())
    try:
        return sorted(name_of(item) for item in lab.objects.select("IngressClass", ""))
    except ApiException as error:
        if error.status != 403:
            raise
        rbac.note("The IngressClasses cannot be listed (LAB_INGRESS_CLASSES can name them)", error)
        return []


def settle(lab: Lab, items: Sequence[Object]) -> list[Object]:
    """Return objects to be applied, without Ingresses that nobody serves and the clients that need one.

    What is left out is said once.

    Raises:
        MissingError: No client would be left.
    """
    missing = wanted_classes(items)
    missing -= set(ingress_classes(lab)) if missing else set()
    kept = [item for item in items if not needed_classes(item) & missing]
    left = [name_of(item) for item in items if item not in kept and item["kind"] == "Deployment"]
    if not missing:
        return kept
    classes = " or ".join(sorted(missing))
    if not any(item["kind"] == "Deployment" for item in kept):
        raise MissingError(
            f"No IngressClass {classes} was found on this cluster, so nothing would serve {', '.join(left)}. "
            "Install an ingress controller (kind: https://kind.sigs.k8s.io/docs/user/ingress/; minikube: "
            "minikube addons enable ingress) and run this again; where you may not list the classes, "
            "LAB_INGRESS_CLASSES can name one."
        )
    rbac.say(f"Left out: {', '.join(left)}, because no IngressClass {classes} was found on this cluster.")
    return kept


def needed_classes(item: Object) -> set[str]:
    """Return the IngressClasses that an object cannot do without: its own, or whose address it reads."""
    if item["kind"] == "Ingress":
        return {str(item["spec"]["ingressClassName"])}
    sources = (one.get("valueFrom") or {} for part in containers(item) for one in part.get("env") or [])
    keys = [one["configMapKeyRef"] for one in sources if "configMapKeyRef" in one]
    return {str(key["key"]).rpartition("-")[0] for key in keys if key["name"] == ADDRESS}


def wanted_classes(objects: Iterable[Object]) -> set[str]:
    """Return the IngressClasses without which some of these objects are served by nobody."""
    return {str(item["spec"]["ingressClassName"]) for item in objects if item["kind"] == "Ingress"}


def ingress_endpoint(lab: Lab, ingress_class: str, *, tls: bool = False) -> str | None:
    """Return where pods reach a class's ingress controller (used in 03-ingress, section 3.1).

    Asked in this order: ``$LAB_INGRESS_ADDRESS`` (``host:http:https``); the status of an Ingress of that
    class in the lab's namespace; the Service of ingress-nginx.

    Args:
        lab: The lab.
        ingress_class: Name of the IngressClass.
        tls: The port that speaks TLS, else the plaintext one.

    Returns:
        ``host:port``, or None where nothing tells.
    """
    found = find_endpoint(lab, ingress_class, lab.objects.select("Ingress", lab.namespace))
    return _join(found, tls=tls) if found else None


def find_endpoint(lab: Lab, ingress_class: str, ingresses: list[Object]) -> Endpoint | None:
    """Return host and ports of a class's controller, given the Ingresses whose status may tell."""
    if told := os.environ.get("LAB_INGRESS_ADDRESS"):
        return parse_address(told)
    for item in ingresses:
        if item["spec"].get("ingressClassName") == ingress_class and (found := status_endpoint(item)):
            return found
    return _service_endpoint(lab, ingress_class)


def parse_address(text: str, variable: str = "LAB_INGRESS_ADDRESS") -> Endpoint:
    """Read ``host:http:https``, the value of a variable.

    Raises:
        LabError: It is something else.
    """
    host, _, rest = text.strip().partition(":") if text.count(":") == 2 else ("", "", "")
    http, _, https = rest.partition(":")
    if not host or not http.isdecimal() or not https.isdecimal():
        raise LabError(f'{variable} is "{text}"; write host:http:https, such as 10.0.0.7:80:443.')
    return host, int(http), int(https)


def status_endpoint(ingress: Object) -> Endpoint | None:
    """Return what an Ingress's status says of its controller, if that means anything inside a pod.

    ``localhost`` (kind) is the pod itself there. A loopback address counts only with its ports: a
    controller that lists them says that this very address is meant.
    """
    for entry in ingress.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
        host = entry.get("ip") or entry.get("hostname")
        ports = [int(item["port"]) for item in entry.get("ports") or []]
        if not host or host == "localhost" or (_is_loopback(host) and not ports):
            continue
        return str(host), *_two_ports(ports)
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _two_ports(ports: list[int]) -> tuple[int, int]:
    """Return plaintext and TLS port; a status lists the plaintext port first."""
    return (ports[0], ports[1]) if len(ports) > 1 else (HTTP, HTTPS)


def _service_endpoint(lab: Lab, ingress_class: str) -> Endpoint | None:
    """Return the address of ingress-nginx's Service, if this class is ingress-nginx's and we may look."""
    try:
        found_class = lab.objects.get("IngressClass", "", ingress_class)
        if found_class is None or found_class["spec"].get("controller") != CONTROLLER:
            return None
        service = lab.objects.get("Service", CONTROLLER_NAMESPACE, CONTROLLER_SERVICE)
    except ApiException as error:
        rbac.note(f"Where the controller of class {ingress_class} listens is not known", error)
        return None
    address = (service or {}).get("spec", {}).get("clusterIP")
    return (str(address), HTTP, HTTPS) if address and address != "None" else None


def wait_endpoint(lab: Lab, ingress_class: str, deadline: float, *, name: str = "") -> Endpoint:
    """Wait until it is known where pods reach a class's controller.

    Args:
        lab: The lab.
        ingress_class: Name of the IngressClass.
        deadline: When to give up, as ``time.monotonic()`` counts.
        name: An Ingress that shall be in service too, where the controller says so in the status.

    Raises:
        LabError: The cluster has no such class, or nothing tells until the deadline.
    """
    found: Endpoint | None = None
    for ingresses in lab.objects.follow("Ingress", lab.namespace, deadline=deadline):
        found = find_endpoint(lab, ingress_class, ingresses)
        if found and _in_service(ingresses, found, name):
            return found
        if not class_exists(lab, ingress_class):
            raise LabError(
                f"There is no IngressClass {ingress_class} on this cluster, so nothing serves an Ingress of "
                "that class; install an ingress controller."
            )
    if found:
        return found
    raise LabError(
        f"No controller has given an address to an Ingress of class {ingress_class} in namespace "
        f"{lab.namespace}; look at the controller's pods, or set LAB_INGRESS_ADDRESS=host:http:https."
    )


def _in_service(ingresses: list[Object], endpoint: Endpoint, name: str) -> bool:
    """Whether an Ingress has its controller's address, if it is by statuses that this controller tells it."""
    told = {name_of(item) for item in ingresses if status_endpoint(item) == endpoint}
    return not name or not told or name in told


def class_exists(lab: Lab, name: str) -> bool:
    """Whether the cluster has an IngressClass; taken for granted where that may not be read."""
    try:
        return lab.objects.get("IngressClass", "", name) is not None
    except ApiException:
        return True


def publish(lab: Lab, ingress_class: str, endpoint: Endpoint) -> None:
    """Write where a class's controller is into the clients' ConfigMap; other classes' keys stay."""
    found = lab.objects.get("ConfigMap", lab.namespace, ADDRESS)
    keys = {
        f"{ingress_class}-http": _join(endpoint, tls=False),
        f"{ingress_class}-https": _join(endpoint, tls=True),
    }
    metadata = {"name": ADDRESS, "namespace": lab.namespace, "labels": {PART_OF: OURS}}
    data = {**((found or {}).get("data") or {}), **keys}
    ownership.apply(lab, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def _join(endpoint: Endpoint, *, tls: bool) -> str:
    host, http, https = endpoint
    return f"{host}:{https if tls else http}"


def reach_ingress(lab: Lab, ingress_class: str, *, tls: bool = False) -> tuple[str, int] | None:
    """Find where this machine reaches a class's ingress controller (used in 06-nginx-tls, section 6.4).

    Args:
        lab: the lab.
        ingress_class: name of the IngressClass.
        tls: the port that speaks TLS, else the plaintext one.

    Returns:
        Host and port, or None where this machine has no way to the controller.
    """
    published = ingress_endpoint(lab, ingress_class, tls=tls)
    if published:
        host, _, port = published.rpartition(":")
        if answers(host, int(port)):
            return host, int(port)
    try:
        return _forwarded_controller(lab, tls=tls)
    except (ApiException, LabError) as error:
        if isinstance(error, ApiException):
            there = rbac.Rule("list", "pods", namespace=CONTROLLER_NAMESPACE)
            rbac.note(
                f"This machine finds no way to the controller of class {ingress_class}",
                rbac.denied(error, there) or error,
            )
        return None


def _forwarded_controller(lab: Lab, *, tls: bool) -> tuple[str, int] | None:
    """Forward a loopback port to the first running ingress-nginx controller pod, where one may be listed."""
    pods = lab.core.list_namespaced_pod(CONTROLLER_NAMESPACE, label_selector=CONTROLLER_LABELS).items
    for pod in _running(pods):
        metadata = cast("V1ObjectMeta", pod.metadata)
        namespace, name = str(metadata.namespace), str(metadata.name)
        host, _, port = forward(lab.api, namespace, name, HTTPS if tls else HTTP).rpartition(":")
        return host, int(port)
    return None


def _running(pods: list[V1Pod]) -> list[V1Pod]:
    return [pod for pod in pods if pod.status and pod.status.phase == "Running"]
