"""Start, stop and find a local cluster, from a notebook or the command line.

Only the standard library is imported: a notebook that talks to a real cluster must not pay for this one.

Two locks in the cluster's folder order everything. ``lifecycle.lock`` is held while somebody starts or stops
the cluster, so starts at the same moment end with one cluster. ``daemon.lock`` is held by the daemon as long
as it lives; the kernel releases it however the daemon ends, so "is it running" has one answer that cannot be
out of date.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcluster.host import addresses, processes
from localcluster.lifecycle import difficulty, home

if sys.platform != "win32":
    import fcntl

START_SECONDS = 240.0  # usually about 2; on an emulated processor it was 92
ANSWER_SECONDS = 30.0
STOP_SECONDS = 15.0
SWEEP_SECONDS = 5.0
LOCK_SECONDS = 300.0  # longer than the start that somebody else makes
POLL = 0.02

PROGRAMS = ("envoy", "gateway", "nginx")


class ClusterError(Exception):
    """The local cluster cannot do what was asked; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a cluster."""

    name: str
    folder: Path
    running: bool
    pid: int | None = None
    server: str = ""
    kubeconfig: Path | None = None


def start(name: str | None = None, wanted: difficulty.Difficulty | None = None) -> Path:
    """Start a cluster unless it runs, and wait until its API, DNS, Services and ingress answer.

    Args:
        name: which cluster; ``$LOCALCLUSTER_NAME`` or ``local`` when None.
        wanted: how difficult it shall be; when None as the variables say, and one that runs may be otherwise.

    Returns:
        The path of its kubeconfig.

    Raises:
        ClusterError: it cannot run here, or did not start.
    """
    place = _prepared(name)
    with _lifecycle(place):
        if not _alive(place):
            _sweep(place)
            _spawn(place, wanted or difficulty.told())
        elif wanted and (there := str(_read_state(place).get("difficulty", ""))) != str(wanted):
            raise ClusterError(
                f"The local cluster {place.name} runs already, with {there or 'none of these options'}; run: "
                f"python -m localcluster --name {place.name} stop."
            )
        elif not _answers(place):
            raise ClusterError(
                f"The local cluster {place.name} runs but does not answer; "
                f"run: python -m localcluster --name {place.name} stop."
            )
    return place.kubeconfig


def stop(name: str | None = None, purge: bool = False) -> bool:
    """Stop a cluster and everything it started.

    Args:
        name: which cluster; ``$LOCALCLUSTER_NAME`` or ``local`` when None.
        purge: remove its state as well.

    Returns:
        Whether it was running.

    Raises:
        ClusterError: something of it could not be ended.
    """
    place = _found(name)
    if not place.folder.is_dir():
        return False
    with _lifecycle(_prepared(name)):
        was_running = _alive(place)
        if was_running:
            _end_daemon(place)
        _sweep(place)
        if purge:
            shutil.rmtree(place.folder, ignore_errors=True)
    return was_running


def status(name: str | None = None) -> Status:
    """Tell whether a cluster runs and where; nothing is started or changed."""
    place = _found(name)
    if not _alive(place):
        return Status(place.name, place.folder, running=False)
    daemon = _daemon(place)
    told = _read_state(place)
    return Status(
        place.name,
        place.folder,
        running=True,
        pid=daemon.pid if daemon else None,
        server=str(told.get("server", "")),
        kubeconfig=place.kubeconfig,
    )


def load(images: Sequence[str], name: str | None = None) -> None:
    """Let a cluster's pods use images that somebody built; nothing is copied, since its programs are here.

    Args:
        images: their names, with tags.
        name: which cluster, running or not; ``$LOCALCLUSTER_NAME`` or ``local`` when None.

    Raises:
        ClusterError: its folder cannot be used.
    """
    place = _prepared(name)
    with _lifecycle(place):
        known = dict.fromkeys([*home.images(place.images), *images])
        home.write_private(place.images, "".join(f"{image}\n" for image in known))


def need_linux() -> None:
    """Say on another system why there is no local cluster, and what there is instead.

    Raises:
        ClusterError: this is not Linux.
    """
    # Not `sys.platform` itself: type checkers would take what follows for unreachable elsewhere.
    if (system := str(sys.platform)) != "linux":
        raise ClusterError(
            f"The local cluster needs Linux, not {system}, because it gives each pod an address of "
            "127.0.0.0/8 and leaves it to Linux to end its programs; use Docker or WSL 2 as the README says "
            '("Where do you want to run it?"), or name the context of another cluster.'
        )


def _found(name: str | None) -> home.Home:
    need_linux()
    try:
        return home.find(name)
    except home.HomeError as error:
        raise ClusterError(str(error)) from error


def _prepared(name: str | None) -> home.Home:
    place = _found(name)
    try:
        return home.prepare(place)
    except home.HomeError as error:
        raise ClusterError(str(error)) from error


# --- locks --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _lifecycle(place: home.Home) -> Iterator[None]:
    """Be the only one who starts or stops this cluster."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        home.prepare(place)
        with place.lock.open("a") as stream:
            if not _locked_until(stream.fileno(), deadline):
                raise ClusterError(
                    f"Another start or stop of the local cluster {place.name} takes too long; "
                    f"look at {place.output} and {place.log}."
                )
            # Whoever purged the cluster removed the file under our feet: then this lock guards nothing.
            if _same_file(stream.fileno(), place.lock):
                yield
                return


