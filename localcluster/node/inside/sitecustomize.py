"""A pod's names and ports, for a Python program that shares a network interface with other pods.

Python imports `sitecustomize` before a program begins (https://docs.python.org/3/library/site.html). In a pod
of a real cluster the kernel and resolv.conf do what is done here:

* names are asked of the DNS server of the pod's namespace, for `socket` and for gRPC's channels;
* all addresses, and `localhost`, are the pod's own address: what listens there listens on that one, and no
  other pod's server shares the port.

A module is changed when the program imports it, so a program that imports neither `socket` nor `grpc` starts
as fast as without. Types are not imported either: `typing` alone takes some milliseconds.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

ADDRESS = os.environ.get("LOCALCLUSTER_ADDRESS", "")
RESOLVER = os.environ.get("LOCALCLUSTER_RESOLVER", "")  # none: the pod's dnsPolicy is Default

CLUSTER = "cluster.local"
ASK_SECONDS, ASK_TIMES = 2.0, 3
XDS_BOOTSTRAP = "GRPC_XDS_BOOTSTRAP_CONFIG"

# gRPC's schemes that need no DNS (https://github.com/grpc/grpc/blob/master/doc/naming.md). Anything else in
# front of a colon is a host: `demo:50051`.
_NUMBERS = ("ipv4", "ipv6")
_HERE = ("", "0.0.0.0", "::", "::1", "localhost")  # noqa: S104 - what they mean is taken from them
_OTHER_SCHEMES = ("unix", "unix-abstract", "vsock", "xds", "google-c2p", "google-c2p-experimental")
# What names a server in a certificate and in `:authority`; who sets one of them wants no other.
_NAMING = ("grpc.default_authority", "grpc.ssl_target_name_override")


def is_here(host: str) -> bool:
    """Tell whether a host means the pod itself: all of its addresses, its loopback ones, or its name."""
    plain = host.removeprefix("::ffff:")
    return plain in (*_HERE, ADDRESS, _pod_name()) or plain.startswith("127.0.")


def _pod_name() -> str:
    return os.environ.get("HOSTNAME") or ADDRESS


def _is_number(host: str) -> bool:
    import socket  # noqa: PLC0415 - only what a program needs

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except (OSError, UnicodeError):
            continue
        return True
    return False


# -- names


def addresses(name: str) -> list[str] | None:
    """Ask the DNS of the pod's namespace for a name.

    Returns:
        Its IPv4 addresses in the order of the answer; None when there is no such name.

    Raises:
        OSError: Nobody answered.
    """
    from dnslib import QTYPE, RCODE, DNSRecord  # noqa: PLC0415 - takes longer than all of the rest

    server, _, port = RESOLVER.rpartition(":")
    question = DNSRecord.question(name)
    for left in reversed(range(ASK_TIMES)):
        try:
            reply = DNSRecord.parse(question.send(server, int(port), timeout=ASK_SECONDS))
        except TimeoutError:
            if left:
                continue
            raise
        if reply.header.tc:
            reply = DNSRecord.parse(question.send(server, int(port), tcp=True, timeout=ASK_SECONDS))
        found = [str(record.rdata) for record in reply.rr if record.rtype == QTYPE.A]
        return None if reply.header.rcode == RCODE.NXDOMAIN else found
    return None


def _patch_names(socket: ModuleType) -> None:
    plain = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if is_here(name) and not (name and _is_number(name)):
            return plain(ADDRESS, *args, **named)
        if not RESOLVER or _is_number(name):
            return plain(host, *args, **named)
        return [entry for one in _resolved(socket, name) for entry in plain(one, *args, **named)]

    def gethostbyname(name: str) -> str:
        return str(getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])

    def gethostbyname_ex(name: str) -> tuple[str, list[str], list[str]]:
        found = getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
        return name, [], [str(entry[4][0]) for entry in found]

    socket.getaddrinfo = getaddrinfo  # type: ignore[attr-defined]
    socket.gethostbyname = gethostbyname  # type: ignore[attr-defined]
    socket.gethostbyname_ex = gethostbyname_ex  # type: ignore[attr-defined]
    socket.gethostname = _pod_name  # type: ignore[attr-defined]


def _resolved(socket: Any, name: str) -> list[str]:
    try:
        found = addresses(name)
    except OSError as error:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution") from error
    if found is None and "." in name.rstrip(".") and not f".{name.rstrip('.')}".endswith(f".{CLUSTER}"):
        # In full, so that the machine's search list does not take part.
        outside = socket._socket.getaddrinfo(name.rstrip(".") + ".", None, socket.AF_INET, socket.SOCK_STREAM)
        found = [entry[4][0] for entry in outside]
    if found is None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if not found:
        raise socket.gaierror(socket.EAI_NODATA, "No address associated with hostname")
    return found


# -- ports


def _patch_sockets(socket: ModuleType) -> None:
    kind: Any = socket.socket
    bind, connect, connect_ex, sendto = kind.bind, kind.connect, kind.connect_ex, kind.sendto

    def bind_here(self: Any, address: Any) -> None:
        bind(self, _own(socket, self, address))

    kind.bind = bind_here
    kind.connect = lambda self, address: connect(self, _reached(socket, self, address))
    kind.connect_ex = lambda self, address: connect_ex(self, _reached(socket, self, address))
    kind.sendto = lambda self, data, *rest: sendto(
        self, data, *rest[:-1], _reached(socket, self, rest[-1]) if rest else rest
    )


def _reached(socket: Any, which: Any, address: Any) -> Any:
    """Where a socket gets to: `localhost` is this pod, and names are asked of the cluster."""
    if which.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return address
    host, *rest = address
    mapped = "::ffff:" if which.family == socket.AF_INET6 else ""
    if isinstance(host, str) and is_here(host):
        return (mapped + ADDRESS, *rest)
    if isinstance(host, str) and not _is_number(host):
        return (mapped + socket.gethostbyname(host), *rest)
    return address


def _own(socket: Any, which: Any, address: Any) -> Any:
    """Where a socket may listen: on this pod's address alone, which is an IPv4 one."""
    found = _reached(socket, which, address)
    if which.family == socket.AF_INET6 and which.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        raise _unavailable()
    if which.family in (socket.AF_INET, socket.AF_INET6) and str(found[0]).removeprefix("::ffff:") != ADDRESS:
        raise _unavailable()
    return found


