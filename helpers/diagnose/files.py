"""Objects from files: YAML of many documents, lists, folders, kustomizations.

Other people's kustomizations may say anything, so ``kubectl kustomize`` builds them (the course's own reader
knows what the course's say, and refuses the rest). A file is read whatever it holds: what is no object is
left out.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from helpers.diagnose.inventory import Inventory, at, flat, group_of, name_of
from helpers.lab import kubectl
from helpers.lab.errors import LabError
from helpers.lab.objects import Object

STDIN = "-"
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
ENDINGS = {".yaml", ".yml", ".json"}
# A kustomization may fetch from elsewhere.
BUILD_SECONDS = 60


def inventories(names: Sequence[str], namespace: str | None) -> list[Inventory]:
    """Read files and folders.

    Two kustomizations of one object, as overlays for two clusters are, never meet: each gets an inventory of
    its own, with all that does not contradict it.

    Args:
        names: Files, folders, or ``-`` for standard input.
        namespace: Where an object lives that does not say it.

    Returns:
        At least one inventory.

    Raises:
        LabError: There is no such file, or it is not YAML, or a kustomization cannot be built.
    """
    parts = [part for name in names for part in _read(name)]
    if not any(parts):
        raise LabError(
            f"There is no Kubernetes object in {', '.join(names)}; give YAML files or a folder of them."
        )
    worlds: list[dict[tuple[str, ...], Object]] = []
    for part in parts:
        keyed = {_key(item): item for item in part}
        fitting = (one for one in worlds if all(one.get(key, item) == item for key, item in keyed.items()))
        world = next(fitting, None)
        if world is None:
            worlds.append(world := {})
        world.update(keyed)
    found = [list(world.values()) for world in worlds]
    return [Inventory(items, namespace or _home(items)) for items in found]


def _home(items: list[Object]) -> str:
    """Return where objects live that do not say it: with the Services that do, or in the only Namespace."""
    services = {
        at(item, "metadata", "namespace")
        for item in items
        if item["kind"] == "Service" and not group_of(item)
    }
    spaces = {name_of(item) for item in items if item["kind"] == "Namespace"}
    stated = services - {None} or spaces
    return str(stated.pop()) if len(stated) == 1 else "default"


def _key(item: Object) -> tuple[str, ...]:
    return group_of(item), str(item["kind"]), str(at(item, "metadata", "namespace") or ""), name_of(item)


def _read(name: str) -> list[list[Object]]:
    """Return the objects of a file, or of a folder in parts that belong together."""
    if name == STDIN:
        return [flat(parse(sys.stdin.buffer.read(), "standard input"))]
    path = Path(name)
    if path.is_dir():
        return _folder(path)
    if path.name in KUSTOMIZATIONS:
        return [build(path.parent)]
    return [_file(path)]


def _folder(top: Path) -> list[list[Object]]:
    found = [path for path in (top, *sorted(top.rglob("*"))) if path.is_dir() and not _is_hidden(path, top)]
    built = [path for path in found if _kustomization(path)]
    used = {other for path in built for other in _used(path)}
    parts = []
    for path in found:
        within = [other for other in built if other in path.parents or other == path]
        if not within:
            parts.append([item for file in _files(path) for item in _file(file)])
        elif path in built and path == within[0] and (path == top or path.resolve() not in used):
            parts.append(build(path))
    return parts


def _is_hidden(path: Path, top: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(top).parts)


def _files(folder: Path) -> list[Path]:
    if (folder / "Chart.yaml").is_file():
        raise LabError(
            f"{folder} is a Helm chart, whose templates are not YAML yet; render it first: "
            f"helm template {folder} | python -m helpers diagnose -f -"
        )
    return sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())


def _kustomization(folder: Path) -> Path | None:
    return next((folder / name for name in KUSTOMIZATIONS if (folder / name).is_file()), None)


def _used(folder: Path) -> set[Path]:
    """Return the folders that a kustomization builds on, and itself if it is only a component of others."""
    file = _kustomization(folder)
    documents = list(parse(file.read_bytes(), str(file))) if file else []
    told = documents[0] if documents and isinstance(documents[0], dict) else {}
    named = [one for key in ("resources", "bases", "components") for one in told.get(key) or []]
    local = {(folder / one).resolve() for one in named if isinstance(one, str) and "://" not in one}
    return local | ({folder.resolve()} if told.get("kind") == "Component" else set())


def _file(path: Path) -> list[Object]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}.") from error
    return flat(parse(content, str(path)))


def parse(content: bytes, name: str) -> Iterable[Any]:
    """Return the documents of YAML or JSON.

    Args:
        content: The file's bytes.
        name: What to call it in an error.

    Raises:
        LabError: It is no YAML.
    """
    try:
        return list(yaml.safe_load_all(content.decode("utf-8-sig")))
    except (UnicodeDecodeError, ReaderError) as error:
        raise LabError(f"{name} is not text: {error.reason}.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        helm = "; it looks like a Helm template, which helm template renders" if b"{{" in content else ""
        raise LabError(
            f"{name}, line {line}, is not YAML: {error.problem or error.context}{helm}."
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LabError(f"{name} is not YAML: {' '.join(str(error).split()) or 'nested too deep'}.") from error


def build(folder: Path) -> list[Object]:
    """Return the objects of a kustomization, as kubectl builds it.

    Raises:
        LabError: There is no kubectl, or it refuses.
    """
    kubectl.put_on_path()
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["kubectl", "kustomize", str(folder)],  # noqa: S607 - the environment's own, or the user's
            capture_output=True,
            check=True,
            timeout=BUILD_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise LabError(
            f"{folder} is a kustomization, and there is no kubectl to build it; install kubectl."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"kubectl kustomize {folder} did not end within {BUILD_SECONDS} s; does it fetch from elsewhere?"
        ) from error
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode("utf-8", "replace").removeprefix("error:").split())
        raise LabError(f"kubectl kustomize {folder} fails: {said}") from error
    return flat(parse(done.stdout, f"kubectl kustomize {folder}"))
