"""The image catalogue: which program of this machine an image stands for, and what it is told.

A node of a real cluster finds an image's entrypoint and environment in the image; this one finds them here.
There are three: the greeter and the control plane, from the source tree this package lies in, and Envoy,
from its wheel. The table at the end says which programs each has; a pod can name no others.
"""

import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.host import programs
from localcluster.network import envoy
from localcluster.node import inside, proxy
from localcluster.objects.scope import PAGE

SOURCE = Path(__file__).resolve().parent.parent.parent
INSIDE = Path(inside.__file__).parent

# A word of Python's own options: the last letter may have a value, in the same word or the next.
_OPTION = re.compile("-(?=.)(?P<flags>[^cmWX-]*)(?P<last>[cmWX]?)(?P<value>.*)")

HINT = (
    "a local cluster runs only the greeter's (named greeter or ...-greeter), the control plane's (named "
    "controlplane or ...-controlplane) and Envoy's (named envoy): "
    "name one of them or use a real cluster (localcluster/SCOPE.md)"
)


@dataclass(frozen=True, slots=True)
class Request:
    """A container that wants to run.

    Args:
        args: the program's arguments, references to variables replaced.
        environment: its variables.
        address: the pod's address.
        folder: a private folder; the program begins there.
        resolver: the DNS server of the pod, ``address:port``; "" is the machine's own.
        identity: gives the files with which the program enters the API: ``token``, ``ca.crt``, ``namespace``.
    """

    args: Sequence[str]
    environment: Mapping[str, str]
    address: str
    folder: Path
    resolver: str
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
    """One program, as a container runs it.

    Args:
        name: the full match for the last component of a repository.
        recipe: makes the command.
        entrypoint: what runs when the container names no command: a program and its first arguments.
        tags: the full match for the tags, and digests, that are there without anybody having built them.
        programs: what can be executed, as the command or beside it, by the name it has there: how a command
            line begins. Only the first word of the entrypoint need not be among them.
    """

    name: re.Pattern[str]
    recipe: Recipe
    entrypoint: Sequence[str] = ("",)
    tags: re.Pattern[str] = re.compile(".*")
    programs: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def arguments(self, command: Sequence[str], args: Sequence[str]) -> list[str]:
        """What the program is given, for a container's ``command`` and ``args``.

        Raises:
            LookupError: the image has no such program; the text is the container runtime's.
        """
        program, *first = command or self.entrypoint
        if program not in (*self.programs, self.entrypoint[0]):
            raise LookupError(f'exec: "{program}": {missing(program)}')
        return [*first, *args]


class Catalogue:
    """The images a node can run."""

    def __init__(self, images: Sequence[Image]) -> None:
        """Know these images; the first that matches is taken."""
        self.images = tuple(images)

    def find(self, reference: str) -> Image | None:
        """The image of a reference, whatever its registry and tag; None when it is not known."""
        name = repository(reference).rpartition("/")[2]
        return next((image for image in self.images if image.name.fullmatch(name)), None)

    def programs(self, reference: str) -> Mapping[str, Sequence[str]]:
        """The programs of an image: the name of each, and how its command line begins here."""
        image = self.find(reference)
        return image.programs if image else {}

    def is_published(self, reference: str) -> bool:
        """Whether an image is known and can be had without anybody having built it."""
        image = self.find(reference)
        return bool(image and image.tags.fullmatch(reference[len(repository(reference)) :]))


def missing(program: str) -> str:
    """Why a program that an image does not have cannot run: Go's os/exec, which container runtimes quote."""
    if "/" in program:
        return f"stat {program}: no such file or directory"
    return "executable file not found in $PATH"


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


def run_python(request: Request) -> Command:
    """``python ARGS``, with the packages of the source tree, and with a pod's names and ports."""
    return _python(request, {}, {})


def run_controlplane(request: Request) -> Command:
    """The same, and it enters the API as the pod's ServiceAccount.

    ``CONTROLPLANE_SERVICE_ACCOUNT`` names the folder of token, authority and namespace; in an image of a real
    cluster it is not set, and they lie in /var/run/secrets/kubernetes.io/serviceaccount.
    """
    files = request.identity()
    told = {"CONTROLPLANE_SERVICE_ACCOUNT": str(request.folder)} if files else {}
    return _python(request, told, files)


