"""Who turns names into addresses: gRPC's target syntax, and the DNS server that may be named beside it.

On a real cluster a pod's resolver is configured from outside and nothing here changes a target. Where a
program cannot have a resolver of its own, `GREETER_DNS_SERVER` names the server, and gRPC's own syntax
(https://github.com/grpc/grpc/blob/master/doc/naming.md) takes it along: `dns://server/name:port`.
"""

from __future__ import annotations

import ipaddress
import json
import os

from greeter.errors import GreeterError

DNS_SERVER = "GREETER_DNS_SERVER"
# gRPC's own: where its xDS client finds control planes.
XDS_BOOTSTRAP = "GRPC_XDS_BOOTSTRAP_CONFIG"

# Schemes of gRPC that need no DNS. Anything else in front of a colon is a host: `demo:50051`.
_OTHER_SCHEMES = frozenset(
    {"ipv4", "ipv6", "unix", "unix-abstract", "vsock", "xds", "google-c2p", "google-c2p-experimental"}
)


def dns_server() -> tuple[str, int] | None:
    """Read the DNS server to ask, or None for the system's resolver.

    Raises:
        GreeterError: The variable holds something else than `ip:port`.
    """
    text = os.environ.get(DNS_SERVER, "")
    if not text:
        return None
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not _is_address(host) or not (port.isdecimal() and 0 < int(port) < 65536):
        raise GreeterError(f"{DNS_SERVER} is {text!r}; set it to ip:port, for instance 10.96.0.10:53.")
    return host, int(port)


def resolved_by(server: tuple[str, int] | None, target: str) -> str:
    """Name the DNS server in a target.

    Args:
        server: Its address and port; None leaves every target as it is.
        target: A gRPC target: `dns:///demo:50051`, `demo:50051`, `ipv4:10.0.0.1:50051` ...

    Returns:
        The target with the server as its authority; unchanged if it needs no DNS or names a server itself.
    """
    endpoint = _dns_endpoint(target)
    if server is None or endpoint is None or _is_address(_host(endpoint)):
        return target
    host, port = server
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"dns://{authority}/{endpoint}"


def resolve_bootstrap(server: tuple[str, int] | None) -> None:
    """Name the DNS server in the xDS bootstrap of the environment too: its control planes are gRPC targets.

    Args:
        server: Its address and port; None leaves the bootstrap as it is.

    Raises:
        GreeterError: The bootstrap is not JSON of its form (gRFC A27).
    """
    text = os.environ.get(XDS_BOOTSTRAP, "")
    if server is None or not text:
        return
    try:
        told = json.loads(text)
        for plane in told["xds_servers"]:
            plane["server_uri"] = resolved_by(server, plane["server_uri"])
    except (ValueError, KeyError, TypeError) as error:
        raise GreeterError(
            f'{XDS_BOOTSTRAP} is no xDS bootstrap; it is JSON with "xds_servers", each with a "server_uri".'
        ) from error
    os.environ[XDS_BOOTSTRAP] = json.dumps(told)


def _dns_endpoint(target: str) -> str | None:
    """The `host:port` that the default DNS server would be asked for."""
    scheme, colon, rest = target.partition(":")
    if colon and scheme == "dns":
        return rest.removeprefix("///") if not rest.startswith("//") or rest.startswith("///") else None
    if colon and scheme in _OTHER_SCHEMES:
        return None
    return target


def _host(endpoint: str) -> str:
    if endpoint.startswith("["):
        return endpoint[1:].partition("]")[0]
    host, colon, _ = endpoint.rpartition(":")
    # More than one colon outside brackets is an IPv6 address without a port.
    return host if colon and ":" not in host else endpoint


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
