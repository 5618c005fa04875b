"""What stands in front of a Service and works on requests: Ingresses and all sorts of routes.

Ingresses of nginx have rules of their own for gRPC, so here is also which Ingress is nginx's, and of which of
the two products of that name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from helpers.deploy.ingress import CONTROLLER
from helpers.deploy.manifests import split_image
from helpers.diagnose.inventory import Inventory, at, each, name_of, number, texts
from helpers.diagnose.workloads import containers, labels, workloads
from helpers.lab.objects import Object

Nginx = Literal["ingress-nginx", "F5 NGINX Ingress Controller"]
COMMUNITY: Nginx = "ingress-nginx"
F5: Nginx = "F5 NGINX Ingress Controller"
F5_CONTROLLER = "nginx.org/ingress-controller"
PREFIX, F5_PREFIXES = "nginx.ingress.kubernetes.io/", ("nginx.org/", "nginx.com/")
BACKEND_PROTOCOL, F5_SERVICES = f"{PREFIX}backend-protocol", "nginx.org/grpc-services"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
# Of other controllers; they may understand an nginx annotation that was left behind, or not.
OTHERS = re.compile(
    r"traefik|contour|alb|gce|gke|kong|haproxy|istio|cilium|azure|apisix|ambassador|envoy|skipper|tyk|voyager|higress"
    r"|openshift|gloo|pomerium|tailscale|ngrok|cloudflare|aws|citrix|caddy"
)
# nginx of Azure's managed add-on: https://learn.microsoft.com/azure/aks/app-routing
MANAGED = "webapprouting"
# Routes that other controllers serve, each of which names Services and works on requests.
ROUTES = ("GRPCRoute", "HTTPRoute")
FOREIGN = ("VirtualService", "HTTPProxy", "IngressRoute", "VirtualServer", "Mapping", "ApisixRoute")
# What ingress-nginx needs for plaintext gRPC: v1.10.0 of 28 February 2024 wrote ``http2 on`` for both ports
# (notebook 06-nginx-tls, section 6.7), with nginx 1.25.
MODERN, MODERN_NGINX = (1, 10), (1, 25, 1)


@dataclass(frozen=True)
class Rule:
    """A path of an Ingress that leads to a Service.

    Attributes:
        field: Where it stands, as kubectl writes it.
        host: Empty for every host.
        path: Where it begins.
        service: The Service's name.
        port: The Service's port by number or name, None where it is not said.
    """

    field: str
    host: str
    path: str
    service: str
    port: Any


def rules(ingress: Object) -> Iterator[Rule]:
    """Yield where an Ingress leads; also those of the API before v1, which files still hold."""
    for key in ("defaultBackend", "backend"):
        if found := _backend(at(ingress, "spec", key)):
            yield Rule(f"spec.{key}", "", "/", *found)
    for index, rule in enumerate(each(ingress, "spec", "rules")):
        for place, one in enumerate(each(rule, "http", "paths")):
            if found := _backend(one.get("backend")):
                host, path = str(rule.get("host") or ""), str(one.get("path") or "/")
                yield Rule(f"spec.rules[{index}].http.paths[{place}]", host, path, *found)


def _backend(backend: Any) -> tuple[str, Any] | None:
    if name := at(backend, "service", "name"):
        return str(name), at(backend, "service", "port", "number") or at(backend, "service", "port", "name")
    old = at(backend, "serviceName")
    return (str(old), at(backend, "servicePort")) if old else None


def names_port(given: Any, service: Object, port: Object) -> bool:
    """Whether a route's port is this one of a Service; one that names none means any."""
    if given is None or len(each(service, "spec", "ports")) == 1:
        return True
    return given == port.get("name") or (
        number(given) is not None and number(given) == number(port.get("port"))
    )


def ingress_rules(service: Object, port: Object, inventory: Inventory) -> list[tuple[Object, Rule]]:
    """Return the Ingresses' paths that lead to a port of a Service."""
    return [
        (ingress, rule)
        for ingress in inventory.of("Ingress", namespace=inventory.namespace_of(service))
        for rule in rules(ingress)
        if rule.service == name_of(service) and names_port(rule.port, service, port)
    ]


def routes(service: Object, port: Object, inventory: Inventory, *kinds: str) -> list[Object]:
    """Return the routes of the Gateway API that lead to a port of a Service, from any namespace."""
    return [
        route
        for route in inventory.of(*(kinds or ROUTES))
        for rule in each(route, "spec", "rules")
        for one in each(rule, "backendRefs")
        if one.get("name") == name_of(service)
        and one.get("kind") in {None, "Service"}
        and (one.get("namespace") or inventory.namespace_of(route)) == inventory.namespace_of(service)
        and names_port(one.get("port"), service, port)
    ]


def foreign_routes(service: Object, inventory: Inventory) -> list[Object]:
    """Return other controllers' routes that name a Service, such as Istio's or Contour's."""
    name, home = name_of(service), inventory.namespace_of(service)
    pattern = re.compile(
        rf'"(?:http://|https://|h2c://)?{re.escape(name)}(?:\.{re.escape(home)}[\w.]*)?(?::\d+)?"'
    )
    found = []
    for route in inventory.of(*FOREIGN):
        near = inventory.namespace_of(route) == home
        hits = pattern.findall(json.dumps(route.get("spec"), default=str))
        if any(near or f".{home}" in hit for hit in hits):
            found.append(route)
    return found