def _python(request: Request, told: Mapping[str, str], files: Mapping[str, str]) -> Command:
    check_options(request.args)
    return Command([sys.executable, *request.args], _inside(request, told), files)


def check_options(args: Sequence[str]) -> None:
    """Go on if Python, given these arguments, imports ``inside``; raises `ProgramError`."""
    if option := _isolating(args):
        raise programs.ProgramError(
            f"python {option} leaves out PYTHONPATH or the module site, by which Python learns here of its "
            f"pod's names and ports; run it without the option (see {PAGE})"
        )


def _isolating(args: Sequence[str]) -> str:
    """The option with which Python would not import ``inside``, if one is given."""
    words = iter(args)
    for word in words:
        option = _OPTION.fullmatch(word)
        if option is None:
            return ""  # the program's own words
        if set(option["flags"]) & set("EIS"):
            return word
        if option["last"] in ("c", "m"):
            return ""
        if option["last"] and not option["value"]:
            next(words, None)
    return ""


def _inside(request: Request, told: Mapping[str, str]) -> dict[str, str]:
    """The variables of a Python program: its image's, its own, and those that ``inside`` reads."""
    path = [str(INSIDE), request.environment.get("PYTHONPATH", ""), str(SOURCE)]
    # c-ares, which gRPC has for DNS, would search the domains of the machine's resolv.conf: LOCALDOMAIN takes
    # their place. The root domain alone leaves a name as it is, and the search to the pod's DNS server.
    image = {"PYTHONUNBUFFERED": "1"} | ({"LOCALDOMAIN": "."} if request.resolver else {})
    place = {"LOCALCLUSTER_ADDRESS": request.address, "LOCALCLUSTER_RESOLVER": request.resolver}
    return {**image, **told, **request.environment, **place, "PYTHONPATH": ":".join(filter(None, path))}


def run_envoy(request: Request) -> Command:
    """``envoy ARGS``, with the pod's names and ports in its bootstrap.

    Envoy itself merges ``--config-yaml`` over a ``--config-path``, so the pod's own words win
    (https://www.envoyproxy.io/docs/envoy/latest/operations/cli).
    """
    args, files = proxy.placed(request.args, request.address), {}
    if request.resolver and not _given(args, "-c", "--config-path"):
        files["dns.json"] = proxy.resolver(request.resolver)
        args += ["--config-path", str(request.folder / "dns.json")]
    if not _given(args, "--concurrency"):
        args += ["--concurrency", "1"]
    if not _given(args, "-l", "--log-level"):
        args += ["--log-level", "warning"]
    # Two Envoys of one user would meet in the shared memory that hot restart uses, whatever their --base-id.
    if not _given(args, "--disable-hot-restart"):
        args.append("--disable-hot-restart")
    return Command([str(envoy.binary()), *args], request.environment, files, signal.SIGTERM)


def _given(args: Sequence[str], *options: str) -> bool:
    return any(arg.partition("=")[0] in options for arg in args)


# What the manifests name, and `dev`: both stand for the source tree this package lies in.
_OURS = re.compile("(:latest|:dev)?")
# The forms of https://hub.docker.com/r/envoyproxy/envoy/tags: v1.40.0, distroless-v1.40-latest, dev.
_ENVOYS = re.compile(r"(:latest|:([a-z]+-)?(dev|v\d+\.\d+(\.\d+|-latest)))?(@.*)?")

# Under these names the Dockerfile's images have Python.
_NAMES = ("python", "python3", "/opt/greeter/bin/python", "/opt/greeter/bin/python3")
_PROGRAMS = dict.fromkeys(_NAMES, (sys.executable,))

KNOWN = Catalogue(
    [
        Image(re.compile(r"(.*-)?greeter"), run_python, ("python", "-m", "greeter"), _OURS, _PROGRAMS),
        Image(
            re.compile(r"(.*-)?controlplane"),
            run_controlplane,
            ("python", "-m", "controlplane"),
            _OURS,
            _PROGRAMS,
        ),
        Image(re.compile("envoy"), run_envoy, ("envoy",), _ENVOYS),
    ]
)
