"""The local cluster: the one place where the course meets the program behind it.

Everything else sees a kubeconfig and an API server, as of any other cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helpers.lab.errors import LabError
from localcluster.lifecycle import control, home

CONTEXT = "local"


def start(name: str | None = None) -> Path:
    """Start a local cluster unless it runs.

    Args:
        name: Which one; ``$LOCALCLUSTER_NAME`` or ``local`` when None.

    Returns:
        The path of its kubeconfig.

    Raises:
        LabError: It cannot run here or did not start.
    """
    try:
        return control.start(name)
    except control.ClusterError as error:
        raise LabError(str(error)) from error


def stop(name: str | None = None, *, purge: bool = False) -> None:
    """Stop a local cluster and everything it started.

    Args:
        name: Which one; ``$LOCALCLUSTER_NAME`` or ``local`` when None.
        purge: Remove its state as well.

    Raises:
        LabError: Something of it could not be ended.
    """
    try:
        control.stop(name, purge=purge)
    except control.ClusterError as error:
        raise LabError(str(error)) from error


def load(images: Sequence[str], name: str | None = None) -> None:
    """Let the pods of a local cluster use images that were built, running or not.

    Args:
        images: Their names, with tags.
        name: Which cluster; ``$LOCALCLUSTER_NAME`` or ``local`` when None.

    Raises:
        LabError: Its folder cannot be used.
    """
    try:
        control.load(images, name)
    except control.ClusterError as error:
        raise LabError(str(error)) from error


def obstacle() -> str | None:
    """Return why no local cluster can run on this system, and what to do; None on Linux."""
    try:
        control.need_linux()
    except control.ClusterError as error:
        return str(error)
    return None


def running(name: str | None = None) -> bool:
    """Whether a local cluster runs; nothing is started or changed."""
    try:
        return control.status(name).running
    except control.ClusterError as error:
        raise LabError(str(error)) from error


def state_folder(name: str | None = None) -> Path:
    """Return where a local cluster keeps its state; nothing is made or touched."""
    try:
        return home.find(name).folder
    except home.HomeError as error:
        raise LabError(str(error)) from error
