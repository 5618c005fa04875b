"""Where a cluster keeps its files.

Everything a cluster writes lies in one folder of its own, readable by its user alone. The standard library
is all this module imports, because ``lifecycle`` promises notebooks a quick import.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

DEFAULT_NAME = "local"

# A cluster's name becomes a folder and part of a socket's name; this is Kubernetes' own rule for labels.
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")


class HomeError(Exception):
    """The state folder cannot be used; the message is one sentence that says what to do."""


def default_name() -> str:
    """The cluster meant when none is named: ``$LOCALCLUSTER_NAME``, else ``local``."""
    return os.environ.get("LOCALCLUSTER_NAME") or DEFAULT_NAME


def state_root() -> Path:
    """The folder of all clusters: ``$LOCALCLUSTER_HOME``, else the XDG state folder of the user.

    Raises:
        HomeError: neither is set, and the user has no home folder.
    """
    try:
        if chosen := os.environ.get("LOCALCLUSTER_HOME"):
            return Path(chosen).expanduser().absolute()
        state = os.environ.get("XDG_STATE_HOME")
        base = Path(state) if state and Path(state).is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError as error:
        raise HomeError(
            "The local cluster has no place for its state, because this user has no home folder; "
            "set HOME, or LOCALCLUSTER_HOME to a folder of your own."
        ) from error
    return base / "localcluster"


class _Within:
    """The path of something that lies in the folder of a cluster."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, home: "Home", _: type) -> Path:
        return home.folder / self._name


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one cluster and the names of what lies in it."""

    name: str
    folder: Path

    lock = _Within("lifecycle.lock")
    """Held by whoever starts or stops the cluster, for as long as that takes."""
    alive = _Within("daemon.lock")
    """Held by the daemon for as long as it lives: the kernel lets go of it however the daemon ends."""
    state = _Within("daemon.json")
    """What the running daemon tells about itself (JSON)."""
    lease = _Within("addresses.json")
    """The block of addresses and the ports the cluster had last (JSON)."""
    log = _Within("daemon.log")
    """The daemon's log."""
    output = _Within("daemon.out")
    """What the daemon wrote to stdout and stderr since its last start: a crash shows here."""
    kubeconfig = _Within("kubeconfig")
    """The kubeconfig of the cluster."""
    database = _Within("objects.sqlite")
    """The objects."""
    certificates = _Within("certificates")
    """The cluster's own authority, the server's certificate and the token."""
    pods = _Within("pods")
    """The pods' log files."""
    images = _Within("images")
    """The images that somebody built and named to the cluster, one a line."""
    envoy = _Within("envoy")
    """The service network's configuration."""
    gateway = _Within("gateway")
    """The configuration of the Gateways' Envoy, and its certificates."""
    nginx = _Within("nginx")
    """The ingress controllers' configuration, logs and temporary files."""


def find(name: str | None = None) -> Home:
    """Name the folder of a cluster without touching the disk.

    Raises:
        HomeError: the name is not one a cluster can have, or the user has no home folder.
    """
    chosen = name or default_name()
    if not NAME.fullmatch(chosen):
        raise HomeError(
            f'"{chosen}" cannot name a cluster; '
            'use lower-case letters, digits and "-", 42 characters at most.'
        )
    return Home(chosen, state_root() / chosen)


def prepare(home: Home) -> Home:
    """Make the cluster's folder, private to this user, and check that it can be used.

    Raises:
        HomeError: it cannot be made or written, or belongs to someone else.
    """
    remedy = "set LOCALCLUSTER_HOME to a folder of your own"
    try:
        home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = home.folder.lstat()
    except OSError as error:
        raise HomeError(
            f"The state folder {home.folder} cannot be made ({error.strerror}); {remedy}."
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise HomeError(f"The state folder {home.folder} belongs to another user; {remedy}.")
    if not os.access(home.folder, os.W_OK | os.X_OK):
        raise HomeError(f"The state folder {home.folder} is not writable; {remedy}.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        home.folder.chmod(0o700)
    return home


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner can read it at any moment.

    A reader (Envoy's file watch among them) sees the old text or the new one, never a part.
    """
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    fresh.replace(path)


def images(path: Path | None) -> list[str]:
    """The images named in a cluster's file; none when there is no such file."""
    try:
        return path.read_text(encoding="utf-8").split() if path else []
    except FileNotFoundError:
        return []