def _unavailable() -> OSError:
    import errno  # noqa: PLC0415 - only what a program needs

    return OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))


# -- gRPC


def pointed(target: str, options: Sequence[tuple[str, Any]] = ()) -> tuple[str, list[tuple[str, Any]]]:
    """Lead a gRPC target to the pod's resolver, or to the pod itself.

    Args:
        target: `demo:50051`, `dns:///demo:50051`, `localhost:50051`, `xds:///demo` ...
        options: The channel's arguments.

    Returns:
        The target, and the arguments that it needs beside its own: the server's name stays what it was.
    """
    scheme, colon, rest = target.partition(":")
    if colon and scheme in _NUMBERS:
        parts = [_placed(part) or part for part in rest.split(",")]
        return (target if parts == rest.split(",") else f"ipv4:{','.join(parts)}"), []
    endpoint = _endpoint(target)
    if place := _placed(endpoint):
        named = any(name in _NAMING for name, _ in options)
        return place, [] if named else [("grpc.default_authority", endpoint)]
    is_name = RESOLVER and endpoint and not _is_number(_split(endpoint)[0])
    return f"dns://{RESOLVER}/{endpoint}" if is_name else target, []


def _endpoint(target: str) -> str:
    """The `host:port` that gRPC would ask the machine's DNS server for; empty if it asks none, or another."""
    scheme, colon, rest = target.partition(":")
    if colon and scheme in _OTHER_SCHEMES:
        return ""
    endpoint = rest if colon and scheme == "dns" else target
    names_server = endpoint.startswith("//") and not endpoint.startswith("///")
    return "" if names_server else endpoint.removeprefix("///")


def point_bootstrap() -> None:
    """The same for the control planes of the xDS bootstrap (gRFC A27), which gRPC dials itself."""
    import json  # noqa: PLC0415 - only what a program needs

    text = os.environ.get(XDS_BOOTSTRAP, "")
    try:
        told = json.loads(text)
        for plane in told["xds_servers"]:
            plane["server_uri"] = pointed(plane["server_uri"])[0]
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # gRPC says what is wrong with it
    os.environ[XDS_BOOTSTRAP] = json.dumps(told)