def _locked_until(descriptor: int, deadline: float) -> bool:
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def _try_lock(descriptor: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _alive(place: home.Home) -> bool:
    """Tell whether the daemon holds its lock."""
    try:
        descriptor = os.open(place.alive, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ClusterError(
            f"{place.alive} cannot be read ({error.strerror}); set LOCALCLUSTER_HOME."
        ) from error
    try:
        return not _try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _daemon(place: home.Home) -> processes.Process | None:
    """The process that wrote itself into the daemon's lock."""
    return processes.recorded(place.alive)


# --- start --------------------------------------------------------------------------------------------------


def _spawn(place: home.Home, wanted: difficulty.Difficulty) -> None:
    """Start the daemon, detached, and wait for its word."""
    place.state.unlink(missing_ok=True)
    reading, writing = os.pipe()
    try:
        with place.output.open("wb") as output:
            command = [sys.executable, "-m", "localcluster", "--name", place.name, "daemon", str(writing)]
            # The daemon leaves this session and forks once more, so no terminal, kernel or notebook that
            # ends takes it along, and nobody has to wait for it.
            subprocess.run(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=place.folder,
                env=_environment(place) | wanted.variables(),
                pass_fds=(writing,),
                start_new_session=True,
                check=False,
            )
        os.close(writing)
        writing = -1
        word = _word(reading, time.monotonic() + START_SECONDS)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)
    if word != "ready":
        _give_up(place, word)


def _environment(place: home.Home) -> dict[str, str]:
    """What the daemon is told; nothing else of the user's environment reaches it or its programs."""
    kept = {
        name: value for name in ("HOME", "PATH", "LANG", "TZ", "TMPDIR") if (value := os.environ.get(name))
    }
    source = Path(__file__).resolve().parents[2]
    return kept | {"LOCALCLUSTER_HOME": str(place.folder.parent), "PYTHONPATH": str(source)}


def _word(reading: int, deadline: float) -> str:
    """Read what the daemon says of its start: ``ready``, ``error SENTENCE``, or nothing when it died."""
    told = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        if not (data := os.read(reading, 4096)):
            return told.decode("utf-8", "replace").strip()
        told += data
    return f"error It did not get ready in {START_SECONDS:g} seconds."


def _give_up(place: home.Home, word: str) -> None:
    """Clean up after a failed start and tell why."""
    daemon = _daemon(place)
    if daemon:
        daemon.kill()
    # It lets go of its lock a moment before it is gone.
    _wait(lambda: not _alive(place) and not (daemon and daemon.alive()), STOP_SECONDS)
    _sweep(place)
    sentence = word.removeprefix("error ") or f"The daemon died: {_last_line(place.output)}"
    raise ClusterError(f"The local cluster {place.name} did not start. {sentence} (log: {place.log})")


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it left no message")


def _answers(place: home.Home) -> bool:
    """Wait until a daemon that somebody else started has told its address, and knock there."""

    def knock() -> bool:
        host, _, port = str(_read_state(place).get("server", "")).removeprefix("https://").rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
        except (OSError, ValueError):
            return False
        return True

    return _wait(knock, ANSWER_SECONDS)


def _read_state(place: home.Home) -> dict[str, object]:
    try:
        told = json.loads(place.state.read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


# --- stop ---------------------------------------------------------------------------------------------------


def _end_daemon(place: home.Home) -> None:
    daemon = _daemon(place)
    if daemon is None:
        raise ClusterError(
            f"The daemon of {place.name} cannot be named; end it by hand: fuser {place.alive}."
        )
    for number in (signal.SIGTERM, signal.SIGKILL):
        daemon.kill(number)
        if _wait(lambda: not _alive(place) and not daemon.alive(), STOP_SECONDS):
            return
    raise ClusterError(
        f"Process {daemon.pid} of the local cluster {place.name} does not end; end it by hand."
    )


def _sweep(place: home.Home) -> None:
    """End what a killed daemon left, and wait until nothing of the cluster listens."""
    block = _last_block(place)
    records = [place.folder / name / f"{name}.process" for name in PROGRAMS]

    def gone() -> bool:
        left = [member for path in records for member in _left(path)]
        for member in left:
            member.kill()
        return not left and not (block and addresses.listeners(block))

    if _wait(gone, SWEEP_SECONDS):
        for path in records:
            path.unlink(missing_ok=True)
    # Whoever still listens there is not ours: the next start takes another block.


def _left(path: Path) -> list[processes.Process]:
    leader = processes.recorded(path)
    return list(processes.family(leader)) if leader else []


def _last_block(place: home.Home) -> addresses.Block | None:
    try:
        return addresses.Block(int(json.loads(place.lease.read_text())["block"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True