# --- nginx --------------------------------------------------------------------------------------------------


def class_of(ingress: Object) -> str:
    """Return the name of an Ingress's class, empty where it has none."""
    annotated = texts(ingress, "metadata", "annotations").get(CLASS_ANNOTATION)
    return str(at(ingress, "spec", "ingressClassName") or annotated or "")


def ingress_class(ingress: Object, inventory: Inventory) -> Object | None:
    """Return the IngressClass of an Ingress, which is the default one where it names none."""
    if name := class_of(ingress):
        return inventory.find("IngressClass", None, name)
    found = inventory.of("IngressClass")
    return next(
        (one for one in found if texts(one, "metadata", "annotations").get(DEFAULT_CLASS) == "true"), None
    )


def nginx_of(ingress: Object, inventory: Inventory) -> Nginx | None:
    """Return which nginx controller serves an Ingress, None for any other controller or where nothing tells.

    The IngressClass tells; without it the class's name and the annotations do.
    """
    keys = list(texts(ingress, "metadata", "annotations"))
    if found := ingress_class(ingress, inventory):
        controller = str(at(found, "spec", "controller") or "")
        if controller.startswith(F5_CONTROLLER):
            return F5
        nginx = controller.startswith((CONTROLLER, MANAGED))
        return COMMUNITY if nginx else None
    name = class_of(ingress).lower()
    if OTHERS.search(name) and "nginx" not in name and not name.startswith(MANAGED):
        return None
    annotated = any(key.startswith(PREFIX) for key in keys)
    if not annotated and any(key.startswith(F5_PREFIXES) for key in keys):
        return F5
    return COMMUNITY if annotated or "nginx" in name or name.startswith(MANAGED) else None


def speaks_grpc(ingress: Object, service: str) -> bool:
    """Whether an Ingress tells its nginx to speak gRPC to a Service.

    ingress-nginx takes the value in capitals or not (``annotations/backendprotocol`` in its source).
    """
    annotations = texts(ingress, "metadata", "annotations")
    listed = {one.strip() for one in annotations.get(F5_SERVICES, "").split(",")}
    snippets = (value for key, value in annotations.items() if key.endswith(("-snippet", "-snippets")))
    return (
        annotations.get(BACKEND_PROTOCOL, "").strip().upper() in {"GRPC", "GRPCS"}
        or service in listed
        or any("grpc_pass" in text for text in snippets)
    )


def passes_tls_through(ingress: Object) -> bool:
    """Whether nginx leaves TLS, and so HTTP/2, to the pods."""
    return texts(ingress, "metadata", "annotations").get(f"{PREFIX}ssl-passthrough") == "true"


def has_tls(ingress: Object, host: str) -> bool:
    """Whether an Ingress has TLS for a host."""
    if texts(ingress, "metadata", "annotations").get(f"{PREFIX}force-ssl-redirect") == "true":
        return True
    entries = each(ingress, "spec", "tls")
    covered = [str(one) for entry in entries for one in entry.get("hosts") or []]
    if not host or any(not entry.get("hosts") for entry in entries):
        return bool(entries)
    return host in covered or f"*.{host.partition('.')[2]}" in covered


def controller_images(ingress: Object, inventory: Inventory) -> list[str]:
    """Return the images of ingress-nginx's controllers that may serve an Ingress, as far as they are told."""
    found = [item for item in workloads(inventory) if _is_controller(item)]
    name = class_of(ingress)
    own = [item for item in found if name and any(f"class={name}" in word for word in _arguments(item))]
    return sorted({str(containers(item)[0].get("image")) for item in own or found})


def _is_controller(item: Object) -> bool:
    about = labels(item)
    named = about.get("app.kubernetes.io/name") in {"ingress-nginx", "rke2-ingress-nginx"}
    if named and about.get("app.kubernetes.io/component") == "controller":
        return True
    return any(
        re.search(r"ingress-nginx/|nginx-ingress-controller", str(c.get("image"))) for c in containers(item)
    )


def _arguments(item: Object) -> list[str]:
    return [str(word) for c in containers(item) for word in c.get("args") or []]


Era = Literal["old", "new", "unknown"]


def era(ingress: Object, inventory: Inventory) -> tuple[Era, str]:
    """Return on which side of v1.10 the controller of an Ingress is, and what tells so.

    A class may say it by its name (``nginx-legacy``, as in notebook 06-nginx-tls); otherwise the tags of the
    controller's images do. Of controllers on both sides the old one counts.
    """
    if "legacy" in class_of(ingress):
        return "old", f"the class's name {class_of(ingress)}"
    images = controller_images(ingress, inventory)
    sides = {image: _side(image) for image in images}
    for side in ("old", "new"):
        told = [image for image, one in sides.items() if one == side]
        if told:
            return ("old" if side == "old" else "new"), f"the controller's image {told[0]}"
    return "unknown", "no image of the controller"


def _side(image: str) -> Era:
    name, tag, _ = split_image(image)
    version = re.match(r"v?(\d+(?:\.\d+)+)", tag)
    if version is None:
        return "unknown"
    parts = tuple(int(part) for part in version[1].split("."))
    return "new" if parts >= (MODERN_NGINX if name.rpartition("/")[2] == "nginx" else MODERN) else "old"
