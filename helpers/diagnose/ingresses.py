"""The checks of what stands in front of a Service: Ingresses that nginx serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from helpers.diagnose import doors
from helpers.diagnose.doors import COMMUNITY, F5, Rule
from helpers.diagnose.findings import Finding, Severity
from helpers.diagnose.inventory import Inventory, at, name_of, reference, texts
from helpers.diagnose.signs import Port
from helpers.lab.objects import Object

CANARY = f"{doors.PREFIX}canary"
MERGEABLE = "nginx.org/mergeable-ingress-type"
NOT_GRPC = (
    "By default nginx speaks HTTP/1.1 to the pods, which a gRPC server does not accept. The client gets an "
    "HTTP status instead of gRPC's (UNAVAILABLE for a 502, UNKNOWN or INTERNAL otherwise)."
)
ERAS = {
    "old": "Up to v1.9 ingress-nginx's plaintext port speaks HTTP/1.1 only: every request of a gRPC client "
    "fails with "
    "UNAVAILABLE, … got frame type 80.",
    "new": "From v1.10 (February 2024) on, ingress-nginx's plaintext port takes gRPC too, so this works; "
    "what is sent "
    "can be read on the way. ingress-nginx is retired since March 2026.",
    "unknown": "Up to v1.9 ingress-nginx's plaintext port speaks HTTP/1.1 only, and every request of a gRPC "
    "client fails "
    "with UNAVAILABLE, … got frame type 80; from v1.10 (February 2024) on it works. "
    "The controller's image shows which version it is, but the image could not be read here.",
}
F5_PLAINTEXT = (
    "NGINX Ingress Controller speaks HTTP/2, and so gRPC, to clients only where it is switched on, and its "
    "documentation "
    "asks for TLS beside it; without, requests fail with UNAVAILABLE."
)


def nginx_ingresses(
    service: Object, ports: Sequence[Port], inventory: Inventory
) -> Iterator[tuple[Object, Rule, doors.Nginx]]:
    """Yield the paths of nginx's Ingresses that lead to a Service's gRPC ports."""
    for port in ports:
        for ingress, rule in doors.ingress_rules(service, port.spec, inventory):
            if nginx := doors.nginx_of(ingress, inventory):
                yield ingress, rule, nginx


def ingress_not_grpc(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """An nginx that speaks HTTP/1.1 to gRPC pods."""
    name, seen = name_of(service), set()
    for ingress, rule, nginx in nginx_ingresses(service, ports, inventory):
        if id(ingress) in seen or doors.speaks_grpc(ingress, name) or doors.passes_tls_through(ingress):
            continue
        seen.add(id(ingress))
        key = doors.F5_SERVICES if nginx == F5 else doors.BACKEND_PROTOCOL
        told = texts(ingress, "metadata", "annotations").get(key)
        value = f'"{name}"' if nginx == F5 else "GRPC"
        yield Finding(
            id="ingress-not-grpc",
            severity="warning",
            object=reference(ingress),
            namespace=inventory.namespace_of(ingress),
            field=f'metadata.annotations["{key}"]',
            saw=f"{told or 'absent'}, where {rule.field} leads to the gRPC port of {reference(service)}",
            effect=NOT_GRPC,
            change=f"Set the annotation; paths that are not gRPC need an Ingress of their own.\n"
            f"metadata:\n  annotations:\n    {key}: {value}",
        )


def ingress_plaintext(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """An nginx Ingress without TLS, whose port may not understand a gRPC client."""
    seen = set()
    for ingress, rule, nginx in nginx_ingresses(service, ports, inventory):
        if id(ingress) in seen or doors.has_tls(ingress, rule.host) or doors.passes_tls_through(ingress):
            continue
        seen.add(id(ingress))
        era, told = doors.era(ingress, inventory) if nginx == COMMUNITY else ("unknown", "not asked")
        severity: Severity = "note" if era == "new" else "warning"
        yield Finding(
            id="ingress-plaintext",
            severity=severity,
            object=reference(ingress),
            namespace=inventory.namespace_of(ingress),
            field="spec.tls",
            saw=f"nothing for host {rule.host or '*'}" + (f"; {told}" if nginx == COMMUNITY else ""),
            effect=ERAS[era] if nginx == COMMUNITY else F5_PLAINTEXT,
            change=_tls_yaml(rule.host, name_of(ingress)),
        )


def _tls_yaml(host: str, name: str) -> str:
    return (
        "Serve TLS, and let the client use it (grpc.secure_channel).\n"
        f"spec:\n  tls:\n    - hosts:\n        - {host or '<host>'}\n      secretName: {name}-tls"
    )


# --- duplicates ---------------------------------------------------------------------------------------------


def ingress_duplicate(service: Object, ports: Sequence[Port], inventory: Inventory) -> Iterator[Finding]:
    """Two Ingresses for one host and path, of which nginx takes the older.

    https://kubernetes.github.io/ingress-nginx/how-it-works/: the oldest rule wins; later ones are left out.
    """
    seen = set()
    for ingress, rule, nginx in nginx_ingresses(service, ports, inventory):
        owner = _owner(ingress, rule, nginx, inventory)
        pair = frozenset((id(ingress), id(owner)))
        if owner is None or pair in seen:
            continue
        seen.add(pair)
        where = f"{rule.host or '*'}{rule.path}"
        yield Finding(
            id="ingress-duplicate",
            severity="warning",
            object=reference(ingress),
            namespace=inventory.namespace_of(ingress),
            field=rule.field,
            saw=f"{where}, which {reference(owner)} in namespace {inventory.namespace_of(owner)} has too",
            effect="nginx takes the older of the two and leaves the other out in silence: requests go where "
            "the other "
            "Ingress says, and a gRPC client gets that backend's answer, often UNIMPLEMENTED or an HTTP "
            "status.",
            change=f"Delete one of the two, or give this one a host of its own.\nspec:\n  rules:\n"
            f"    - host: <another than {rule.host or '*'}>",
        )


def _owner(ingress: Object, rule: Rule, nginx: doors.Nginx, inventory: Inventory) -> Object | None:
    """Return another Ingress that has a rule's host and path, unless it is known to be the younger."""
    for other in inventory.of("Ingress"):
        if other is ingress or _is_meant(ingress) or _is_meant(other) or _is_younger(other, ingress):
            continue
        if doors.class_of(other) != doors.class_of(ingress) or doors.nginx_of(other, inventory) != nginx:
            continue
        # For F5's the host alone counts; paths of one host in two Ingresses need mergeable types.
        if any(
            one.host == rule.host and (one.path == rule.path or nginx == F5) for one in doors.rules(other)
        ):
            return other
    return None


def _is_meant(ingress: Object) -> bool:
    annotations = texts(ingress, "metadata", "annotations")
    return annotations.get(CANARY) == "true" or MERGEABLE in annotations


def _is_younger(other: Object, ingress: Object) -> bool:
    dates = [str(at(one, "metadata", "creationTimestamp") or "") for one in (other, ingress)]
    return bool(all(dates)) and dates[0] > dates[1]
