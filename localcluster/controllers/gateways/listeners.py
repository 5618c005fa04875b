"""Listeners: which of them can be served here, and what stands in the way of the others."""

from __future__ import annotations

import base64
from itertools import combinations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from localcluster.controllers.gateways.found import GROUP, ROUTE_KIND, Finding, Listener, bad, good
from localcluster.network.envoy import FIRST_PORT
from localcluster.storage.registry import Registry
from localcluster.types import Object

_TLS_TYPE = "kubernetes.io/tls"


def of(registry: Registry, gateway: Object) -> list[Listener]:
    """The listeners of a Gateway, looked at for themselves and beside each other."""
    found = [_one(registry, gateway, spec) for spec in gateway["spec"]["listeners"]]
    for one, other in combinations(found, 2):
        if reason := _conflict(one, other):
            for member, rival in ((one, other), (other, one)):
                member.conflict = reason
                text = f"Listener {rival.name} takes the same connections on port {member.port}"
                member.accepted = bad(reason, text)
    return found


def _one(registry: Registry, gateway: Object, spec: Object) -> Listener:
    found = Listener(spec)
    found.accepted = _accepted(found)
    kinds = (spec.get("allowedRoutes") or {}).get("kinds")
    found.takes_routes = kinds is None or any(_is_route(kind) for kind in kinds)
    if found.protocol == "HTTPS":
        found.certificate, found.resolved = _certificate(registry, gateway, spec)
    if wrong := [kind for kind in kinds or [] if not _is_route(kind)]:
        names = ", ".join(kind["kind"] for kind in wrong)
        found.resolved = bad("InvalidRouteKinds", f"The local cluster serves {ROUTE_KIND} only, not {names}")
    return found


def _is_route(kind: Object) -> bool:
    return (kind["kind"], kind.get("group", GROUP)) == (ROUTE_KIND, GROUP)


def _accepted(listener: Listener) -> Finding:
    if listener.protocol not in ("HTTP", "HTTPS"):
        text = f"The local cluster serves HTTP and HTTPS, not {listener.spec['protocol']}"
        return bad("UnsupportedProtocol", text)
    if listener.port < FIRST_PORT:
        text = f"Port {listener.port} needs a privilege that a local cluster has not; use one from 1024 up"
        return bad("PortUnavailable", text)
    return good("Accepted", "Listener is served")


def _conflict(one: Listener, other: Listener) -> str:
    """Why two listeners cannot be told apart; "" when they can."""
    if one.port != other.port:
        return ""
    if one.protocol != other.protocol:
        served = {one.protocol, other.protocol} <= {"HTTP", "HTTPS"}
        return "ProtocolConflict" if served else ""
    return "HostnameConflict" if one.hostname == other.hostname else ""


def _certificate(registry: Registry, gateway: Object, spec: Object) -> tuple[tuple[str, str] | None, Finding]:
    home = gateway["metadata"]["namespace"]
    references = (spec.get("tls") or {}).get("certificateRefs") or []
    if len(references) != 1:
        text = f"The local cluster takes one Secret for a listener, not {len(references)}"
        return None, bad("InvalidCertificateRef", text)
    one = references[0]
    if (one["group"], one["kind"]) != ("", "Secret"):
        return None, bad("InvalidCertificateRef", f"{one['kind']} {one['name']} is no Secret")
    if one.get("namespace", home) != home:
        text = (
            f"Secret {one['name']} is of another namespace, and there is no ReferenceGrant here to allow it"
        )
        return None, bad("RefNotPermitted", text)
    secret = registry.store.get("Secret", home, one["name"])
    if secret is None:
        return None, bad("InvalidCertificateRef", f"Secret {home}/{one['name']} does not exist")
    try:
        return _pair(secret.view), good("ResolvedRefs", "Certificate is there")
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        text = f"Secret {home}/{one['name']} is no certificate with its key: {error}"
        return None, bad("InvalidCertificateRef", text)


def _pair(secret: Object) -> tuple[str, str]:
    """Certificate and key of a Secret; raises `ValueError`, or what cryptography raises for odd keys."""
    if secret["type"] != _TLS_TYPE:
        raise ValueError(f"its type is {secret['type']}, not {_TLS_TYPE}")
    data = secret.get("data") or {}
    if missing := [name for name in ("tls.crt", "tls.key") if not data.get(name)]:
        raise ValueError(f"it has no {missing[0]}")
    chain, key = (base64.b64decode(data[name]) for name in ("tls.crt", "tls.key"))
    certificate = x509.load_pem_x509_certificates(chain)[0]
    private = serialization.load_pem_private_key(key, None)
    if private.public_key() != certificate.public_key():
        raise ValueError("the key is another certificate's")
    return chain.decode("ascii"), key.decode("ascii")
