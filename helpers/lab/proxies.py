"""Which connections go through a proxy: none to this machine, others as the user's variables say.

A company's proxy does not reach the loopback addresses of a laptop, where the local cluster and forwarded
ports listen. The usual ``NO_PROXY=localhost,127.0.0.1`` names only one of them, and programs differ in what
they understand: some know a prefix such as 127.0.0.0/8, and gRPC does not know ``*``. One limit remains:
gRPC 1.85.1 checks no exception for a target of several addresses (``ipv4:127.0.0.1:1,127.0.0.2:2``), so it
asks the proxy that ``grpc_proxy``, ``https_proxy`` or ``http_proxy`` names.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener, getproxies, install_opener

from kubernetes.client import Configuration
from kubernetes.client.rest import is_socks_proxy_url, should_bypass_proxies
from urllib3.util import make_headers

from helpers.lab.errors import LabError

GRPC, GRPC_EXCEPTIONS = "grpc_proxy", "no_grpc_proxy"
VARIABLES = (GRPC, "https_proxy", "http_proxy", "all_proxy")
LOOPBACK = ("localhost", "127.0.0.0/8", "::1")
EVERYTHING = "*"
KUBECONFIG = "proxy-url of its cluster in the kubeconfig"
SYSTEM = "the system's settings"


@dataclass(frozen=True)
class Proxy:
    """A proxy, and who names it.

    Attributes:
        url: Where it listens; may hold a user's name and password.
        source: The variable, or in words what else names it.
    """

    url: str
    source: str

    @property
    def place(self) -> str:
        """Its host and port, without name and password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def __str__(self) -> str:
        return f"the proxy {self.place}, which {self.source} names"

    def remedy(self, server: str) -> str:
        """Return what to do where it does not lead to a server."""
        if self.source == KUBECONFIG:
            return f"If {self.place} is not right, change proxy-url in the kubeconfig."
        host = urlsplit(server).hostname
        return f"To reach the server without a proxy, add {host} to NO_PROXY and restart the kernel."


class _Elsewhere(ProxyHandler):
    """urllib's handler, which reads the variables, for all servers but those on this machine."""

    def proxy_open(self, req: Request, proxy: str, type: str) -> Any:  # noqa: A002 - urllib's own name
        return None if is_loopback(f"//{req.host}") else super().proxy_open(req, proxy, type)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def spare_loopback() -> None:
    """Let neither this process nor a program that it starts ask a proxy for a loopback address.

    The variables with exceptions are extended, for the clients that read them: websocket-client, gRPC, curl.
    urllib knows no prefixes, so it gets a handler. Without a variable that names a proxy none is set, because
    Python then no longer looks at the settings of macOS or Windows.
    """
    install_opener(build_opener(_Elsewhere()))
    if not named():
        return
    exceptions = [name for name in ("no_proxy", "NO_PROXY") if name in os.environ] or ["no_proxy"]
    told = next((os.environ[name] for name in exceptions if os.environ.get(name)), "")
    if EVERYTHING in _split(told):
        os.environ[GRPC] = ""  # gRPC's only word for it: a proxy that is named, and empty
    # gRPC prefers its own variable, and reads no_proxy in lower case alone.
    os.environ[GRPC_EXCEPTIONS] = _with_loopback(os.environ.get(GRPC_EXCEPTIONS) or told)
    for name in exceptions:
        if EVERYTHING not in _split(os.environ.get(name, "")):
            os.environ[name] = _with_loopback(os.environ.get(name, ""))


def named() -> dict[str, Proxy]:
    """Return the variables that name a proxy, as the environment writes them."""
    found = {name: value for name, value in os.environ.items() if name.lower() in VARIABLES and value}
    return {name: Proxy(_url(value), name) for name, value in sorted(found.items())}


def for_server(server: str) -> Proxy | None:
    """Return the proxy that the variables, or on macOS and Windows the system, name for a server's URL."""
    told = getproxies()
    scheme = urlsplit(server).scheme
    wanted = next((word for word in (scheme, "all") if told.get(word)), "")
    if not wanted or is_loopback(server) or should_bypass_proxies(server, told.get("no", "")):
        return None
    names = (f"{wanted}_proxy", f"{wanted}_proxy".upper())
    source = next((name for name in names if os.environ.get(name) == told[wanted]), SYSTEM)
    return Proxy(_url(told[wanted]), source)


def choose(configuration: Configuration) -> None:
    """Give the client the proxy for its server: that of the kubeconfig, else that of the variables, if any.

    Args:
        configuration: Its ``proxy`` is the kubeconfig's ``proxy-url`` or None, and becomes what is chosen.

    Raises:
        LabError: The proxy speaks SOCKS, and the library for it is not installed.
    """
    proxy = Proxy(_url(configuration.proxy), KUBECONFIG) if configuration.proxy else None
    if proxy:
        configuration.no_proxy = (
            None  # as kubectl: https://pkg.go.dev/k8s.io/client-go/tools/clientcmd/api#Cluster
        )
    proxy = proxy or for_server(configuration.host)
    configuration.proxy = proxy.url if proxy else None
    if not proxy:
        return
    if is_socks_proxy_url(proxy.url):  # type: ignore[no-untyped-call]
        _need_socks(configuration.host, proxy)
    if (login := urlsplit(proxy.url)).username:
        words = f"{unquote(login.username or '')}:{unquote(login.password or '')}"
        configuration.proxy_headers = make_headers(proxy_basic_auth=words)


def chosen(configuration: Configuration) -> Proxy | None:
    """Return the proxy that ``choose`` gave to a client."""
    if not configuration.proxy:
        return None
    found = for_server(configuration.host)
    return found if found and found.url == configuration.proxy else Proxy(configuration.proxy, KUBECONFIG)


def _need_socks(server: str, proxy: Proxy) -> None:
    try:
        import urllib3.contrib.socks  # noqa: F401, PLC0415 - it fails without PySocks
    except ImportError as error:
        raise LabError(
            f"The API server {server} is to be reached through {proxy}, and it speaks SOCKS; "
            "run: pip install pysocks, then restart the kernel."
        ) from error


def _url(text: str) -> str:
    # curl and kubectl take host:port as well.
    return text if "://" in text else f"http://{text}"


def _split(exceptions: str) -> list[str]:
    return [word.strip() for word in exceptions.split(",") if word.strip()]


def _with_loopback(exceptions: str) -> str:
    return ",".join(dict.fromkeys([*_split(exceptions), *LOOPBACK]))
