"""The image catalogue: which program of this machine an image stands for, and what it is told.

A node of a real cluster finds an image's entrypoint and environment in the image; this one finds them here.
There are three: the greeter and the control plane, from the source tree this package lies in, and Envoy,
from its wheel.
"""

import json
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.network import envoy
from localcluster.node.settings import Settings

SOURCE = Path(__file__).resolve().parent.parent.parent
GREETER_PORT = 50051

# -P: nothing is imported from the folder the program begins in.
_PYTHON = (sys.executable, "-P")

# Addresses that would take the port on every pod's address, and on everything else of this machine.
_EVERYWHERE = re.compile(r"(\[::\]|0\.0\.0\.0|\*)?:(\d+)")

HINT = (
    "a local cluster runs only the greeter's (named greeter or ...-greeter), the control plane's (named "
    "controlplane or ...-controlplane) and Envoy's (named envoy): "
    "name one of them or use a real cluster (localcluster/SCOPE.md)"
)


@dataclass(frozen=True, slots=True)
class Request:
    """A container that wants to run.

    Args:
        args: its arguments, references to variables replaced.
        environment: its variables.
        address: the pod's address.
        folder: a private folder; the program begins there.
        settings: the node's.
        identity: gives the files with which the program enters the API: ``token``, ``ca.crt``, ``namespace``.
    """

    args: Sequence[str]
    environment: Mapping[str, str]
    address: str
    folder: Path
    settings: Settings
    identity: Callable[[], Mapping[str, str]] = dict


@dataclass(frozen=True, slots=True)
class Command:
    """A program ready to be started.

    Args:
        argv: the command line; ``argv[0]`` is a path.
        environment: all of its variables.
        files: what must lie in its folder, by name; only the user can read them.
        parting: the signal it gets when the node dies.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    parting: signal.Signals = signal.SIGKILL


Recipe = Callable[[Request], Command]


@dataclass(frozen=True, slots=True)
class Image:
    """One program.

    Args:
        name: the full match for the last component of a repository.
        recipe: makes the command.
        tags: the full match for the tags, and digests, that are there without anybody having built them.
        programs: what can be executed beside it, by the name it has there: how a command line begins.
    """

    name: re.Pattern[str]
    recipe: Recipe
    tags: re.Pattern[str] = re.compile(".*")
    programs: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Catalogue:
    """The images a node can run."""

    def __init__(self, images: Sequence[Image]) -> None:
        """Know these images; the first that matches is taken."""
        self.images = tuple(images)

    def find(self, reference: str) -> Recipe | None:
        """The recipe for an image reference, whatever its registry and tag; None when it is not known."""
        image = self._of(reference)
        return image.recipe if image else None

    def programs(self, reference: str) -> Mapping[str, Sequence[str]]:
        """The programs of an image: the name of each, and how its command line begins here."""
        image = self._of(reference)
        return image.programs if image else {}

    def is_published(self, reference: str) -> bool:
        """Whether an image is known and can be had without anybody having built it."""
        image = self._of(reference)
        return bool(image and image.tags.fullmatch(reference[len(repository(reference)) :]))

    def _of(self, reference: str) -> Image | None:
        name = repository(reference).rpartition("/")[2]
        return next((image for image in self.images if image.name.fullmatch(name)), None)


def repository(reference: str) -> str:
    """An image reference without tag and digest."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


def canonical(reference: str) -> str:
    """An image reference in full, as container runtimes report it: ``docker.io/library/envoy:latest``."""
    name = repository(reference)
    rest = reference[len(name) :] or ":latest"
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}{rest}"
    has_registry = "." in first or ":" in first or first == "localhost"
    return reference[: len(name)] + rest if has_registry else f"docker.io/{name}{rest}"


def run_greeter(request: Request) -> Command:
    """``python -m greeter ARGS``, on the pod's address and with the cluster's DNS."""
    return _run_ours("greeter", request, {})


def run_controlplane(request: Request) -> Command:
    """``python -m controlplane ARGS``, which also enters the API as the pod's ServiceAccount.

    ``CONTROLPLANE_SERVICE_ACCOUNT`` names the folder of token, authority and namespace; in an image of a real
    cluster it is not set, and they lie in /var/run/secrets/kubernetes.io/serviceaccount.
    """
    files = request.identity()
    told = {"CONTROLPLANE_SERVICE_ACCOUNT": str(request.folder)} if files else {}
    return _run_ours("controlplane", request, told, files)


def _run_ours(
    package: str, request: Request, told: Mapping[str, str], files: Mapping[str, str] | None = None
) -> Command:
    """A package of the source tree this one lies in, with the greeter's knobs."""
    image = {
        "GREETER_ADDRESS": f"{request.address}:{GREETER_PORT}",
        "GREETER_DNS_SERVER": request.settings.dns,
        "PYTHONPATH": str(SOURCE),
        "PYTHONUNBUFFERED": "1",
    }
    chosen = {**image, **told, **request.environment}
    if match := _EVERYWHERE.fullmatch(chosen["GREETER_ADDRESS"]):
        chosen["GREETER_ADDRESS"] = f"{request.address}:{match.group(2)}"
    return Command([*_PYTHON, "-m", package, *request.args], chosen, files or {})


def run_envoy(request: Request) -> Command:
    """``envoy ARGS`` with the cluster's DNS server.

    Envoy itself merges ``--config-yaml`` over a ``--config-path``, so the pod's own words win
    (https://www.envoyproxy.io/docs/envoy/latest/operations/cli).
    """
    args, files = list(request.args), {}
    if not _given(args, "-c", "--config-path"):
        files["dns.json"] = json.dumps(_resolver(request.settings.dns))
        args += ["--config-path", str(request.folder / "dns.json")]
    if not _given(args, "--concurrency"):
        args += ["--concurrency", "1"]
    if not _given(args, "-l", "--log-level"):
        args += ["--log-level", "warning"]
    # Two Envoys of one user would meet in the shared memory that hot restart uses.
    if not _given(args, "--disable-hot-restart"):
        args.append("--disable-hot-restart")
    return Command([str(envoy.binary()), *args], request.environment, files, signal.SIGTERM)


def _given(args: Sequence[str], *options: str) -> bool:
    return any(arg.partition("=")[0] in options for arg in args)


def _resolver(dns: str) -> dict[str, object]:
    address, _, port = dns.rpartition(":")
    kind = "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"
    resolver = {"socket_address": {"address": address, "port_value": int(port)}}
    config = {
        "@type": kind,
        "resolvers": [resolver],
        "dns_resolver_options": {"no_default_search_domain": True},
    }
    return {"typed_dns_resolver_config": {"name": "envoy.network.dns_resolver.cares", "typed_config": config}}


# What the manifests name, and `dev`: both stand for the source tree this package lies in.
_OURS = re.compile("(:latest|:dev)?")
# The forms of https://hub.docker.com/r/envoyproxy/envoy/tags: v1.40.0, distroless-v1.40-latest, dev.
_ENVOYS = re.compile(r"(:latest|:([a-z]+-)?(dev|v\d+\.\d+(\.\d+|-latest)))?(@.*)?")

_PROGRAMS = {"python": _PYTHON, "python3": _PYTHON}

KNOWN = Catalogue(
    [
        Image(re.compile(r"(.*-)?greeter"), run_greeter, _OURS, _PROGRAMS),
        Image(re.compile(r"(.*-)?controlplane"), run_controlplane, _OURS, _PROGRAMS),
        Image(re.compile("envoy"), run_envoy, _ENVOYS),
    ]
)