def _split(endpoint: str) -> tuple[str, str]:
    """Host and port; the port is empty where there is none."""
    if endpoint.startswith("["):
        host, _, port = endpoint[1:].partition("]")
        return host, port.removeprefix(":")
    host, colon, port = endpoint.rpartition(":")
    # More than one colon outside brackets is an IPv6 address without a port.
    return (host, port) if colon and ":" not in host else (endpoint, "")


def _placed(endpoint: str) -> str:
    """An endpoint on this pod, by its address; empty for one that is elsewhere."""
    host, port = _split(endpoint)
    if not host or not is_here(host):
        return ""
    return f"{ADDRESS}:{port}" if port else ADDRESS


def _patch_grpc(grpc: Any) -> None:
    for module in (grpc, grpc.aio):
        module.insecure_channel = _with_target(module.insecure_channel, 1)
        module.secure_channel = _with_target(module.secure_channel, 2)
        module.server = _with_ports(module.server)


def _with_target(make: Callable[..., Any], place: int) -> Callable[..., Any]:
    """A function that makes channels; its options are the argument at a place, or a named one."""
    import functools  # noqa: PLC0415 - gRPC has imported it

    @functools.wraps(make)
    def channel(target: Any, *args: Any, **named: Any) -> Any:
        if not isinstance(target, str):
            return make(target, *args, **named)
        if target.startswith("xds:"):
            point_bootstrap()
        options = list((args[place - 1] if len(args) >= place else named.pop("options", None)) or ())
        target, more = pointed(target, options)
        if len(args) >= place:
            return make(target, *args[: place - 1], options + more, *args[place:], **named)
        return make(target, *args, options=options + more, **named)

    return channel


def _with_ports(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes servers; they listen on this pod's address."""
    import functools  # noqa: PLC0415 - gRPC has imported it

    known: set[type] = set()

    @functools.wraps(make)
    def server(*args: Any, **named: Any) -> Any:
        point_bootstrap()
        found = make(*args, **named)
        if type(found) not in known:
            known.add(type(found))
            _patch_ports(type(found))
        return found

    return server


def _patch_ports(kind: Any) -> None:
    import functools  # noqa: PLC0415 - gRPC has imported it

    for name in ("add_insecure_port", "add_secure_port"):
        plain = getattr(kind, name)

        @functools.wraps(plain)
        def add(self: Any, address: str, *args: Any, plain: Any = plain, **named: Any) -> Any:
            return plain(self, _listening(address), *args, **named)

        setattr(kind, name, add)


def _listening(address: str) -> str:
    """Where a gRPC server may listen."""
    if address.partition(":")[0] in _OTHER_SCHEMES:
        return address
    if place := _placed(address):
        return place
    host = _split(address)[0]
    if not _is_number(host):
        return address  # gRPC looks it up, and finds nothing of this machine
    # As gRPC words it; the kernel of a real pod would refuse it as well.
    raise RuntimeError(f"Failed to bind to address {address}; the address of this pod is {ADDRESS}.")


# -- when


def _patch_socket(socket: ModuleType) -> None:
    _patch_names(socket)
    _patch_sockets(socket)


PATCHES: dict[str, Callable[[ModuleType], None]] = {"socket": _patch_socket, "grpc": _patch_grpc}


class Watcher:
    """Finds the modules that are to be changed, as the other finders do, and changes them once loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a module that has a patch; None for all others (`importlib.abc.MetaPathFinder`)."""
        patch = PATCHES.pop(name, None)
        others = [finder for finder in sys.meta_path if finder is not self] if patch else []
        for finder in others:
            spec = finder.find_spec(name, path, target)
            if spec and patch and spec.loader:
                _run_after(spec.loader, patch)
            if spec:
                return spec
        return None


def _run_after(loader: Any, patch: Callable[[ModuleType], None]) -> None:
    plain = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        plain(module)
        patch(module)

    loader.exec_module = exec_module


def install() -> None:
    """Change what is imported already, and watch for the rest."""
    for name in [name for name in PATCHES if name in sys.modules]:
        PATCHES.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, Watcher())


if ADDRESS:
    install()
