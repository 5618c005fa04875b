"""The kubeconfig that names a user's clusters, and the one that leads a notebook's kubectl to the lab."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir
from kubernetes.config import ConfigException
from kubernetes.config.kube_config import KubeConfigMerger

from helpers.lab.errors import LabError
from helpers.lab.objects import Object

VARIABLE = "KUBECONFIG"

# What ``lead_kubectl`` put into the variable, and what the user had there.
_replaced: dict[str, str | None] = {}


def kubeconfig() -> str:
    """Return the kubeconfig of named contexts; may be several files, as kubectl reads them.

    Raises:
        LabError: None is named, and the user has no home folder.
    """
    told = os.environ.get(VARIABLE) or ""
    if named := _replaced.get(told, told):
        return named
    try:
        return str(Path.home() / ".kube" / "config")
    except RuntimeError as error:
        raise LabError(
            "No kubeconfig can be found, because this user has no home folder; set HOME, or KUBECONFIG to "
            "the path of the file."
        ) from error


def contexts(file: str) -> dict[str, Object]:
    """Return the contexts of a kubeconfig by name; unlike the client's own, also where none is current.

    Raises:
        ConfigException: There is no such file, or it is no kubeconfig.
    """
    merged = KubeConfigMerger(file).config  # type: ignore[no-untyped-call]
    if merged is None:
        raise ConfigException(f"no such file: {file}")
    return {str(entry.value["name"]): dict(entry.value["context"]) for entry in merged.value["contexts"]}


def lead_kubectl(file: str, context: str, namespace: str) -> str:
    """Let the kubectl that this process starts use a lab's context and namespace.

    A small file goes before the others in ``KUBECONFIG``. kubectl takes each entry from the first file that
    has it, so the file needs no credentials, the user's files stay as they are, and their contexts can still
    be named (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/).

    Args:
        file: The kubeconfig that has the context.
        context: Its name.
        namespace: The lab's.

    Returns:
        What kubectl uses now, in a sentence.
    """
    try:
        own = [kubeconfig()]
    except LabError:
        own = []
    entry = {**contexts(file)[context], "namespace": namespace}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "contexts": [{"name": context, "context": entry}],
    }
    files = [str(_written(json.dumps(content))), file, *own]
    before = os.environ.get(VARIABLE)
    led = os.pathsep.join(dict.fromkeys(files))
    _replaced[led] = _replaced.get(before or "", before)
    os.environ[VARIABLE] = led
    return f"kubectl in this notebook uses context {context}, namespace {namespace}."


def _written(text: str) -> Path:
    """Keep a text where Jupyter keeps its kernels' keys: readable by this user alone."""
    name = f"grpc-lab-{hashlib.sha256(text.encode()).hexdigest()[:12]}.kubeconfig"
    try:
        return _write(Path(jupyter_runtime_dir()), name, text)
    except (OSError, RuntimeError):  # a home folder that is read-only, or none
        folder = Path(tempfile.mkdtemp(prefix="grpc-lab-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return _write(folder, name, text)


def _write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=folder)  # with mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    return Path(fresh).replace(folder / name)
